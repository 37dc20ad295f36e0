"""Groups and the events stored before to what changes: which event each group is from now on, and what merged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from core.model import Event, Member
from events.event import assemble
from events.match import Group


@dataclass(frozen=True, slots=True)
class Merged:
    """An event that turned out to be another one, with the reason for which its first report is there now."""

    event_id: str
    into: str
    reason: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The events to store, those that are new or whose members changed, and those that were merged away."""

    events: tuple[Event, ...]
    merged: tuple[Merged, ...]


def settle(
    groups: Sequence[Group],
    existing: Mapping[str, Collection[str]],
    taken: Callable[[str], bool],
    touched: Collection[str] = (),
) -> Changes:
    """Give every group an event. `taken` tells whether an id is or was used.

    `existing` are the stored events of these members, the first seen first: of each id, the keys of its members.
    `touched` are the keys of members that are there as before, but of which something has changed. A stored event
    goes on in the group that holds most of its members. Where several go on in one group, the first keeps its id and
    the others are merged into it. A group without any gets an id of its own, which never changes afterwards, whatever
    its date becomes.
    """
    heirs = {event_id: _heir(keys, groups) for event_id, keys in existing.items()}
    kept: dict[int, str] = {}
    for event_id, place in heirs.items():
        kept.setdefault(place, event_id)
    given: set[str] = set()
    for place, group in enumerate(groups):
        if place not in kept:
            kept[place] = _new_id(group, lambda name: name in given or taken(name))
            given.add(kept[place])
    changed = [
        (kept[place], _with_reasons(group))
        for place, group in enumerate(groups)
        if (keys := {member.key for member in group.members}) != set(existing.get(kept[place], ()))
        or not keys.isdisjoint(touched)
    ]
    return Changes(
        events=tuple(assemble(event_id, members) for event_id, members in changed),
        merged=tuple(
            Merged(event_id, kept[place], _why(groups[place], existing[event_id]))
            for event_id, place in heirs.items()
            if kept[place] != event_id
        ),
    )


def _with_reasons(group: Group) -> tuple[Member, ...]:
    reasons = {join.key: join.reason for join in group.joins}
    return tuple(replace(member, joined=reasons.get(member.key, "")) for member in group.members)


def _why(group: Group, keys: Collection[str]) -> str:
    """Why an event's members are in a group: the reason of the first seen of them."""
    told = min((each for each in group.members if each.key in keys), key=lambda each: (each.first_seen, each.key))
    return next((join.reason for join in group.joins if join.key == told.key), "")


def _heir(keys: Collection[str], groups: Sequence[Group]) -> int:
    """The place of the group that holds most of an event's members; the first of several."""
    held = [sum(member.key in keys for member in group.members) for group in groups]
    return held.index(max(held))


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
