"""Prints how fast archives are read on one core: FastWARC alone, with the scan, a whole backfill, extraction of all.

The archive is made here, of real pages where ../shared/pages is present, else of the demo newsroom's. "Candidates" are
pages that the scan lets through: 1 % of the records in one file, which has the gigabyte of the archives' own, and 10 %
in a smaller one; half of them are labelled reports, and each has an address of its own.
`make bench-archive` runs it. Each figure is the median of three runs in processes of their own.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from app.archives.work import Job, work
from app.demo.pages import article_page
from app.demo.stories import load_outlets
from core.archives import UnitName
from crawler.archives.warc import Warc
from parsers import rules
from parsers.extract import extract
from parsers.scan import Scan
from storage.store import Store
from tests.parsers.rendered import cases, page

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "pages"
READERS = ROOT / ".venv-readers" / "bin" / "python"
RECORDS = {1: 40_000, 10: 10_000}
EXTRACTED = 100
ROUNDS = 3
START = datetime(2024, 1, 1, tzinfo=UTC)


def main() -> None:
    """Make the files, run every way of reading them, print the table."""
    if len(sys.argv) > 2:
        WAYS[sys.argv[1]](Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        pages = _pages()
        scan = Scan.load(rules.load())
        dull = [body for body in pages if not scan.may_report(body)]
        candidates = [body for body in pages if scan.may_report(body)]
        size = sum(map(len, pages)) / max(len(pages), 1) / 1000
        print(f"pages      {len(pages):,} of {size:.0f} kB on average; the scan lets {len(candidates):,} through")
        print(f"{'':22}{'1 % candidates':>24}{'10 % candidates':>24}")
        files = [_written(Path(folder) / f"{share}.warc.gz", share, dull, candidates) for share in (1, 10)]
        for way in ("read", "scan", "backfill", "extraction"):
            print(f"{way:22}" + "".join(f"{_told(way, file):>24}" for file in files), flush=True)
        # Both make an article of every page, as extraction does; told is also of how many records they made one.
        for reader in ("newsplease", "fundus"):
            print(f"{reader:22}" + "".join(f"{_reader(reader, file):>24}" for file in files), flush=True)
        _memory(files[0])


def _pages() -> list[bytes]:
    if SHARED.is_dir():
        return [gzip.decompress(path.read_bytes()) for path in sorted(SHARED.glob("*.html.gz"))]
    outlets = load_outlets(START.date())
    newsroom = [article_page(each, story, each.layout).encode() for each in outlets for story in each.stories]
    return newsroom + [page(case) for case in cases() if not case["relevant"]]


def _written(path: Path, share: int, dull: list[bytes], candidates: list[bytes]) -> Path:
    """A file with so many records in a hundred that the scan lets through; the others come again and again."""
    chosen = random.Random(share)
    reports = [case for case in cases() if case["relevant"]]
    passed = [_record(f"https://dull-{n}.example/{n}", body, START) for n, body in enumerate(dull)]
    with path.open("wb") as file:
        for number in range(RECORDS[share]):
            record = chosen.choice(passed)
            if number % (100 // share) == 0:
                body = page(chosen.choice(reports)) if number % (200 // share) == 0 else chosen.choice(candidates)
                url = f"https://outlet-{number % 97}.example/{share}/{number}"
                record = _record(url, body, START + timedelta(minutes=number))
            file.write(record)
    return path


def _record(url: str, body: bytes, moment: datetime) -> bytes:
    record = WarcRecord()
    record.init_headers(WarcRecordType.response)
    record.record_date = moment
    record.headers.set("WARC-Target-URI", url)
    record.set_bytes_content(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body)
    record.is_http = True
    into = io.BytesIO()
    record.write(into)
    return gzip.compress(into.getvalue(), 6, mtime=0)


def _told(way: str, file: Path) -> str:
    runs = [_run(way, file) for _ in range(ROUNDS if way != "extraction" else 1)]
    return f"{statistics.median(run['records'] / run['seconds'] for run in runs):,.0f} records/s"


def _run(way: str, file: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.archive", way, str(file)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _reader(name: str, file: Path) -> str:
    """Another project's reader of the same file, where its environment was made (benchmarks/readers.sh)."""
    if not READERS.exists():
        return "not installed"
    script = ROOT / "benchmarks" / "readers.py"
    done = subprocess.run([READERS, script, name, file], capture_output=True, text=True, timeout=1800, check=False)
    if done.returncode:
        return "failed: " + (done.stderr.strip().splitlines() or ["no reason told"])[-1][:14]
    told = json.loads(done.stdout.splitlines()[-1])
    share = told["articles"] / told["records"]
    return f"{told['records'] / told['seconds']:,.1f} records/s, {share:.0%}"


def _memory(file: Path) -> None:
    told = _run("backfill", file)
    print(f"memory     {told['peak']:.0f} MB at most in the process that read {file.stat().st_size / 1e9:.1f} GB")


def _timed(work_through: Callable[[], int]) -> None:
    # Of the processor, not of the clock: others may be at work on this machine, and nothing here waits.
    began = time.process_time()
    records = work_through()
    seconds = time.process_time() - began
    # What getrusage tells would be at least what the process had that began this one.
    told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    peak = int(told.group(1)) / 1000 if told else 0
    print(json.dumps({"records": records, "seconds": seconds, "peak": peak}))


def read(file: Path) -> None:
    """FastWARC alone."""

    def all_of_it() -> int:
        with file.open("rb") as opened:
            return sum(bool(record.reader.read()) for record in ArchiveIterator(opened, WarcRecordType.response))

    _timed(all_of_it)


def scanned(file: Path) -> None:
    """As pages, and every page scanned."""
    scan = Scan.load(rules.load())

    def all_of_it() -> int:
        with Warc(file) as warc:
            for found in warc:
                scan.may_report(found.page.body, found.page.content_type)
                del found  # as a backfill does
            return warc.tally.records

    _timed(all_of_it)


def backfill(file: Path) -> None:
    """All of it: scanned, candidates taken apart, reports into a new SQLite database, the ledger written."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/store.sqlite"
        with Store.open(database) as store:
            store.upgrade()
        job = Job(UnitName("warc", "files", str(file)), str(file), file.stat().st_size, database)

        def all_of_it() -> int:
            unit = work(job)
            assert unit is not None and unit.state == "done", unit
            return unit.tally.records

        _timed(all_of_it)


def extraction(file: Path) -> None:
    """Every page taken apart, as readers without a scan do; of some of the records."""

    def some_of_it() -> int:
        with Warc(file) as warc:
            for number, found in enumerate(warc, 1):
                extract(found.page, "outlet")
                if number == EXTRACTED:
                    break
            return number

    _timed(some_of_it)


WAYS = {"read": read, "scan": scanned, "backfill": backfill, "extraction": extraction}

if __name__ == "__main__":
    main()
