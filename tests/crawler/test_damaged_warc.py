"""Damaged archives, packed and not: what is wrong is counted once and passed over, and all the rest is read."""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence
from pathlib import Path

import brotli
import pytest

from crawler.archives.payload import LONGEST, DamagedError, page_bytes
from crawler.archives.warc import Warc

RANDOM = random.Random(1).randbytes(5_000)  # noqa: S311
HTML = b"<html><p>Tomatoes like sun.</p></html>"


def record(
    number: int,
    body: bytes = HTML,
    *,
    kind: str | None = "response",
    served: str = "text/html",
    longer: int = 0,
    lacks: str = "",
    also: str = "",
) -> bytes:
    """A record that says it is `longer` than it is, and lacks a header."""
    payload = f"HTTP/1.1 200 OK\r\nContent-Type: {served}\r\n{also}\r\n".encode() + body
    headers = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{number}>",
        "WARC-Date": "2025-06-01T00:00:00Z",
        "WARC-Target-URI": f"https://outlet.example/{number}",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": len(payload) + longer,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name != lacks)
    return f"WARC/1.0\r\n{head}\r\n".encode() + payload + b"\r\n\r\n"


def written(folder: Path, parts: Sequence[bytes], packed: bool) -> Path:
    path = folder / ("some.warc.gz" if packed else "some.warc")
    path.write_bytes(b"".join(parts))
    return path


def read(path: Path) -> tuple[list[int], int]:
    """Which pages were read, and how many records could not be."""
    with Warc(path) as warc:
        numbers = [int(page.url.rpartition("/")[2]) for page, _ in warc]
        assert warc.position == path.stat().st_size
        assert warc.tally.damaged == len(warc.damage)
        return numbers, warc.tally.damaged


def as_kept(part: bytes, packed: bool) -> bytes:
    return gzip.compress(part, mtime=0) if packed else part


both = pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])

UNREADABLE = {
    "no type": record(1, lacks="WARC-Type"),
    "no length": record(1, lacks="Content-Length"),
    "no date": record(1, lacks="WARC-Date"),
    "no address": record(1, lacks="WARC-Target-URI"),
    "no HTTP header": record(1, longer=-len(record(1))),
    "another version": record(1).replace(b"WARC/1.0", b"XARC/1.0"),
    "a bad chunk": record(1, b"zz\r\n" + HTML, also="Transfer-Encoding: chunked\r\n"),
    "a chunk that is cut off": record(1, b"fff\r\n" + HTML, also="Transfer-Encoding: chunked\r\n"),
    "packed content that is cut off": record(1, gzip.compress(HTML)[:-9], also="Content-Encoding: gzip\r\n"),
    "a bomb of gzip": record(1, gzip.compress(bytes(2 * LONGEST)), also="Content-Encoding: gzip\r\n"),
    "a bomb of brotli": record(1, brotli.compress(bytes(2 * LONGEST)), also="Content-Encoding: br\r\n"),
    "an unknown encoding": record(1, also="Content-Encoding: rot13\r\n"),
    "longer than a page may be": record(1, bytes(LONGEST + 1)),
    "a length into the next record": record(1, longer=300),
    "a length beyond the end of the file": record(1, longer=100_000),
    "a length beyond all files": record(1, longer=10**12),
    "a picture with a length into the next record": record(1, served="image/png", longer=300),
    "a picture with a length beyond the end": record(1, served="image/png", longer=100_000),
    "a picture with a length beyond all files": record(1, served="image/png", longer=10**12),
    "a request with a length beyond the end": record(1, kind="request", longer=100_000),
    "a request with a length beyond all files": record(1, kind="request", longer=10**12),
}


@both
@pytest.mark.parametrize("damaged", UNREADABLE.values(), ids=UNREADABLE)
def test_a_damaged_record_is_counted_once_and_the_rest_is_read(tmp_path: Path, packed: bool, damaged: bytes) -> None:
    parts = [as_kept(part, packed) for part in (record(0), damaged, record(2), record(3))]
    assert read(written(tmp_path, parts, packed)) == ([0, 2, 3], 1)


@both
@pytest.mark.parametrize("longer", [-5, 5])
def test_a_length_that_is_a_little_wrong_costs_nothing_but_a_damage(tmp_path: Path, packed: bool, longer: int) -> None:
    parts = [as_kept(part, packed) for part in (record(0), record(1, longer=longer), record(2))]
    assert read(written(tmp_path, parts, packed)) == ([0, 1, 2], 1)


@both
@pytest.mark.parametrize("junk", [RANDOM, bytes(5_000), b"no archive at all\n" * 50], ids=["random", "zeros", "text"])
@pytest.mark.parametrize("place", [0, 1, 3], ids=["first", "between", "last"])
def test_what_is_no_record_is_passed_over(tmp_path: Path, packed: bool, junk: bytes, place: int) -> None:
    parts = [as_kept(record(number), packed) for number in range(3)]
    assert read(written(tmp_path, [*parts[:place], junk, *parts[place:]], packed)) == ([0, 1, 2], 1)


@pytest.mark.parametrize("kept", [150, -30])
@pytest.mark.parametrize("last", [False, True], ids=["in the middle", "at the end"])
def test_a_packed_record_that_is_cut_off_is_counted(tmp_path: Path, kept: int, last: bool) -> None:
    whole = [as_kept(record(number, HTML * 9), True) for number in range(3)]
    parts = [whole[0], whole[2], whole[1][:kept]] if last else [whole[0], whole[1][:kept], whole[2]]
    assert read(written(tmp_path, parts, packed=True)) == ([0, 2], 1)


def test_a_changed_byte_is_found_by_the_checksum(tmp_path: Path) -> None:
    parts = [bytearray(as_kept(record(number), True)) for number in range(3)]
    parts[1][60] ^= 255
    assert read(written(tmp_path, parts, packed=True)) == ([0, 2], 1)


@both
def test_an_empty_file_is_counted(tmp_path: Path, packed: bool) -> None:
    assert read(written(tmp_path, [], packed)) == ([], 1)


@both
def test_every_damage_of_a_file_is_counted_also_beside_another(tmp_path: Path, packed: bool) -> None:
    bad_chunk = as_kept(UNREADABLE["a bad chunk"], packed)
    parts = [RANDOM, bad_chunk, as_kept(record(0), packed), RANDOM, as_kept(record(2), packed), bad_chunk, bad_chunk]
    assert read(written(tmp_path, parts, packed)) == ([0, 2], 5)


@both
@pytest.mark.parametrize("in_one", [False, True], ids=["a member each", "one member"])
def test_reading_goes_on_after_any_record_as_if_it_had_not_stopped(tmp_path: Path, packed: bool, in_one: bool) -> None:
    told = [record(0), UNREADABLE["no type"], record(2), UNREADABLE["a bad chunk"], record(4), record(5)]
    told = [b"".join(told)] if in_one else [*told, UNREADABLE["a length into the next record"], record(6)]
    path = written(tmp_path, [as_kept(part, packed) for part in told], packed)
    with Warc(path) as warc:
        found = [(page.url, mark, warc.tally.damaged) for page, mark in warc]
        damaged = warc.tally.damaged
    assert damaged == (2 if in_one else 3)
    for number, (_, mark, before) in enumerate(found, 1):
        with Warc(path, after=mark) as again:
            assert [(page.url, mark) for page, mark in again] == [each[:2] for each in found[number:]]
            assert again.tally.damaged == damaged - before


@pytest.mark.parametrize("pack", [gzip.compress, brotli.compress], ids=["gzip", "br"])
def test_packed_content_is_unpacked_whole_or_refused(pack) -> None:  # type: ignore[no-untyped-def]
    headers = {"content-encoding": "br" if pack is brotli.compress else "gzip"}
    body = HTML + RANDOM * 200
    assert page_bytes(pack(body), headers) == body
    for wrong, reason in ((pack(body)[:-100], "cut off"), (RANDOM, "cannot be read"), (b"", "cut off")):
        with pytest.raises(DamagedError, match=reason):
            page_bytes(wrong, headers)
