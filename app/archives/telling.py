"""The ledger of archives -> what was read, what failed and why, and which days nobody has covered: for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.archives.work import of_tally
from app.summary import counted
from core.archives import ArchiveUnit
from core.errors import InputError
from core.wording import clean

_WIDEST = 400


def summary(units: Sequence[ArchiveUnit], unit_word: str = "file", record_word: str = "record") -> str:
    """What reading some units came to, in one line."""
    sums = of_tally(list(units))
    failed = sum(unit.state == "failed" for unit in units)
    running = sum(unit.state == "running" for unit in units)
    parts = [
        counted(len(units), unit_word),
        counted(sums.records, record_word),
        counted(sums.candidates, "candidate"),
        counted(sums.reports, "report"),
        f"{counted(sums.stored, 'article')} stored",
        f"{sums.known:,} known before",
    ]
    parts += [f"{counted(sums.damaged, 'damaged record')} passed over"] if sums.damaged else []
    parts += [f"{failed:,} failed: `exchangewatch backfill status --failed` says why"] if failed else []
    parts += [f"{running:,} being read by another process"] if running else []
    return ", ".join(parts)


def print_status(units: Sequence[ArchiveUnit], console: Console) -> None:
    """A table with a row for each method and source."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("method", "source", "units"):
        table.add_column(column, overflow="fold")
    for column in ("records", "candidates", "reports", "new", "known", "bad"):
        table.add_column(column, justify="right", overflow="fold")
    for (method, source), rows in groupby(units, key=lambda unit: unit.name[:2]):
        of_them = list(rows)
        states = Counter(unit.state for unit in of_them)
        told = "\n".join(f"{states[state]:,} {state}" for state in ("done", "running", "failed") if states[state])
        sums = of_tally(of_them)
        counts = (sums.records, sums.candidates, sums.reports, sums.stored, sums.known, sums.damaged)
        table.add_row(method, escape(clean(source, 60)), told, *(f"{count:,}" for count in counts))
    console.print(table, highlight=False)


def print_failed(units: Iterable[ArchiveUnit], console: Console) -> None:
    """A line for each failed unit, with the reason."""
    for unit in units:
        if unit.state == "failed":
            console.print(
                f"{unit.name.method} {clean(unit.name.unit, _WIDEST)}: {clean(unit.reason, _WIDEST)}",
                markup=False, highlight=False, soft_wrap=True,
            )  # fmt: skip


def gaps(days: set[date], since: date, until: date) -> list[tuple[date, date]]:
    """The stretches from `since` to `until`, both included, of which no day is covered."""
    span = (since + timedelta(days=number) for number in range((until - since).days + 1))
    found = [(covered, list(run)) for covered, run in groupby(span, key=lambda day: day in days)]
    return [(run[0], run[-1]) for covered, run in found if not covered]


def bounds(covered: Mapping[str, set[date]], since: date | None, until: date | None) -> tuple[date, date] | None:
    """The days to look at: as told, else from the first covered day to the last; None where none is covered."""
    every = [day for days in covered.values() for day in days]
    if not every and (since is None or until is None):
        return None
    return since or min(every), until or max(every)


def print_gaps(covered: Mapping[str, set[date]], span: tuple[date, date], console: Console) -> None:
    """A table of the stretches that each source lacks."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("source", overflow="fold")
    table.add_column("covered", justify="right")
    table.add_column("never covered", overflow="fold")
    whole = (span[1] - span[0]).days + 1
    for source, days in sorted(covered.items()):
        lacking = gaps(days, *span)
        told = ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in lacking[:20])
        more = f" and {len(lacking) - 20} more" if len(lacking) > 20 else ""
        have = whole - sum((last - first).days + 1 for first, last in lacking)
        table.add_row(escape(clean(source, 60)), f"{have:,} of {whole:,}", f"{told}{more}" or "-")
    console.print(table, highlight=False)


def draw_gaps(covered: Mapping[str, set[date]], span: tuple[date, date], file: Path) -> None:
    """A heat map: a row for each source and year, a column for each day. Raises InputError."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise InputError("a picture needs matplotlib: pip install 'exchangewatch[charts]'") from None
    first, last = span
    sources = sorted(covered)
    length = (last - first).days + 1
    cells = [[first + timedelta(days=number) in covered[source] for number in range(length)] for source in sources]
    figure = Figure(figsize=(12, 1.2 + 0.3 * len(sources)), layout="constrained")
    axes = figure.subplots()
    axes.imshow(cells, aspect="auto", interpolation="nearest", cmap="RdYlGn", vmin=0, vmax=1)
    axes.set_yticks(range(len(sources)), [clean(source, 40) for source in sources])
    step = max(1, length // 12)
    ticks = range(0, length, step)
    axes.set_xticks(ticks, [f"{first + timedelta(days=number)}" for number in ticks], rotation=30, ha="right")
    axes.set_title(f"Days covered (green) and never covered (red), {first} to {last}")
    try:
        figure.savefig(file, format="png", dpi=120)
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from None
