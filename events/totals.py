"""Running totals that articles claim, and the lines of our own events -> whether they go together.

A total has a start that articles seldom name ("since 2022", "this year"), so totals are compared with one another:
between two of one speaker, the later a little larger, lie the exchanges of the days between them, and those are ours to
add up. Totals of different starts differ much: a pair counts only where the earlier is at least `_SAME_START` of the
later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from core.model import Event, Total
from events.sides import day

_SAME_START = 0.6


@dataclass(frozen=True, slots=True)
class Check:
    """A total, the one of the same speaker before it, and our own sum of the days after that one up to this one.

    `own` is low, best and high of the sum; `events` are the ids that it is made of.
    """

    total: Total
    before: Total
    own: tuple[int, int, int]
    events: tuple[str, ...]

    @property
    def grown(self) -> int:
        """By how much the total has grown."""
        return self.total.best - self.before.best

    @property
    def adds_up(self) -> bool:
        """Whether our own sum, within its bounds, is what the total has grown by."""
        return self.own[0] <= self.grown <= self.own[2]

    def in_words(self) -> str:
        """One sentence of what goes together and what does not; parties stand by their codes."""
        ends = f"{self.total.giver or 'unknown'} to {self.total.receiver or 'unknown'}, {self.total.what}"
        told = f"{ends}: {self.total.speaker} has {self.grown:,} more from {self.before.day} to {self.total.day}"
        if self.adds_up:
            return f"{told}, as our own sum"
        return f"{told}, our own sum is {self.own[1]:,}"


def check(totals: Iterable[Total], events: Iterable[Event]) -> list[Check]:
    """Each total that has one before it to be compared with, the oldest first."""
    completed = [(told, event) for event in events if event.status == "completed" and (told := day(event.date))]
    by_speaker: dict[tuple[str | None, ...], list[Total]] = defaultdict(list)
    for total in sorted(totals, key=lambda each: (each.day, each.best, each.url)):
        by_speaker[total.giver, total.receiver, total.what, total.speaker].append(total)
    found = []
    for claimed in by_speaker.values():
        for place, total in enumerate(claimed):
            before = _before(total, claimed[:place])
            if before is not None:
                found.append(_checked(total, before, completed))
    return sorted(found, key=lambda each: (each.total.day, each.total.speaker, each.total.best))


def _before(total: Total, earlier: Sequence[Total]) -> Total | None:
    """The latest total of an earlier day with, most likely, the same start."""
    fits = [each for each in earlier if each.day < total.day and _SAME_START * total.best <= each.best < total.best]
    return max(fits, key=lambda each: (each.day, each.best), default=None)


def _checked(total: Total, before: Total, completed: Sequence[tuple[date, Event]]) -> Check:
    low = best = high = 0
    behind = []
    for told, event in completed:
        lines = [
            line
            for line in event.ledger
            if (line.giver, line.receiver, line.what) == (total.giver, total.receiver, total.what)
            and line.best is not None
        ]
        if before.day < told <= total.day and lines:
            behind.append(event.id)
            for line in lines:
                known = line.best or 0
                low += known if line.low is None else line.low
                best += known
                high += known if line.high is None else line.high
    return Check(total, before, (low, best, high), tuple(sorted(behind)))
