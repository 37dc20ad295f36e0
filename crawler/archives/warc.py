"""WARC files, whole or damaged -> their pages, each with the mark from which reading goes on after it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from core.errors import InputError
from core.model import Page
from crawler.archives.payload import LONGEST, DamagedError, page_bytes

_NAMES = ("*.warc", "*.warc.gz", "*.warc.zst", "*.warc.lz4")
_TYPES = WarcRecordType.response | WarcRecordType.resource
_READABLE = re.compile("html|xml|text", re.IGNORECASE)
_GZIP, _PLAIN = b"\x1f\x8b\x08", b"WARC/1."
_NEXT = b"\r\n\r\n" + _PLAIN
_PIECE = 1 << 20
_MOST_TOLD = 50
_NEEDED = ("WARC-Type", "Content-Length")
_SHORT = "the record is shorter than it says"


class Mark(NamedTuple):
    """A place in a file: its `record`-th record (from 1), which begins at a byte and has an identifier of its own."""

    position: int
    record: int
    identifier: str


START = Mark(0, 0, "")


class Damage(NamedTuple):
    """What could not be read, and where: the first byte of the record (or of the one before it).

    Whatever is wrong with one record, and with what follows it up to the next, is one damage.
    """

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
        self._at = 0  # where the last record begins, of whatever kind
        self._told: int | None = None  # and where the last one did that was complained of
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
        while True:
            try:
                yield from self._pages()
                if not self.position:
                    self._complain("the file is empty")
                return
            except (OSError, _LengthError) as error:
                self._complain(str(error))
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
        for record in ArchiveIterator(self._file, WarcRecordType.any_type, parse_http=False):
            self._at, self._told = record.stream_pos, None
            lacks = next((name for name in _NEEDED if name not in record.headers), None)
            if (lacks or record.record_type & _TYPES) and self._is_new(record):
                try:
                    page = self._page(record, lacks)
                except DamagedError as damaged:
                    self._complain(str(damaged))
                else:
                    yield from self._counted(page)
                    del page  # the next one may have its memory, where its user lets go of it too
            _pass_over(record)

    def _is_new(self, record: WarcRecord) -> bool:
        """Whether a record was not read before the mark at which this began."""
        self.mark = Mark(self._at, self.mark.record + 1, _identifier(record))
        if self._skip:
            self._skip -= 1
            return False
        self.tally.records += 1
        return True

    def _counted(self, page: Page | None) -> Iterator[Found]:
        if page is None:
            self.tally.passed += 1
        else:
            self.tally.pages += 1
            yield Found(page, self.mark)

    def _page(self, record: WarcRecord, lacks: str | None) -> Page | None:
        """The page of a record, or None where it is none that could hold an article."""
        if lacks:
            raise DamagedError(f"the record has no {lacks}")
        status, kind, headers = 200, record.headers.get("Content-Type", "") or "", {}
        if record.is_http:
            record.parse_http()
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
        # Most pages have no carriage return at all; from the end is a third quicker than from the front.
        if b"\r" in payload and payload.rfind(_NEXT) >= 0:
            raise _LengthError(_SHORT)
        if len(payload) < size:
            raise _LengthError(f"the record is cut off: {size - len(payload):,} bytes are lacking")
        body = (
            page_bytes(payload, headers) if "transfer-encoding" in headers or "content-encoding" in headers else payload
        )
        return Page(url, url, self._source, status, body, moment, kind or None)

    def _complain(self, reason: str) -> None:
        if self._skip or self._told == self._at:  # told before this began, or of this record
            return
        self._told = self._at
        self.tally.damaged += 1
        if len(self.damage) < _MOST_TOLD:
            self.damage.append(Damage(self._at, reason))

    def _resume(self) -> bool:
        """Go to the next place after the last record where one may begin; False where there is none."""
        self._file.seek(0)
        first = self._file.read(len(_PLAIN))
        marks = [mark for mark in (_GZIP, _PLAIN) if first.startswith(mark)] or [_GZIP, _PLAIN]
        places = [_next_start(self._file, self._at + 1, mark) for mark in marks]
        found = min((place for place in places if place is not None), default=None)
        if found is None:
            return False
        self._file.seek(found)
        # What is there is of the damage that was told, until a record can be read.
        self._told = self._at = found
        return True


class _LengthError(Exception):
    """A record that is not as long as it says: it reaches into the next one, or ends with the file."""


def _pass_over(record: WarcRecord) -> None:
    """Go to the end of a record, holding no more than a piece of it at a time. Raises _LengthError."""
    left = record.content_length - record.reader.tell()
    if record.content_length <= LONGEST:
        left -= record.reader.consume()
    else:  # so long that it is more likely not true: the next record may begin within it
        tail = b""
        while piece := record.reader.read(_PIECE):
            if _NEXT in tail + piece:
                raise _LengthError(_SHORT)
            tail = piece[-len(_NEXT) :]
            left -= len(piece)
    if left > 0:
        raise _LengthError(f"the record is cut off: {left:,} bytes are lacking")


def _identifier(record: WarcRecord) -> str:
    return f"{record.record_id or ''} {record.headers.get('WARC-Target-URI') or ''}"[:500]


def _moment(record: WarcRecord) -> datetime | None:
    """When the page was fetched, by the archive or else by the server."""
    moment: datetime | None = record.record_date or (record.http_date if record.is_http_parsed else None)
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _next_start(file: BinaryIO, after: int, mark: bytes) -> int | None:
    """The first byte, not before `after`, at which a WARC record begins, packed or not as `mark` says."""
    at = after
    file.seek(at)
    piece = file.read(_PIECE)
    while len(piece) >= len(mark):
        found = piece.find(mark)
        while found >= 0:
            if mark == _PLAIN or _begins_a_record(file, at + found):
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
