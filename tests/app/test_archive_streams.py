"""CC-NEWS is streamed: a cut connection, a server that knows no ranges, and a stop in mid-file cost nothing twice."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.archives import ArchiveUnit
from storage.store import Store
from tests.app.archive import records_of, relevant, write
from tests.app.command import Run
from tests.crawler.ranges import FileServer, serving

pytestmark = pytest.mark.usefixtures("lasting_reader")

NAME = "CC-NEWS-20250601000000-00001.warc.gz"
STORE = ("--database", "store.sqlite")
REPORTS = 40


@pytest.fixture
def server() -> Iterator[FileServer]:
    """Common Crawl's, with one file."""
    with serving(b"".join(records_of(relevant(REPORTS), dull=2))) as server:
        listing = f"crawl-data/CC-NEWS/2025/06/{NAME}\n".encode()
        server.others["/crawl-data/CC-NEWS/2025/06/warc.paths.gz"] = gzip.compress(listing)
        yield server


def streamed(run_here: Run, server: FileServer, *more: str):  # type: ignore[no-untyped-def]
    span = ("--since", "2025-06-01", "--until", "2025-06-01")
    place = f"http://127.0.0.1:{server.server_port}/"
    return run_here("backfill", "ccnews", *span, "--from", place, *STORE, "--workers", "1", *more)


def unit_in(folder: Path) -> ArchiveUnit:
    with Store.open(f"sqlite:///{folder / 'store.sqlite'}") as store:
        (unit,) = store.archives("ccnews")
        return unit


def urls_in(folder: Path, name: str = "store.sqlite") -> list[str]:
    with Store.open(f"sqlite:///{folder / name}") as store:
        return sorted(article.url for article in store.articles())


@pytest.fixture
def expected(tmp_path: Path, run_here: Run, server: FileServer) -> tuple[str, list[str]]:
    """What the same file on the disk gives."""
    write(tmp_path / "whole.warc.gz", [server.content])
    done = run_here("backfill", "warc", "whole.warc.gz", "--database", "whole.sqlite", "--workers", "1")
    return done.stdout, urls_in(tmp_path, "whole.sqlite")


@pytest.mark.parametrize("knows_ranges", [True, False], ids=["ranges", "no ranges"])
def test_a_cut_connection_costs_nothing(
    tmp_path: Path, run_here: Run, server: FileServer, expected: tuple[str, list[str]], knows_ranges: bool
) -> None:
    middle = len(server.content) // 2
    server.knows_ranges, server.cuts = knows_ranges, [middle]
    done = streamed(run_here, server)
    assert (done.returncode, done.stdout) == (0, expected[0]), done.stderr
    assert urls_in(tmp_path) == expected[1]
    assert server.began == [None, middle]
    assert (unit_in(tmp_path).state, unit_in(tmp_path).tally.damaged) == ("done", 0)


@pytest.mark.parametrize("knows_ranges", [True, False], ids=["ranges", "no ranges"])
def test_a_file_that_was_left_half_read_is_gone_on_with_where_it_was(
    tmp_path: Path, run_here: Run, server: FileServer, expected: tuple[str, list[str]], knows_ranges: bool
) -> None:
    server.knows_ranges, server.cuts, server.refused = knows_ranges, [len(server.content) * 3 // 4], [403]
    left = streamed(run_here, server)
    assert left.returncode == 1
    half = unit_in(tmp_path)
    assert half.state == "failed" and "the server answers 403" in half.reason
    assert 0 < half.tally.reports < REPORTS
    server.began.clear()
    done = streamed(run_here, server, "--failed")
    assert (done.returncode, done.stdout) == (0, expected[0]), done.stderr
    assert urls_in(tmp_path) == expected[1]
    # The last record that was kept is looked for where it was; nothing before it is asked for.
    assert server.began and all(begin for begin in server.began)
