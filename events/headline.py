"""An event -> the one line that says what happened, between whom, and how many."""

from __future__ import annotations

from collections.abc import Mapping

from core import wording
from core.model import Event, LedgerLine


def headline(event: Event, names: Mapping[str, str]) -> str:
    """As in "Russia → Ukraine: handover of 31 civilians postponed"; `names` are those of the parties by their codes."""
    told = [each for each in event.ledger if span(each) is not None]
    if len(event.ledger) == 1 and told:
        line = told[0]
        way = wording.direction(line.giver, line.receiver, names)
        who = wording.counted(span(line), line.what)
        return (
            f"{way}: {who} handed over" if event.status == "completed" else f"{way}: handover of {who} {event.status}"
        )
    sides = wording.listed((wording.named(each, names) for each in event.parties), 4) or "Sides not named"
    opening = f"{sides}: {wording.what_happened(event.kind, event.status)}"
    if len(told) == 2 and told[0].giver == told[1].receiver and told[0].what == told[1].what:
        return f"{opening}, {span(told[0])} for {span(told[1])}"
    return opening


def span(line: LedgerLine) -> str | None:
    """The bounds of a line's figure in words; None where it has none."""
    return wording.span(line.low, line.best, line.high)


def differs(line: LedgerLine) -> bool:
    """Whether a line's range comes of accounts that give different figures."""
    return line.low != line.high and len({each.best for each in line.claims if not each.state}) > 1


def amount(line: LedgerLine) -> str:
    """As in "1,200 bodies" or "bodies, figures differ: 1,200 – 1,212"."""
    bounds = span(line)
    return wording.disputed(bounds, line.what) if differs(line) and bounds else wording.counted(bounds, line.what)
