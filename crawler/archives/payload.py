"""The payload of an archived response, as it went over the wire -> the bytes of the page, unchunked and unpacked."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import brotli

# A page that is larger is no article; a bomb ends here.
LONGEST = 4_000_000
_PIECE = 65_536


class DamagedError(Exception):
    """The payload is not what its headers say; the message says how."""


def page_bytes(payload: bytes, headers: Mapping[str, str]) -> bytes:
    """Undo the transfer and content encodings that lower-case `headers` name. Raises DamagedError."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        payload = _unchunked(payload)
    for encoding in reversed(headers.get("content-encoding", "").lower().split(",")):
        undo = _UNDO.get(encoding.strip())
        if undo is None:
            raise DamagedError(f"content encoding {encoding.strip()!r} is not known")
        payload = undo(payload)
    return payload


def _unchunked(payload: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        end = payload.find(b"\r\n", at, at + 200)
        size_told = payload[at:end].split(b";")[0].strip()
        try:
            size = int(size_told, 16) if end >= 0 and not size_told.startswith((b"+", b"-")) else -1
        except ValueError:
            size = -1
        if size < 0:
            # Many archivers store the body put together again under the header of the chunked one.
            if not parts and at == 0 and payload.lstrip()[:1] == b"<":
                return payload
            raise DamagedError(f"a bad chunk {at} bytes into the page")
        if size == 0:
            return b"".join(parts)
        at = end + 2
        if at + size > len(payload):
            raise DamagedError(f"the last chunk is cut off {len(payload)} bytes into the page")
        parts.append(payload[at : at + size])
        at += size + 2


def _inflated(payload: bytes) -> bytes:
    if payload.lstrip()[:1] == b"<":  # put together again, but the header was left
        return payload
    raw = zlib.MAX_WBITS | 32 if payload[:2] == b"\x1f\x8b" or payload[:1] == b"\x78" else -zlib.MAX_WBITS
    return _whole(zlib.decompressobj(raw), payload)


def _whole(inflating: Any, payload: bytes) -> bytes:
    try:
        page: bytes = inflating.decompress(payload, LONGEST + 1)
    except zlib.error as error:
        raise DamagedError(f"the compressed page cannot be read: {error}") from None
    if len(page) <= LONGEST and not inflating.eof:
        raise DamagedError("the compressed page is cut off")
    return _short(page)


def _unbrotlied(payload: bytes) -> bytes:
    if payload.lstrip()[:1] == b"<":
        return payload
    undoing, page, packed = brotli.Decompressor(), bytearray(), payload
    try:
        while not undoing.is_finished() and len(page) <= LONGEST:
            piece = undoing.process(packed, output_buffer_limit=_PIECE)
            page += piece
            if not packed and not piece:
                raise DamagedError("the compressed page is cut off")
            packed = b""  # it has taken all of it, and gives the page piece by piece
    except brotli.error as error:
        raise DamagedError(f"the compressed page cannot be read: {error}") from None
    return _short(bytes(page))


def _short(page: bytes) -> bytes:
    if len(page) > LONGEST:
        raise DamagedError("the page is too large once it is unpacked")
    return page


_UNDO: dict[str, Callable[[bytes], bytes]] = {
    "": lambda payload: payload,
    "identity": lambda payload: payload,
    "gzip": _inflated,
    "x-gzip": _inflated,
    "deflate": _inflated,
    "br": _unbrotlied,
}
