"""Events and their ledgers -> the few words in which a table or a heading tells them."""

from __future__ import annotations

from datetime import datetime

from core.model import Event, LedgerLine

_KINDS = {
    "remains": "Exchange of remains",
    "prisoners": "Exchange of prisoners",
    "civilians": "Exchange of civilians",
    "mixed": "Exchange of prisoners and civilians",
}


def headline(event: Event) -> str:
    """As in "Exchange of remains, RU and UA, completed, 2025-06-13"."""
    return ", ".join(filter(None, [_KINDS[event.kind], parties(event), event.status, event.date]))


def parties(event: Event) -> str:
    """As in "RU and UA"."""
    return " and ".join(event.parties)


def transfer(line: LedgerLine) -> str:
    """As in "RU -> UA: 1,200 to 1,212 bodies"."""
    return f"{line.giver or '?'} -> {line.receiver or '?'}: {figure(line)} {line.what}"


def figure(line: LedgerLine) -> str:
    """The range that the accounts span, or the one figure, or that there is none."""
    if line.best is None:
        return "an unknown number of"
    low, high = line.low or line.best, line.high or line.best
    return f"{line.best:,}" if low == high else f"{low:,} to {high:,}"


def moment(when: datetime) -> str:
    """A time as a desk reads it: "2025-06-13 12:30 UTC"."""
    return f"{when:%Y-%m-%d %H:%M} UTC"
