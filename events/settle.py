"""Groups and the events stored before to what changes: which event each group is from now on, and what is merged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.model import Event
from events.event import assemble
from events.match import Group


@dataclass(frozen=True, slots=True)
class Merged:
    """An event that turned out to be another one."""

    event_id: str
    into: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The events to store, those that were new or differ from what is stored, and those that were merged away."""

    events: tuple[Event, ...]
    merged: tuple[Merged, ...]


def settle(groups: Sequence[Group], existing: Iterable[Event], taken: Callable[[str], bool]) -> Changes:
    """Give every group an event. `existing` are all stored events of its members; `taken` tells whether an id is used.

    A stored event goes on in the group that holds most of its members. Where several go on in one group, the one
    first seen keeps its id and the others are merged into it. A group without any gets an id of its own, which never
    changes afterwards, whatever its date becomes.
    """
    stored = sorted(existing, key=lambda event: (event.first_seen, event.id))
    heirs = [(event, _heir(event, groups)) for event in stored]
    kept: dict[int, str] = {}
    for event, place in heirs:
        kept.setdefault(place, event.id)
    given: set[str] = set()
    for place, group in enumerate(groups):
        if place not in kept:
            kept[place] = _new_id(group, lambda name: name in given or taken(name))
            given.add(kept[place])
    before = {event.id: event for event in stored}
    made = [assemble(kept[place], group.members) for place, group in enumerate(groups)]
    return Changes(
        events=tuple(event for event in made if before.get(event.id) != event),
        merged=tuple(Merged(event.id, kept[place]) for event, place in heirs if kept[place] != event.id),
    )


def _heir(event: Event, groups: Sequence[Group]) -> int:
    """The place of the group that holds most of an event's members; the first of several."""
    keys = {member.key for member in event.members}
    return max(range(len(groups)), key=lambda place: (sum(each.key in keys for each in groups[place].members), -place))


def _new_id(group: Group, taken: Callable[[str], bool]) -> str:
    """Whose, of what, and when, as "RU-UA-dead-2025-06-13"; numbered from 2 where that is taken."""
    date = assemble("", group.members).date
    first = min(member.published for member in group.members).date().isoformat()
    name = f"{group.bucket}-{date if date is not None and len(date) == len(first) else first}"
    number = 2
    free = name
    while taken(free):
        free, number = f"{name}-{number}", number + 1
    return free
