"""One unit of an archive -> its reports in the store and its line in the ledger; run in a worker process.

What a batch found and how far it came are kept in one transaction: whoever is killed redoes one batch, and no article
is stored twice.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from app.detector import VARIABLE, detector
from app.reading import Assignment, Reading, read
from core.archives import ArchiveUnit, UnitName, UnitState, UnitTally
from core.errors import ExchangeWatchError
from core.model import Page, Report, Unreadable
from crawler.archives.remote import RemoteFile
from crawler.archives.warc import START, Mark, Warc
from parsers.scan import Scan
from scheduler.intake import add_past
from storage.store import Store

# So many reports, or so many seconds, are one batch: that long another writer of the same database may have to wait,
# and that much is read again after a kill.
_BATCH = 16
_SECONDS = 2.0
# Who has written nothing for so long is gone, on whatever machine.
_GONE = timedelta(minutes=10)
_PATIENCE = 30.0
# Objects made before garbage is looked for: those of about one page.
_GARBAGE = 20_000


@dataclass(frozen=True, slots=True)
class Job:
    """A WARC file to be read: its name in the ledger, where it is, and all that another process has to know."""

    name: UnitName
    place: str  # a path or an http address
    size: int
    database: str
    day: date | None = None  # that it covers, where this is known beforehand
    hosts: frozenset[str] = frozenset()  # only pages of these; all where there are none
    again: bool = False
    rules: str = ""  # the operator's own files, as the environment names them
    alone: bool = False  # whoever began it is gone: a scheduler says so


def work(job: Job) -> ArchiveUnit | None:
    """Read a unit from where it was left; as it stands then. None where another process has it, or it is done.

    Raises StorageError. A file that cannot be read is a failed unit.
    """
    if job.rules:
        os.environ[VARIABLE] = job.rules
    now = datetime.now(UTC)
    days = frozenset({job.day} if job.day else ())
    fresh = ArchiveUnit(job.name, "running", now, now, owner(), size=job.size, days=days)
    store = _store(job.database)
    begun = store.begin_archive(fresh, lambda unit: job.alone or is_over(unit), job.again)
    if begun is None:
        return None
    batch = Batch(store, begun)
    try:
        with Warc(_opened(job), job.name.source, _mark(begun.mark)) as warc:
            try:
                _read(warc, batch, job)
            finally:
                batch.note(warc)
        batch.write("done")
    except TakenOverError:
        return None
    except ExchangeWatchError as error:
        batch.write("failed", str(error))
    return batch.unit


def owner() -> str:
    """This process, by machine, number and the moment at which it began (numbers are used again)."""
    return f"{socket.gethostname()}/{os.getpid()}/{_began(os.getpid())}"


def is_over(unit: ArchiveUnit) -> bool:
    """Whether the process that began a unit is gone."""
    host, _, process = unit.owner.partition("/")
    number, _, began = process.partition("/")
    if host == socket.gethostname() and number.isdigit() and _began(int(number)) != began:
        return True
    return unit.owner == owner() or datetime.now(UTC) - unit.updated > _GONE


def _began(process: int) -> str:
    """When a process of this machine began, in ticks; "0" where nobody can say, nothing where it is gone."""
    try:
        told = Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return "" if Path("/proc/self/stat").exists() else "0"
    return "" if told[0] == "Z" else told[19]


class TakenOverError(Exception):
    """Another process has the unit by now."""


class Batch:
    """What was found since the last write, and the unit as it stands."""

    def __init__(self, store: Store, unit: ArchiveUnit) -> None:
        self.store = store
        self.unit = unit
        self._found: list[Reading] = []
        self._written = time.monotonic()
        self._seen = (0, 0)
        self._come: tuple[Mark, int, int] | None = None

    @property
    def due(self) -> bool:
        """Whether it is time to write."""
        return len(self._found) >= _BATCH or time.monotonic() - self._written > _SECONDS

    def take(self, reading: Reading) -> None:
        """A report that was found."""
        self._found.append(reading)
        self.count(reports=1)

    def count(self, **more: int) -> None:
        """Add to the tally."""
        tally = replace(self.unit.tally, **{name: getattr(self.unit.tally, name) + by for name, by in more.items()})
        self.unit = replace(self.unit, tally=tally)

    def cover(self, moment: datetime) -> None:
        """A page of this moment was seen."""
        if (day := moment.date()) not in self.unit.days:
            self.unit = replace(self.unit, days=self.unit.days | {day})

    def come(self, warc: Warc) -> None:
        """All is done with what a file has given so far: here reading may begin again."""
        self._come = (warc.mark, warc.tally.records, warc.tally.damaged)

    def note(self, warc: Warc) -> None:
        """How far a file has come."""
        if self._come is None:
            return
        mark, *seen = self._come
        self.count(records=seen[0] - self._seen[0], damaged=seen[1] - self._seen[1])
        self._seen = (seen[0], seen[1])
        reason = "; ".join(f"byte {each.position:,}: {each.reason}" for each in warc.damage[:3])
        self.unit = replace(self.unit, mark=json.dumps(mark), position=warc.position, reason=reason)

    def go_on(self, mark: str, position: int) -> None:
        """Where to go on, and how far that is."""
        self.unit = replace(self.unit, mark=mark, position=position)

    def write(self, state: UnitState = "running", reason: str | None = None) -> None:
        """Store what was found, and how far it came, at once. Raises StorageError, TakenOverError."""
        now = datetime.now(UTC)
        with self.store.write() as unit:
            stored = add_past(unit, [(article, verdict, ("outlet", None)) for article, verdict in self._found])
            tally = replace(
                self.unit.tally,
                stored=self.unit.tally.stored + stored,
                known=self.unit.tally.known + len(self._found) - stored,
            )
            reason = self.unit.reason if reason is None else reason
            now_is = replace(self.unit, state=state, updated=now, reason=reason, tally=tally)
            if not unit.put_archive(now_is):
                raise TakenOverError
        self.unit = now_is
        self._found.clear()
        self._written = time.monotonic()


def _read(warc: Warc, batch: Batch, job: Job) -> None:
    scan = scanner(os.environ.get(VARIABLE, ""))
    for page, _ in warc:
        batch.cover(page.fetched_at)
        if (not job.hosts or _host(page) in job.hosts) and scan.may_report(page.body, page.content_type):
            look(page, batch)
        batch.come(warc)
        if batch.due:
            batch.note(warc)
            batch.write()
        del page  # the next one then comes to the same memory, which the processor has at hand
    batch.come(warc)


def look(page: Page, batch: Batch) -> None:
    """Take a candidate apart, unless its address is known."""
    batch.count(candidates=1)
    if batch.store.known([page.url]):
        batch.count(known=1)
        return
    try:
        with _within(_PATIENCE):
            found = read(Assignment(page, _host(page), by_evidence=True))
    except _SlowError:
        batch.count(damaged=1)
        return
    if not isinstance(found, Unreadable) and isinstance(found.verdict, Report):
        batch.take(found)


class _SlowError(Exception):
    """Reading a page took too long."""


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """End what takes longer, where this can be done: in the main thread, which alone hears signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def too_slow(*_: object) -> None:
        raise _SlowError

    before = signal.signal(signal.SIGALRM, too_slow)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _host(page: Page) -> str:
    return (urlsplit(page.url).hostname or "unknown").removeprefix("www.")


def _mark(told: str) -> Mark:
    return Mark(*json.loads(told)) if told else START


def _opened(job: Job) -> Path | BinaryIO:
    return cast(BinaryIO, RemoteFile(job.place)) if job.place.startswith(("http://", "https://")) else Path(job.place)


@cache
def _store(database: str) -> Store:
    return Store.open(database)


@cache
def scanner(rules: str) -> Scan:
    """The scan for the detector of this process; `rules` tells one set of files from another."""
    # Both stay for good and hold many objects: to look through them for garbage, while they are made as well, takes a
    # tenth of the time.
    gc.disable()
    try:
        scan = Scan.load(detector().rules)
    finally:
        gc.enable()
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    return scan


def of_tally(units: list[ArchiveUnit]) -> UnitTally:
    """The sums over units."""
    names = UnitTally.__dataclass_fields__
    return UnitTally(**{name: sum(getattr(unit.tally, name) for unit in units) for name in names})
