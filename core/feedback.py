"""What the desk says of an event -> the event as it is after that: closed, silent, or with another figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from core.model import Event

Verdict = Literal["confirm", "dismiss", "correct", "mute", "unmute", "withdraw"]

_IN_WORDS: dict[Verdict, str] = {
    "confirm": "confirmed by",
    "dismiss": "closed as not an exchange by",
    "correct": "figure corrected by",
    "mute": "muted by",
    "unmute": "no longer muted by",
    "withdraw": "the last word taken back by",
}
_ACTS: dict[Verdict, str] = {
    "confirm": "confirmed",
    "dismiss": "closed as not an exchange",
    "correct": "corrected a figure of",
    "mute": "muted",
    "unmute": "unmuted",
    "withdraw": "took back the last word on",
}


@dataclass(frozen=True, slots=True)
class Feedback:
    """What one person said of an event, and when; `id` is unique to the click.

    A correction names the direction by giver, receiver and what, and the right figure for it. "withdraw" takes back
    the last word that holds, whatever it is.
    """

    id: str
    event_id: str
    verdict: Verdict
    by: str
    at: datetime
    giver: str | None = None
    receiver: str | None = None
    what: str | None = None
    figure: int | None = None

    def in_words(self) -> str:
        """ "muted by Olena"."""
        return f"{_IN_WORDS[self.verdict]} {self.by}"

    def act(self) -> str:
        """The same without who: "muted", "corrected RU to UA, bodies: 1,200"."""
        if self.verdict == "correct" and self.figure is not None:
            return f"corrected {self.giver or '?'} to {self.receiver or '?'}, {self.what}: {self.figure:,}"
        return _ACTS[self.verdict]


def feedback(event: Event, given: Iterable[Feedback]) -> Event:
    """The event with what was said of it; a corrected figure leads its line of the ledger, whose claims all stay."""
    said = tuple(sorted(given, key=lambda each: (each.at, each.id)))
    holds = holding(said)
    right = {(each.giver, each.receiver, each.what): each.figure for each in holds if each.verdict == "correct"}
    ledger = []
    for line in event.ledger:
        figure = right.get((line.giver, line.receiver, line.what))
        ledger.append(line if figure is None else replace(line, low=figure, best=figure, high=figure))
    return replace(event, ledger=tuple(ledger), feedback=said)


def holding(said: Iterable[Feedback]) -> list[Feedback]:
    """What was said and not taken back, in its order."""
    holds: list[Feedback] = []
    for each in said:
        if each.verdict != "withdraw":
            holds.append(each)
        elif holds:
            holds.pop()
    return holds


def standing(event: Event) -> tuple[Feedback, ...]:
    """What holds of all that was said: the last word on whether it is an exchange, on silence, and on each figure."""
    last: dict[object, Feedback] = {}
    for each in holding(event.feedback):
        about = {"confirm": "exchange", "dismiss": "exchange", "mute": "silence", "unmute": "silence"}.get(each.verdict)
        last[about or (each.giver, each.receiver, each.what)] = each
    return tuple(each for each in last.values() if each.verdict != "unmute")


def hushed(event: Event) -> Feedback | None:
    """Why nothing more is told of an event: somebody closed or muted it."""
    return next((each for each in standing(event) if each.verdict in ("dismiss", "mute")), None)


def is_closed(event: Event) -> bool:
    """Whether the desk's last word is that this was no exchange."""
    return any(each.verdict == "dismiss" for each in standing(event))


def is_reviewed(event: Event) -> bool:
    """Whether somebody of the desk has said, and not taken back, what the event is: confirmed, corrected or none."""
    return any(each.verdict in ("confirm", "dismiss", "correct") for each in standing(event))


@dataclass(frozen=True, slots=True)
class Ruling:
    """Somebody put two events together ("merge": a member's key of each) or set members apart ("split": their keys).

    It holds until it is undone, whatever the matcher makes of the members, and of those that come later.
    """

    event_id: str
    what: Literal["merge", "split"]
    keys: tuple[str, ...]
    by: str
    at: datetime
    number: int = 0

    def in_words(self) -> str:
        """ "put together by Olena"."""
        return f"{'put together' if self.what == 'merge' else 'set apart'} by {self.by}"


@dataclass(frozen=True, slots=True)
class Hush:
    """Nothing is told between `since` and `until` (UTC) of what fits: an event, a side, a kind, or everything."""

    event_id: str | None
    party: str | None
    kind: str | None
    since: datetime
    until: datetime
    by: str
    reason: str = ""

    def covers(self, event: Event) -> bool:
        """Whether the event is one of those that are not told of."""
        return (
            self.event_id in (None, event.id)
            and (self.party is None or self.party in event.parties)
            and self.kind in (None, event.kind)
        )

    def in_words(self) -> str:
        """ "HAMAS, prisoners silenced until 2025-06-13 12:30 UTC by Olena"."""
        about = ", ".join(filter(None, (self.event_id, self.party, self.kind))) or "everything"
        return f"{about} silenced until {self.until:%Y-%m-%d %H:%M} UTC by {self.by}"
