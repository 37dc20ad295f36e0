"""The members of a group to the event that they are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from core.model import Event, Kind, Member, Status
from events.ledger import ledger
from events.sides import in_order, sides


def assemble(event_id: str, members: Sequence[Member]) -> Event:
    """The event that members make. The same members make the same event in any order; there must be at least one.

    Status: completed where anyone says so, else the word of the latest publication. Date: the day that most outlets
    of that status name (the earlier of two), else the month. Score: that of the surest report. What was corrected or
    withdrawn since counts for none of these, as long as anything is left.
    """
    every = sorted(members, key=lambda member: (member.published, member.key))
    own = [member for member in every if not member.state] or every
    lines, discrepancies = ledger(every)
    status = _status(own)
    return Event(
        id=event_id,
        kind=_kind(own),
        status=status,
        date=_date([member for member in own if member.exchange.status == status]) or _date(own),
        parties=_parties(own),
        ledger=lines,
        discrepancies=discrepancies,
        mediators=_named(name for member in own for name in member.exchange.mediators),
        sources=_named(name for member in own for name in member.exchange.sources),
        members=tuple(sorted(every, key=lambda member: member.key)),
        score=max(member.score for member in own),
        first_seen=min(member.first_seen for member in every),
        updated=max(member.first_seen for member in every),
    )


def _status(members: Sequence[Member]) -> Status:
    latest = members[-1].exchange.status
    return "completed" if any(member.exchange.status == "completed" for member in members) else latest


def _kind(members: Sequence[Member]) -> Kind:
    """What most outlets call it; the wider word of two that are as frequent."""
    width: tuple[Kind, ...] = ("civilians", "prisoners", "remains", "mixed")
    outlets = {(member.outlet, member.exchange.kind) for member in members}
    frequent = Counter(kind for _, kind in outlets)
    return max(frequent, key=lambda kind: (frequent[kind], width.index(kind)))


def _date(members: Sequence[Member]) -> str | None:
    named = {(member.outlet, member.exchange.date) for member in members if member.exchange.date is not None}
    frequent = Counter(date for _, date in named if date is not None)
    return min(frequent, key=lambda date: (-len(date), -frequent[date], date), default=None)


def _parties(members: Sequence[Member]) -> tuple[str, ...]:
    """The two sides first, then whoever else gave or received."""
    between = Counter(sides(member.exchange) for member in members)
    first = min(between, key=lambda pair: (-len(pair), -between[pair], pair))
    ends = {end for member in members for each in member.exchange.transfers for end in (each.giver, each.receiver)}
    told = {party for member in members for party in member.exchange.parties}
    return (*first, *in_order({end for end in ends | told if end is not None} - set(first)))


def _named(names: Iterable[str]) -> tuple[str, ...]:
    """Names each once, as first written, the most frequent first."""
    every = list(names)
    frequent = Counter(name.casefold() for name in every)
    first = {name.casefold(): name for name in reversed(every)}
    order = {key: place for place, key in enumerate(dict.fromkeys(name.casefold() for name in every))}
    return tuple(first[key] for key in sorted(first, key=lambda key: (-frequent[key], order[key])))
