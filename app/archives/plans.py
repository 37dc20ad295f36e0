"""What an operator names -> the units to read: WARC files of this machine, and those of CC-NEWS by day."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from app.archives.work import Job
from app.detector import VARIABLE
from app.summary import counted
from core.archives import ArchiveUnit, UnitName
from core.errors import InputError
from crawler.archives.remote import RemoteFile
from crawler.archives.warc import files_of

COMMON_CRAWL = "https://data.commoncrawl.org/"
_CCNEWS = re.compile(r"CC-NEWS-(\d{8})\d{6}-\d+\.warc\.gz$")
_FIRST = date(2016, 8, 26)  # the first of CC-NEWS
# What a file is taken to have until it is asked for: nearly all have a gigabyte.
_USUAL_SIZE = 1_000_000_000
# Bytes of a packed WARC that one core reads in a second, for a guess at how long it will take: 32 million where the
# scan lets a hundredth of the pages through, 6 million where a tenth (make bench-archive).
_PACE = 10_000_000


def warc_jobs(names: Sequence[str], database: str) -> list[Job]:
    """The WARC files of names, folders and patterns; their folder is their source. Raises InputError."""
    found = [path.resolve() for path in files_of(list(names))]
    return [_local(UnitName("warc", path.parent.name or "files", str(path)), path, database) for path in found]


def failed_jobs(units: Iterable[ArchiveUnit], jobs: Iterable[Job]) -> list[Job]:
    """Those of the jobs whose units have failed."""
    failed = {unit.name for unit in units if unit.state == "failed"}
    return [job for job in jobs if job.name in failed]


def ccnews_jobs(since: date, until: date, place: str, database: str) -> list[Job]:
    """The files of CC-NEWS from one day to another, both included: of a folder, or of a server. Raises InputError."""
    if place.startswith(("http://", "https://")):
        base = place.rstrip("/") + "/"
        paths = [path for month in _months(max(since, _FIRST), until) for path in _listed(base, month)]
        found = [(path.rpartition("/")[2], base + path, _USUAL_SIZE) for path in paths]
    else:
        found = [(path.name, str(path), path.stat().st_size) for path in files_of([place])]
    jobs = []
    for name, where, size in found:
        day = _day(name)
        if day is not None and since <= day <= until:
            jobs.append(Job(UnitName("ccnews", "CC-NEWS", name), where, size, database, day, rules=_rules()))
    if not jobs:
        raise InputError(f"{place}: has no file of CC-NEWS from {since} to {until}")
    return jobs


def with_hosts(jobs: Iterable[Job], hosts: str | None) -> list[Job]:
    """The jobs, for pages of some hosts only: names with commas between, or a file with one a line."""
    if hosts is None:
        return list(jobs)
    path = Path(hosts)
    told = path.read_text("utf-8").split() if path.is_file() else hosts.split(",")
    wanted = frozenset(host.strip().lower().removeprefix("www.") for host in told if host.strip())
    return [replace(job, hosts=wanted) for job in jobs]


def forecast(jobs: Sequence[Job], units: Iterable[ArchiveUnit], workers: int | None) -> str:
    """What reading would take, in words."""
    done = {unit.name: unit for unit in units}
    left = [job for job in jobs if job.name not in done or done[job.name].state != "done"]
    size = sum(job.size - (done[job.name].position if job.name in done else 0) for job in left)
    cores = workers or os.cpu_count() or 1
    seconds = size / _PACE / min(cores, max(1, len(left)))
    return (
        f"would read {counted(len(left), 'file')}, {size / 1e9:,.1f} GB ({len(jobs) - len(left):,} done before): "
        f"about {in_words(seconds)} on {counted(cores, 'core')}"
    )


def in_words(seconds: float) -> str:
    """A length of time, roughly."""
    for length, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length:
            return f"{seconds / length:,.1f} {name}s"
    return counted(max(1, round(seconds)), "second")


def _local(name: UnitName, path: Path, database: str) -> Job:
    return Job(name, str(path.resolve()), path.stat().st_size, database, rules=_rules())


def _rules() -> str:
    return os.environ.get(VARIABLE, "")


def _months(since: date, until: date) -> Iterator[tuple[int, int]]:
    last = min(until, datetime.now(UTC).date())
    month = (since.year, since.month)
    while month <= (last.year, last.month):
        yield month
        month = (month[0], month[1] + 1) if month[1] < 12 else (month[0] + 1, 1)


def _listed(base: str, month: tuple[int, int]) -> list[str]:
    url = f"{base}crawl-data/CC-NEWS/{month[0]}/{month[1]:02}/warc.paths.gz"
    with RemoteFile(url) as file:
        packed = b"".join(iter(lambda: file.read(1 << 20), b""))
    try:
        return gzip.decompress(packed).decode("ascii").split()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        raise InputError(f"{url}: is no list of paths") from None


def _day(name: str) -> date | None:
    found = _CCNEWS.search(name)
    try:
        return datetime.strptime(found.group(1), "%Y%m%d").replace(tzinfo=UTC).date() if found else None
    except ValueError:
        return None
