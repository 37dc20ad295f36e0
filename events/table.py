"""An event -> the lines of a table: one for each direction, in columns that a spreadsheet opens."""

from __future__ import annotations

from collections.abc import Iterator

from core.model import Event

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
    """Words from the web must not begin a formula in the spreadsheet that opens the file."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
