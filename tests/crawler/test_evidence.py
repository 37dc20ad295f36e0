"""Pages behind reports are kept so that any reader of WARC finds them, also after a crash in the middle of a record."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import StorageError
from core.model import Page
from crawler.archives.evidence import Evidence
from crawler.archives.warc import Warc

NOW = datetime(2026, 11, 23, 12, 30, 15, tzinfo=UTC)


def page(number: int, body: bytes = b"<html><p>Bodies were handed over.</p></html>", kind: str = "text/html") -> Page:
    url = f"https://courier.example/news/{number}"
    return Page(url, url, "courier", 200, body, NOW, kind)


def read(path: Path) -> list[tuple[str, bytes]]:
    with Warc(path) as warc:
        return [(found.url, found.body) for found, _ in warc]


def test_a_kept_page_is_read_again_as_it_was(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path / "kept")
    for number in range(3):
        place = evidence.keep(page(number))
    (file,) = evidence.files()
    assert file.name == place.file
    assert read(file) == [(each.url, each.body) for each in (page(0), page(1), page(2))]
    with file.open("rb") as stream:
        stream.seek(place.position)
        record = next(iter(ArchiveIterator(stream)))
        assert record.headers["WARC-Target-URI"] == page(2).url
        assert record.record_date == NOW
        assert record.http_headers.status_code == 200


def test_every_record_carries_a_digest_that_holds(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path)
    evidence.keep(page(1))
    with evidence.files()[0].open("rb") as stream:
        kinds = []
        for record in ArchiveIterator(stream, parse_http=False):
            kinds.append(record.record_type)
            assert record.verify_block_digest()
    assert kinds == [WarcRecordType.warcinfo, WarcRecordType.response]


def test_what_a_crash_left_hides_nothing_of_what_comes_later(tmp_path: Path) -> None:
    crashed = Evidence(tmp_path)
    for number in range(2):
        crashed.keep(page(number))
    (file,) = crashed.files()
    file.write_bytes(file.read_bytes()[:-20])
    Evidence(tmp_path).keep(page(7))
    files = Evidence(tmp_path).files()
    assert [[url for url, _ in read(each)] for each in files] == [[page(0).url], [page(7).url]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.binary(min_size=1, max_size=300), st.text(max_size=30))
def test_any_page_is_kept(tmp_path: Path, body: bytes, kind: str) -> None:
    evidence = Evidence(tmp_path)
    evidence.keep(page(1, body, kind))
    with evidence.files()[-1].open("rb") as stream:
        bodies = [each.reader.read() for each in ArchiveIterator(stream, WarcRecordType.response)]
    assert bodies == [body]


def test_files_are_found_by_day_and_forgotten_by_age(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path)
    evidence.keep(page(1))
    (now,) = evidence.files()
    old = tmp_path / "exchangewatch-20200101-7-120000000000.warc.gz"
    old.write_bytes(now.read_bytes())
    (tmp_path / "mine.warc.gz").write_bytes(b"not ours")
    assert evidence.files() == [old, now]
    assert evidence.files(until=date(2020, 1, 1)) == [old]
    assert evidence.files(since=datetime.now(UTC).date() - timedelta(days=1)) == [now]
    assert evidence.forget(date(2020, 1, 2)) == [old.name]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([now.name, "mine.warc.gz"])


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    with pytest.raises(StorageError, match="cannot be kept as evidence"):
        Evidence(tmp_path / "kept").keep(page(1))
