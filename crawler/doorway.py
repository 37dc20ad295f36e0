"""A browser's way out: a proxy on loopback that looks names up itself and connects only where the guard permits.

A browser follows redirects and looks names up by itself; behind this proxy it does neither where it may not.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from crawler.addresses import Guard

Resolve = Callable[[str, int], Awaitable[list[str]]]
_PATIENCE = 30.0  # for a request's head, and for each connection to be made (s)
_CHUNK = 65_536
_MOST_HEADERS = 200
# What speaks of the connection to the proxy, not of the request (RFC 9110, 7.6.1).
_OF_THE_CONNECTION = (b"connection", b"proxy-connection", b"proxy-authorization", b"keep-alive")


async def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name; none where there are none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Doorway:
    """The proxy; opened once, for any number of browsers."""

    def __init__(self, guard: Guard, resolve: Resolve = resolved) -> None:
        self._guard, self._resolve = guard, resolve
        self._server: asyncio.Server | None = None
        self._opening = asyncio.Lock()
        self._open: set[asyncio.Task[None]] = set()

    async def url(self) -> str:
        """Where the proxy listens; it is opened when somebody asks first."""
        async with self._opening:
            if self._server is None:
                self._server = await asyncio.start_server(self._enter, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Listen no more, and cut what is connected."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        with contextlib.suppress(OSError, EOFError, ValueError, TimeoutError, asyncio.CancelledError):
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_PATIENCE):
            method, target, version = (await reader.readline()).split()
            headers = await _headers(reader)
        tunnel = method == b"CONNECT"
        parts = urlsplit(f"//{target.decode('ascii')}" if tunnel else target.decode("ascii"))
        host, port = parts.hostname or "", parts.port or 80
        addresses = await self._resolve(host, port)
        permitted = self._guard.permits(host, port, addresses)
        way = await _connected(permitted, port)
        if way is None:
            status = "403 Forbidden" if addresses and not permitted else "502 Bad Gateway"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
            return
        there, to = way
        if tunnel:
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            path = parts._replace(scheme="", netloc="").geturl() or "/"
            kept = [each for each in headers if each.split(b":")[0].strip().lower() not in _OF_THE_CONNECTION]
            # One request a connection: the next may be to another host.
            to.write(b" ".join((method, path.encode(), version)) + b"\r\n")
            to.write(b"".join(kept) + b"Connection: close\r\n\r\n")
        asking = asyncio.create_task(_carry(reader, to))
        try:
            await _carry(there, writer)
        finally:
            asking.cancel()
            to.close()


async def _headers(reader: asyncio.StreamReader) -> list[bytes]:
    found: list[bytes] = []
    while (line := await reader.readline()) not in (b"\r\n", b"\n", b""):
        found.append(line)
        if len(found) > _MOST_HEADERS:
            raise ValueError("too many headers")
    return found


async def _connected(addresses: Sequence[str], port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    """A connection to the first address that takes one, if any does."""
    for address in addresses:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                return await asyncio.open_connection(address, port)
    return None


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
