"""A backfill of damaged archives: what is wrong is counted in the ledger, the rest is stored, memory does not grow."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.archives import ArchiveUnit
from storage.store import Store
from tests.app.archive import DULL, MOMENT, record, records_of, relevant, write
from tests.app.command import Run, clean_environment
from tests.parsers.rendered import page

STORE = ("--database", "store.sqlite")
LARGE = 200_000_000
HEAD = (
    "WARC/1.0\r\n{}WARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2025-06-01T00:00:00Z\r\n"
    "WARC-Target-URI: https://damaged.example/\r\nContent-Type: application/http; msgtype=response\r\n"
    "Content-Length: {}\r\n\r\n"
)
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def packed(body: bytes, kind: str = "WARC-Type: response\r\n", longer: int = 0) -> bytes:
    return gzip.compress(HEAD.format(kind, len(body) + longer).encode() + body + b"\r\n\r\n")


DAMAGED = {
    "cut off": record("https://damaged.example/", page(DULL), MOMENT)[:-40],
    "a bad chunk": packed(RESPONSE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "without a type": packed(RESPONSE + b"\r\n" + page(DULL), kind=""),
    "shorter than it says": packed(RESPONSE + b"\r\n" + page(DULL), longer=100),
    "longer than the file, it says": packed(RESPONSE + b"\r\n" + page(DULL), longer=10**12),
    "binary": os.urandom(5_000),
}


def units_in(folder: Path) -> list[ArchiveUnit]:
    with Store.open(f"sqlite:///{folder / 'store.sqlite'}") as store:
        return store.archives()


@pytest.mark.usefixtures("lasting_reader")
def test_each_damage_is_counted_and_all_around_it_is_stored(tmp_path: Path, run_here: Run) -> None:
    told = relevant(len(DAMAGED) + 1)
    whole = records_of(told, dull=0)
    parts = [part for pair in zip(whole, DAMAGED.values(), strict=False) for part in pair]
    path = write(tmp_path / "some.warc.gz", [*parts, whole[-1]])
    done = run_here("backfill", "warc", path.name, *STORE, "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert f", {len(DAMAGED)} damaged records passed over" in done.stdout
    (unit,) = units_in(tmp_path)
    assert (unit.state, unit.position, unit.size) == ("done", path.stat().st_size, path.stat().st_size)
    assert unit.tally.candidates == len(told)
    assert unit.reason.startswith("byte 0: ")  # the record before it, since it has none itself
    status = run_here("backfill", "status", *STORE)
    assert status.stdout.splitlines()[1].split()[-1] == str(len(DAMAGED))


@pytest.mark.usefixtures("lasting_reader")
@pytest.mark.parametrize("content", [b"", b"no archive at all\n", os.urandom(3_000)], ids=["empty", "text", "binary"])
def test_a_file_that_is_no_archive_is_one_damage(tmp_path: Path, run_here: Run, content: bytes) -> None:
    write(tmp_path / "a.warc.gz", [content])
    write(tmp_path / "b.warc.gz", records_of(relevant(1), dull=0))
    done = run_here("backfill", "warc", str(tmp_path), *STORE, "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 files, 1 record, 1 candidate, ")
    assert ", 1 damaged record passed over" in done.stdout
    assert [unit.state for unit in units_in(tmp_path)] == ["done", "done"]


# Reads a file as a process of a backfill does, and then another one; says what it found and the most memory it had.
READER = """
import json, resource, sys
from pathlib import Path
from app.archives.work import Job, work
from core.archives import UnitName

for path in map(Path, sys.argv[2:]):
    unit = work(Job(UnitName("warc", "files", path.name), str(path), path.stat().st_size, sys.argv[1]))
    tally = unit.tally
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([unit.state, tally.records, tally.candidates, tally.damaged, kilobytes / 1000]))
"""


def test_records_of_200_megabytes_take_no_memory(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        store.upgrade()
    whole = records_of(relevant(4), dull=0)
    small = write(tmp_path / "small.warc.gz", whole[:1])
    head = HEAD.format("WARC-Type: response\r\n", LARGE).encode()
    page_of, headers = b" " * 1_000_000, b"a: b\r\n" * 166_667
    large = tmp_path / "large.warc.gz"
    with large.open("wb") as file:
        for before, begin, piece in (
            (whole[1], head + RESPONSE + b"\r\n", page_of),
            (whole[2], head + RESPONSE, headers),
            (whole[3], head[:-2], headers),
        ):
            file.write(before)
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as packing:
                packing.write(begin)
                for _ in range(LARGE // 1_000_000):
                    packing.write(piece)
        file.write(whole[0])
    # A shell between keeps the memory of this process out of what the reader is said to have had.
    done = subprocess.run(
        ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", READER,
         f"sqlite:///{tmp_path / 'store.sqlite'}", str(small), str(large)],
        capture_output=True, text=True, env=clean_environment(), check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    without, large_ones = map(json.loads, done.stdout.splitlines())
    print(f"at most {without[-1]:.0f} MB before records of 200 MB, {large_ones[-1]:.0f} MB after")
    assert without[:-1] == ["done", 1, 1, 0]
    # What has no end of its headers within reason is no record; what has, is one.
    assert large_ones[:-1] == ["done", 4 + 2, 4, 3]
    assert large_ones[-1] - without[-1] < 30
