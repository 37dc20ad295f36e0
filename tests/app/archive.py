"""WARC files written by us: pages of labelled articles among pages about nothing, one gzip member a record."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from fastwarc.warc import WarcRecord, WarcRecordType

from tests.parsers.rendered import cases, page

DULL = {
    "title": "Gardening",
    "text": "Tomatoes like sun.\n\nWater them in the morning and never at noon, says a gardener.",
}


def record(url: str, body: bytes, moment: datetime, kind: str = "text/html; charset=utf-8") -> bytes:
    """One response, packed."""
    made = WarcRecord()
    made.init_headers(WarcRecordType.response)
    made.record_date = moment
    made.headers.set("WARC-Target-URI", url)
    made.set_bytes_content(b"HTTP/1.1 200 OK\r\nContent-Type: " + kind.encode() + b"\r\n\r\n" + body)
    made.is_http = True
    into = io.BytesIO()
    made.write(into)
    return gzip.compress(into.getvalue(), 1, mtime=0)


def relevant(count: int, start: int = 0) -> list[dict[str, Any]]:
    """Labelled reports, each of another outlet."""
    return list(islice((case for case in cases() if case["relevant"] and case["published"]), start, start + count))


def records_of(told: Iterable[dict[str, Any]], dull: int = 3) -> list[bytes]:
    """A record for each article, and dull ones after each."""
    made = []
    for number, case in enumerate(told):
        moment = datetime.fromisoformat(f"{case['published']}T12:00:00+00:00")
        made.append(record(case["url"], page(case), moment))
        made += [
            record(f"https://garden.example/{case['id']}/{number}/{each}", page(DULL), moment) for each in range(dull)
        ]
    return made


def write(path: Path, records: Sequence[bytes]) -> Path:
    """A file of records."""
    path.write_bytes(b"".join(records))
    return path


MOMENT = datetime(2025, 6, 1, tzinfo=UTC)
