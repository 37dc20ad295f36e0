"""Pages behind reports -> WARC files that any reader of the format takes (ISO 28500), one for each day and process.

A record is a gzip member of its own, written and synced as a whole. A process begins a file of its own, so that what a
killed one left half-written is the end of a file and hides nothing.
"""

from __future__ import annotations

import gzip
import io
import os
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from fastwarc.warc import WarcRecord, WarcRecordType

from core.errors import StorageError
from core.model import Page

_NAME = re.compile(r"exchangewatch-(\d{8})-\d+-\d+\.warc\.gz")


class Place(NamedTuple):
    """Where a page is kept: the name of a file in the folder, and the byte at which its record begins."""

    file: str
    position: int


class Evidence:
    """A folder of kept pages."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when the first page is kept."""
        self._folder = folder
        self._day: date | None = None
        self._path = folder

    def keep(self, page: Page) -> Place:
        """Keep a page; it is on the disk when this returns. Raises StorageError."""
        record = gzip.compress(_record(page), 6, mtime=0)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            today = datetime.now(UTC)
            new = self._day != today.date()
            if new:
                self._day = today.date()
                name = f"exchangewatch-{today:%Y%m%d}-{os.getpid()}-{today:%H%M%S%f}.warc.gz"
                self._path = self._folder / name
            with self._path.open("ab") as file:
                position = file.tell()
                begin = gzip.compress(_information(), 6, mtime=0) if new else b""
                file.write(begin + record)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._day = None  # whatever was written of the record, the next one begins a file
            raise StorageError(f"{self._folder}: a page cannot be kept as evidence: {error.strerror}") from None
        return Place(self._path.name, position + len(begin))

    def files(self, since: date | None = None, until: date | None = None) -> list[Path]:
        """The files of the days from `since` to `until`, both included, the oldest first."""
        named = [(path, match.group(1)) for path in self._folder.glob("*.warc.gz") if (match := _NAME.match(path.name))]
        low, high = f"{since or date.min:%Y%m%d}".zfill(8), f"{until or date.max:%Y%m%d}"
        return [path for path, day in sorted(named, key=lambda each: (each[1], each[0].name)) if low <= day <= high]

    def forget(self, before: date) -> list[str]:
        """Delete the files of the days before this one; their names. Raises StorageError."""
        gone = []
        for path in self.files():
            match = _NAME.match(path.name)
            if match and match.group(1) < f"{before:%Y%m%d}":
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise StorageError(f"{path}: cannot be deleted: {error.strerror}") from None
                gone.append(path.name)
        return gone


def _record(page: Page) -> bytes:
    kind = (page.content_type or "application/octet-stream").encode("latin-1", "replace")
    head = f"HTTP/1.1 {page.status} \r\n".encode() + b"Content-Type: " + kind.replace(b"\r", b"").replace(b"\n", b"")
    length = f"\r\nContent-Length: {len(page.body)}\r\n\r\n".encode()
    # As it was taken apart: what it was packed in on its way is undone.
    record = WarcRecord()
    record.init_headers(WarcRecordType.response)
    record.record_date = page.fetched_at
    record.headers.set("WARC-Target-URI", page.url)
    record.set_bytes_content(head + length + page.body)
    record.is_http = True
    return _written(record)


def _information() -> bytes:
    record = WarcRecord()
    record.init_headers(WarcRecordType.warcinfo)
    record.headers.set("Content-Type", "application/warc-fields")
    record.set_bytes_content(b"software: ExchangeWatch\r\nformat: WARC File Format 1.1\r\n")
    return _written(record)


def _written(record: WarcRecord) -> bytes:
    into = io.BytesIO()
    record.write(into, checksum_data=True)
    return into.getvalue()
