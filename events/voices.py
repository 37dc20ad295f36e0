"""A line of the ledger and the two sides -> what each says of it: it confirms, gives another number, or is silent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from core.model import Event, LedgerLine

State = Literal["confirms", "gives another number", "is silent"]


@dataclass(frozen=True, slots=True)
class Voice:
    """What one side says of one line; `figures` are those it claims, the latest last."""

    side: str
    state: State
    figures: tuple[int, ...]


def voices(line: LedgerLine, sides: Iterable[str]) -> tuple[Voice, ...]:
    """The word of each side on a line. A side confirms if its latest claim leaves the line's best figure possible."""
    return tuple(_voice(line, side) for side in sides)


def in_words(event: Event) -> tuple[str, ...]:
    """The state of both sides, a line each: "RU to UA, bodies: UA confirms 1,212, RU gives another number, 1,200".

    Lines of which neither side speaks are left out; parties stand by their codes.
    """
    told = ((line, voices(line, event.parties[:2])) for line in event.ledger)
    return tuple(
        f"{line.giver or 'unknown'} to {line.receiver or 'unknown'}, {line.what}: {', '.join(map(_word, said))}"
        for line, said in told
        if any(each.figures for each in said)
    )


def _voice(line: LedgerLine, side: str) -> Voice:
    claims = sorted(
        (each for each in line.claims if each.side == side and not each.state), key=lambda each: each.first_seen
    )
    if not claims:
        return Voice(side, "is silent", ())
    last = claims[-1]
    figures = tuple(dict.fromkeys(each.best for each in claims))
    exact = last.low is None and last.high is None
    low, high = (last.best, last.best) if exact else (last.low, last.high)
    fits = line.best is not None and (low is None or low <= line.best) and (high is None or line.best <= high)
    return Voice(side, "confirms" if fits else "gives another number", figures)


def _word(voice: Voice) -> str:
    if voice.state == "is silent":
        return f"{voice.side} is silent"
    joint = " " if voice.state == "confirms" else ", "
    return f"{voice.side} {voice.state}{joint}{voice.figures[-1]:,}"
