"""What a round of visits brought -> the table that ends it: sources, pages, articles, reports, events, alerts, time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.wording import clean
from scheduler.jobs import Visit


@dataclass(frozen=True, slots=True)
class Round:
    """Every source visited once: the visits, the deliveries that still wait, and how long it took."""

    visits: tuple[Visit, ...]
    waiting: int
    seconds: float

    @property
    def read(self) -> int:
        """How many sources could be read."""
        return sum(visit.problem is None for visit in self.visits)

    @property
    def events(self) -> int:
        """How many events are new or have changed."""
        return len(set[str]().union(*(visit.events for visit in self.visits)))

    def total(self, column: str) -> int:
        """The sum of one of the counts of the visits."""
        return sum(getattr(visit, column) for visit in self.visits)


COLUMNS = ("pages", "articles", "reports")


def show(result: Round, console: Console) -> None:
    """Print the table, and below it the sources that could not be read, each with its reason."""
    table = Table(box=None, pad_edge=False, header_style="bold", footer_style="bold", show_footer=True)
    table.add_column("source", f"{len(result.visits)} sources", overflow="fold")
    for column in COLUMNS:
        table.add_column(column, str(result.total(column)), justify="right")
    table.add_column("", overflow="fold", style="dim")
    for visit in sorted(result.visits, key=lambda visit: visit.source):
        cells = ["-" if visit.problem else str(getattr(visit, column)) for column in COLUMNS]
        table.add_row(escape(visit.source), *cells, escape(_remark(visit)))
    console.print(table)
    console.print(f"\n{_sentence(result)}", highlight=False)
    for visit in result.visits:
        if visit.problem:
            reason = escape(clean(f"{visit.source}: {visit.problem}"))
            console.print(f"  [red]could not be read:[/] {reason}", highlight=False)


def in_words(visit: Visit) -> str:
    """One visit in one line, for a log."""
    if visit.problem:
        return f"{visit.source}: could not be read: {visit.problem}"
    counts = (counted(getattr(visit, column), column.rstrip("s")) for column in (*COLUMNS, "alerts"))
    return f"{visit.source}: {', '.join(counts)}"


def _remark(visit: Visit) -> str:
    remarks = []
    if visit.problem:
        remarks.append("could not be read")
    for reason, number in Counter(failure.reason for failure in visit.failures).most_common(2):
        remarks.append(f"{number} not fetched: {clean(reason)}")
    if visit.unreadable:
        remarks.append(f"{visit.unreadable} without an article")
    return ", ".join(remarks)


def _sentence(result: Round) -> str:
    parts = [
        f"{result.read} of {counted(len(result.visits), 'source')} read",
        f"{counted(result.total('pages'), 'page')} fetched",
        counted(result.total("articles"), "article"),
        counted(result.total("reports"), "report"),
        counted(result.events, "event"),
        counted(result.total("alerts"), "alert"),
    ]
    waiting = f" ({counted(result.waiting, 'alert')} still to be delivered)" if result.waiting else ""
    return f"{', '.join(parts)}{waiting} in {result.seconds:.1f} s"


def counted(number: int, noun: str) -> str:
    """1 and "page" -> "1 page"; 2 -> "2 pages"."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"
