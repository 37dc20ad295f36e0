"""Archives: read from where they were left, in any order, side by side and with damage, and nothing twice."""

from __future__ import annotations

import gzip
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from core.model import Event
from storage.store import Store
from tests.app.archive import MOMENT, record, records_of, relevant, write
from tests.app.command import COMMAND, Run, clean_environment

pytestmark = pytest.mark.usefixtures("lasting_reader")

STORE = ("--database", "store.sqlite")


@pytest.fixture
def folder(tmp_path: Path, run_here: Run) -> Path:
    return tmp_path


def shape(event: Event) -> tuple[Any, ...]:
    """All that an event tells, but for its id, in which the order of birth may show."""
    return (
        event.kind, event.status, event.date, event.parties, event.ledger, event.discrepancies, event.mediators,
        event.sources, event.first_seen, sorted(member.key for member in event.members),
    )  # fmt: skip


def events_in(path: Path) -> list[tuple[Any, ...]]:
    with Store.open(f"sqlite:///{path}") as store:
        return sorted(map(shape, store.events()), key=repr)


def urls_in(path: Path) -> list[str]:
    with Store.open(f"sqlite:///{path}") as store:
        return sorted(article.url for article in store.articles())


def test_a_folder_is_read_and_told_in_one_line(tmp_path: Path, run_here: Run) -> None:
    write(tmp_path / "a.warc.gz", records_of(relevant(5)))
    write(tmp_path / "b.warc.gz", records_of(relevant(5, 5)))
    done = run_here("backfill", "warc", str(tmp_path), *STORE, "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 files, 40 records, 10 candidates, ")
    status = run_here("backfill", "status", *STORE)
    assert "2 done" in status.stdout
    assert all(len(line) <= 80 for line in status.stdout.splitlines())


def test_what_was_read_is_not_read_again_and_an_article_through_two_methods_is_one(
    tmp_path: Path, run_here: Run
) -> None:
    write(tmp_path / "a.warc.gz", records_of(relevant(5)))
    first = run_here("backfill", "warc", "a.warc.gz", *STORE, "--workers", "1")
    stored = urls_in(tmp_path / "store.sqlite")
    again = run_here("backfill", "warc", "a.warc.gz", *STORE, "--workers", "1")
    assert again.stdout == first.stdout
    write(tmp_path / "CC-NEWS-20250601000000-00001.warc.gz", records_of(relevant(5)))
    other = run_here("backfill", "ccnews", "--from", str(tmp_path), *STORE, "--workers", "1")
    assert ", 0 articles stored, " in other.stdout, other.stderr
    assert urls_in(tmp_path / "store.sqlite") == stored


def test_a_backfill_that_is_killed_goes_on_where_it_was(tmp_path: Path, run_here: Run) -> None:
    told = relevant(160)
    write(tmp_path / "a.warc.gz", records_of(told[:80], dull=1))
    write(tmp_path / "b.warc.gz", records_of(told[80:], dull=1))
    whole = tmp_path / "whole.sqlite"
    run_here("backfill", "warc", str(tmp_path), "--database", str(whole), "--workers", "1")
    marks = []
    for _ in range(3):
        kill_after_a_batch(tmp_path, len(marks))
        with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
            marks.append(sum(unit.tally.records for unit in store.archives()))
    assert marks == sorted(marks) and marks[-1] > marks[0] > 0
    done = run_here("backfill", "warc", str(tmp_path), *STORE, "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout == run_here("backfill", "warc", str(tmp_path), "--database", str(whole)).stdout
    assert urls_in(tmp_path / "store.sqlite") == urls_in(whole)
    assert events_in(tmp_path / "store.sqlite") == events_in(whole)


def kill_after_a_batch(folder: Path, before: int) -> None:
    """Start it, and kill all of it as soon as its ledger has moved."""
    process = subprocess.Popen(
        [COMMAND, "backfill", "warc", str(folder), *STORE, "--workers", "2"],
        cwd=folder, env=clean_environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    seen, until = records_so_far(folder), time.monotonic() + 60
    try:
        while process.poll() is None and time.monotonic() < until and records_so_far(folder) == seen:
            time.sleep(0.05)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def records_so_far(folder: Path) -> int:
    path = folder / "store.sqlite"
    if not path.exists():
        return 0
    with suppress(Exception), Store.open(f"sqlite:///{path}") as store:
        return sum(unit.tally.records for unit in store.archives())
    return 0


def test_two_backfills_at_once_store_what_one_stores(tmp_path: Path, run_here: Run) -> None:
    for number in range(4):
        write(tmp_path / f"{number}.warc.gz", records_of(relevant(15, 15 * number)))
    alone = tmp_path / "alone.sqlite"
    run_here("backfill", "warc", str(tmp_path), "--database", str(alone), "--workers", "1")
    both = [
        subprocess.Popen(
            [COMMAND, "backfill", "warc", str(tmp_path), *STORE, "--workers", "1"],
            cwd=tmp_path, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    ends = [(each.communicate(timeout=120), each.returncode) for each in both]
    assert [code for _, code in ends] == [0, 0], ends
    assert urls_in(tmp_path / "store.sqlite") == urls_in(alone)
    assert events_in(tmp_path / "store.sqlite") == events_in(alone)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_files_and_of_records_does_not_matter(tmp_path: Path, run_here: Run, seed: int) -> None:
    records = records_of(sorted(relevant(60), key=lambda case: case["published"]), dull=0)
    write(tmp_path / "ordered.warc.gz", records)
    run_here("backfill", "warc", "ordered.warc.gz", "--database", "ordered.sqlite", "--workers", "1")
    random.Random(seed).shuffle(records)  # noqa: S311
    write(tmp_path / "shuffled.warc.gz", records)
    run_here("backfill", "warc", "shuffled.warc.gz", "--database", "shuffled.sqlite", "--workers", "1")
    assert events_in(tmp_path / "shuffled.sqlite") == events_in(tmp_path / "ordered.sqlite")


def test_a_backfill_tells_no_channel(tmp_path: Path, run_here: Run) -> None:
    write(tmp_path / "a.warc.gz", records_of(relevant(5)))
    run_here("backfill", "warc", "a.warc.gz", *STORE, "--workers", "1")
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        assert store.alerts() == []
        assert store.counts().deliveries_pending == 0
        assert store.events() != []


def test_damage_is_counted_and_passed_over(tmp_path: Path, run_here: Run) -> None:
    whole = records_of(relevant(6), dull=0)
    bad_chunk = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    damaged = [
        whole[0],
        whole[1][:-40],  # a record that was cut off
        whole[2],
        os.urandom(5000),
        whole[3],
        record("https://large.example/", b"x" * 5_000_000, MOMENT),
        whole[4],
        _raw(bad_chunk),
        whole[5][:200],  # the end of the file
    ]
    write(tmp_path / "damaged.warc.gz", damaged)
    done = run_here("backfill", "warc", "damaged.warc.gz", *STORE, "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert "damaged records passed over" in done.stdout
    stored = set(urls_in(tmp_path / "store.sqlite"))
    write(tmp_path / "whole.warc.gz", [whole[at] for at in (0, 2, 3, 4)])
    run_here("backfill", "warc", "whole.warc.gz", "--database", "whole.sqlite", "--workers", "1")
    assert stored == set(urls_in(tmp_path / "whole.sqlite"))


def _raw(response: bytes) -> bytes:
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2025-06-01T00:00:00Z\r\n"
        "WARC-Target-URI: https://chunk.example/\r\nContent-Type: application/http\r\n"
        f"Content-Length: {len(response)}\r\n"
    )
    return gzip.compress(head.encode() + b"\r\n" + response + b"\r\n\r\n")


@pytest.mark.parametrize("content", [b"", b"no archive at all\n" * 100, os.urandom(3000)])
def test_a_file_that_is_no_archive_is_told_and_the_rest_is_read(tmp_path: Path, run_here: Run, content: bytes) -> None:
    write(tmp_path / "a.warc.gz", [content])
    write(tmp_path / "b.warc.gz", records_of(relevant(3)))
    done = run_here("backfill", "warc", str(tmp_path), *STORE, "--workers", "1")
    assert done.stdout.startswith("2 files, 12 records, 3 candidates"), done.stderr


def test_a_name_that_stands_for_nothing(run_here: Run) -> None:
    done = run_here("backfill", "warc", "none-*.warc.gz", *STORE)
    assert done.returncode == 2
    assert "none-*.warc.gz: no such file" in done.stderr


def test_a_dry_run_reads_nothing(tmp_path: Path, run_here: Run) -> None:
    write(tmp_path / "a.warc.gz", records_of(relevant(3)))
    done = run_here("backfill", "warc", "a.warc.gz", *STORE, "--dry-run")
    assert done.stdout.startswith("would read 1 file, 0.0 GB (0 done before): about ")
    assert run_here("backfill", "status", *STORE).stdout == "no archive was read yet\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A folder served as Common Crawl serves its own."""
    month = tmp_path / "served" / "crawl-data" / "CC-NEWS" / "2025" / "06"
    month.mkdir(parents=True)
    names = [f"CC-NEWS-202506{day:02}000000-0000{day}.warc.gz" for day in (1, 2, 5)]
    for number, name in enumerate(names):
        write(month / name, records_of(relevant(4, 4 * number)))
    listing = "".join(f"crawl-data/CC-NEWS/2025/06/{name}\n" for name in [*names, "CC-NEWS-20250606000000-6.warc.gz"])
    (month / "warc.paths.gz").write_bytes(gzip.compress(listing.encode()))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(tmp_path / "served"))

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}/"
        serving.shutdown()


def test_cc_news_is_streamed_by_day_and_its_gaps_are_drawn(server: str, tmp_path: Path, run_here: Run) -> None:
    span = ("--since", "2025-06-01", "--until", "2025-06-05")
    done = run_here("backfill", "ccnews", *span, "--from", server, *STORE, "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3 files, 48 records, 12 candidates"), done.stdout
    gaps = run_here("backfill", "status", "--gaps", "--png", "gaps.png", *span, *STORE)
    assert "2025-06-03 to 2025-06-04" in gaps.stdout
    assert (tmp_path / "gaps.png").read_bytes().startswith(b"\x89PNG")


def test_a_file_that_the_server_lacks_has_failed_and_is_read_once_it_is_there(
    server: str, tmp_path: Path, run_here: Run
) -> None:
    span = ("--since", "2025-06-05", "--until", "2025-06-06")
    done = run_here("backfill", "ccnews", *span, "--from", server, *STORE, "--workers", "1")
    assert done.returncode == 1
    assert "1 failed: `exchangewatch backfill status --failed` says why" in done.stdout
    assert "the server answers 404" in run_here("backfill", "status", "--failed", *STORE).stdout
    late = tmp_path / "served/crawl-data/CC-NEWS/2025/06/CC-NEWS-20250606000000-6.warc.gz"
    write(late, records_of(relevant(2, 20)))
    again = run_here("backfill", "ccnews", *span, "--from", server, *STORE, "--failed", "--workers", "1")
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("1 file, 8 records, 2 candidates")


def test_only_pages_of_some_hosts(tmp_path: Path, run_here: Run) -> None:
    told = relevant(6)
    write(tmp_path / "a.warc.gz", records_of(told))
    host = told[2]["url"].split("/")[2]
    done = run_here("backfill", "warc", "a.warc.gz", "--hosts", host, *STORE, "--workers", "1")
    assert ", 1 candidate, " in done.stdout
