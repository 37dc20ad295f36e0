"""How far units have come, as the ledger has it -> a bar for a person, or now and then a line in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from app.archives.work import Job, of_tally
from core.archives import ArchiveUnit, UnitName
from storage.store import Store

_TELL = 10.0  # seconds between two lines
_BESIDE = 42  # columns that the bar wants beside the counts; else it stands below them

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far all has come."""

    files: int
    files_done: int
    records: int
    records_per_second: int
    candidates: int
    matches: int
    percent: float
    seconds_left: int | None  # nobody knows, as long as nothing was read

    @classmethod
    def of(
        cls, jobs: Sequence[Job], units: Iterable[ArchiveUnit], before: Mapping[UnitName, ArchiveUnit], seconds: float
    ) -> Standing:
        """What the ledger says of the jobs now, and said before the `seconds` that reading has taken."""
        now = {unit.name: unit for unit in units}
        sums, old = of_tally(list(now.values())), of_tally(list(before.values()))
        total = sum(job.size for job in jobs)
        read, already = (sum(_bytes(told.get(job.name), job) for job in jobs) for told in (now, before))
        pace = (read - already) / max(seconds, 0.001)
        return cls(
            files=len(jobs),
            files_done=sum(unit.state != "running" for unit in now.values()),
            records=sums.records,
            records_per_second=round((sums.records - old.records) / max(seconds, 0.001)),
            candidates=sums.candidates,
            matches=sums.reports,
            percent=round(100 * read / total, 1) if total else 100.0,
            seconds_left=round((total - read) / pace) if pace > 0 else None,
        )

    @property
    def counts(self) -> str:
        """In words."""
        return (
            f"{self.files_done:,}/{self.files:,} files  {_short(self.records)} records  "
            f"{self.records_per_second:,}/s  {_short(self.candidates)} candidates  {_short(self.matches)} matches"
        )

    @property
    def left(self) -> str:
        """The time that is left, in words."""
        return "-:--:-- left" if self.seconds_left is None else f"{timedelta(seconds=self.seconds_left)} left"


def _bytes(unit: ArchiveUnit | None, job: Job) -> int:
    if unit is None:
        return 0
    # What a server sends may have another size than was thought before it was asked for.
    return job.size if unit.state != "running" else min(unit.position, job.size)


def _short(number: int) -> str:
    return f"{number / 1e6:,.2f}M" if number >= 1_000_000 else f"{number:,}"


class _Bar(Progress):
    """The counts, with the bar beside them where there is room, else below."""

    counts = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        """What is drawn."""
        if not self.counts:  # asked while it is only being made
            return
        counts, bar = Text(self.counts, no_wrap=True, overflow="ellipsis"), self.make_tasks_table(self.tasks)
        if len(self.counts) + _BESIDE > self.console.width:
            yield from (counts, bar)
            return
        line = Table.grid(padding=(0, 2))
        line.add_row(counts, bar)
        yield line


@contextmanager
def told(jobs: Sequence[Job], store: Store, drawn: bool) -> Iterator[Callable[[], None]]:
    """What tells, whenever it is called, how far everything has come: a bar on a terminal, if one may be drawn.

    Where there is none, a line goes to the log every ten seconds, and one in the end.
    """
    names = {job.name for job in jobs}
    before = {unit.name: unit for unit in store.archives() if unit.name in names}
    console = Console(stderr=True)
    drawn = drawn and console.is_terminal
    began = last = time.monotonic()
    columns = (BarColumn(20), TextColumn("{task.percentage:3.0f}%"), TextColumn("{task.fields[left]}"))

    def now() -> Standing:
        units = [unit for unit in store.archives() if unit.name in names]
        return Standing.of(jobs, units, before, time.monotonic() - began)

    def log(progress: Standing) -> None:
        _log.info(
            "%s  %.0f%%  %s", progress.counts, progress.percent, progress.left, extra={"progress": asdict(progress)}
        )

    with _Bar(*columns, console=console, disable=not drawn, transient=True) as bar:
        task = bar.add_task("", total=100, left="")

        def tell() -> None:
            nonlocal last
            if drawn:
                progress = now()
                bar.counts = progress.counts
                bar.update(task, completed=progress.percent, left=progress.left)
            elif time.monotonic() - last >= _TELL:
                last = time.monotonic()
                log(now())

        if drawn:
            tell()
        yield tell
    if not drawn and jobs:
        log(now())
