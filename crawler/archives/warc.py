"""WARC files, whole or damaged -> their pages, each with the mark from which reading goes on after it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, Self

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from core.errors import InputError
from core.model import Page
from crawler.archives.payload import LONGEST, DamagedError, page_bytes

_NAMES = ("*.warc", "*.warc.gz", "*.warc.zst", "*.warc.lz4")
_TYPES = WarcRecordType.response | WarcRecordType.resource
_READABLE = re.compile("html|xml|text", re.IGNORECASE)
_GZIP = b"\x1f\x8b\x08"
_PIECE = 1 << 20
_MOST_TOLD = 50


class Mark(NamedTuple):
    """A place in a file: its `record`-th record (from 1), which begins at a byte and has an identifier of its own."""

    position: int
    record: int
    identifier: str


START = Mark(0, 0, "")


class Damage(NamedTuple):
    """What could not be read, and where: the first byte of the record (or of the one before it)."""

    position: int
    reason: str


class Found(NamedTuple):
    """A page and the mark of its record."""

    page: Page
    mark: Mark


def files_of(names: list[str]) -> list[Path]:
    """The WARC files that names, folders and patterns stand for, each once, in order. Raises InputError."""
    found: dict[Path, None] = {}
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(file for pattern in _NAMES for file in path.rglob(pattern) if file.is_file())
        elif path.is_file():
            inside = [path]
        else:
            root = Path(path.anchor or ".")
            inside = sorted(file for file in root.glob(str(path.relative_to(path.anchor))) if file.is_file())
        if not inside:
            raise InputError(f"{name}: no such file, and no folder or pattern with .warc or .warc.gz files")
        found.update(dict.fromkeys(inside))
    return list(found)


@dataclass(slots=True)
class Tally:
    """How many records were seen, pages given, records of other kinds passed over, and damaged ones."""

    records: int = 0
    pages: int = 0
    passed: int = 0
    damaged: int = 0


class Warc:
    """One open file. Iterate over it once; `tally`, `damage`, `mark` and `position` tell how far it has come."""

    def __init__(self, path: Path | BinaryIO, source: str = "warc", after: Mark = START) -> None:
        """Read a file, or one that is open, going on after a mark. Raises InputError where it cannot be opened."""
        try:
            self._file: BinaryIO = path.open("rb") if isinstance(path, Path) else path
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from None
        self.tally = Tally()
        self.damage: list[Damage] = []
        self.mark = after
        self._source = source
        self._skip = 0
        self._begin(after)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def position(self) -> int:
        """How many bytes of the file have been read."""
        return self._file.tell()

    def __iter__(self) -> Iterator[Found]:
        told = False
        while True:
            seen = self.mark.record
            try:
                yield from self._pages()
                return
            except OSError as error:
                reason = str(error)
            except _LengthError as error:
                reason = str(error)
            if self.mark.record > seen or not told:
                self._complain(reason)
                told = True
            if not self._resume():
                return

    def _begin(self, after: Mark) -> None:
        """Go to where the record of a mark begins; where that cannot be told, count up to it from the start."""
        if after.record and self._first_at(after.position) == after.identifier:
            self._file.seek(after.position)
            self.mark, self._skip = after._replace(record=after.record - 1), 1
            return
        self._file.seek(0)
        self.mark, self._skip = START, after.record

    def _first_at(self, position: int) -> str | None:
        self._file.seek(position)
        try:
            return next((_identifier(record) for record in ArchiveIterator(self._file, _TYPES)), None)
        except OSError:
            return None

    def _pages(self) -> Iterator[Found]:
        start = self._file.tell()
        for record in ArchiveIterator(self._file, _TYPES):
            self.mark = Mark(start + record.stream_pos, self.mark.record + 1, _identifier(record))
            if self._skip:
                self._skip -= 1
                continue
            self.tally.records += 1
            try:
                page = self._page(record)
            except DamagedError as damaged:
                self._complain(str(damaged))
                continue
            if page is None:
                self.tally.passed += 1
            else:
                self.tally.pages += 1
                yield Found(page, self.mark)

    def _page(self, record: WarcRecord) -> Page | None:
        """The page of a record, or None where it is none that could hold an article."""
        status, kind, headers = 200, record.headers.get("Content-Type", "") or "", {}
        if record.is_http:
            http = record.http_headers
            if http is None or http.status_code is None:
                raise DamagedError("the record has no HTTP header")
            status, headers = http.status_code, {key.lower(): value for key, value in http.items()}
            kind = headers.get("content-type", "")
        if status != 200 or (kind and not _READABLE.search(kind)):
            return None
        url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
        moment = _moment(record)
        if not url or moment is None:
            raise DamagedError("the record has no address" if not url else "the record has no date")
        size = record.content_length
        if size > LONGEST:
            raise DamagedError(f"the record is too large for a page ({size // 1_000_000} MB)")
        payload = record.reader.read()
        if b"\r\n\r\nWARC/1." in payload:
            raise _LengthError("the record is shorter than it says")
        if len(payload) < size:
            raise DamagedError(f"the record is cut off: {len(payload):,} of {size:,} bytes")
        body = (
            page_bytes(payload, headers) if "transfer-encoding" in headers or "content-encoding" in headers else payload
        )
        return Page(url, url, self._source, status, body, moment, kind or None)

    def _complain(self, reason: str) -> None:
        self.tally.damaged += 1
        if len(self.damage) < _MOST_TOLD:
            self.damage.append(Damage(self.mark.position, reason))

    def _resume(self) -> bool:
        """Go to the next place after the last record where one may begin; False where there is none."""
        after = self.mark.position + 1
        self._file.seek(0)
        compressed = self._file.read(2) == _GZIP[:2]
        found = _next_start(self._file, after, "gzip" if compressed else "plain")
        if found is None:
            return False
        self._file.seek(found)
        self.mark = self.mark._replace(position=found)
        return True


class _LengthError(Exception):
    """A record that reaches into the next one."""


def _identifier(record: WarcRecord) -> str:
    return f"{record.record_id or ''} {record.headers.get('WARC-Target-URI') or ''}"[:500]


def _moment(record: WarcRecord) -> datetime | None:
    """When the page was fetched, by the archive or else by the server."""
    moment: datetime | None = record.record_date or (record.http_date if record.is_http_parsed else None)
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _next_start(file: BinaryIO, after: int, kind: Literal["gzip", "plain"]) -> int | None:
    """The first byte, not before `after`, at which a WARC record begins."""
    mark = _GZIP if kind == "gzip" else b"WARC/1."
    at = after
    file.seek(at)
    piece = file.read(_PIECE)
    while len(piece) >= len(mark):
        found = piece.find(mark)
        while found >= 0:
            if kind == "plain" or _begins_a_record(file, at + found):
                return at + found
            found = piece.find(mark, found + 1)
        at += len(piece) - len(mark) + 1
        file.seek(at)
        piece = file.read(_PIECE)
    return None


def _begins_a_record(file: BinaryIO, position: int) -> bool:
    file.seek(position)
    try:
        return zlib.decompressobj(31).decompress(file.read(1024), 8).startswith(b"WARC/")
    except zlib.error:
        return False
