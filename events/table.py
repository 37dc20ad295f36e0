"""An event -> the lines of a table: one for each direction, in columns that a spreadsheet opens."""

from __future__ import annotations

from collections.abc import Iterator

from core.model import Event
from core.wording import visible

Cell = str | int | None

COLUMNS = (
    "event", "date", "kind", "status", "parties", "from", "to", "what", "low", "best", "high", "articles",
    "discrepancies",
)  # fmt: skip
NUMBERS = ("low", "best", "high", "articles")


def lines(event: Event) -> Iterator[tuple[Cell, ...]]:
    """A line for each direction; an event without figures has one all the same."""
    start = (event.id, event.date, event.kind, event.status, " ".join(event.parties))
    end = (len({member.article_id for member in event.members}), "; ".join(event.discrepancies))
    for line in event.ledger:
        yield (*start, line.giver, line.receiver, line.what, line.low, line.best, line.high, *end)
    if not event.ledger:
        yield (*start, None, None, None, None, None, None, *end)


def harmless(cell: Cell) -> Cell:
    """Words from the web hold no control characters, and begin no formula in the spreadsheet that opens the file."""
    if not isinstance(cell, str):
        return cell
    shown = visible(cell)
    return f"'{shown}" if shown[:1] in "=+-@" and shown else shown
