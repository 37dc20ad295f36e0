"""An exchange to what can be compared with another: between whom, of the dead or the living, when, and how many."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from core.model import Exchange, Member, Transfer

Direction = tuple[str | None, str | None]


def in_order(parties: Iterable[str]) -> tuple[str, ...]:
    """Parties each once, in the order of the desk: states by their codes, then those that are no state."""
    return tuple(sorted(set(parties), key=lambda party: (len(party) != 2, party)))


def sides(exchange: Exchange) -> tuple[str, ...]:
    """The two sides of an exchange; one or none where the article does not say.

    Where more than two take part, the two with the most transfers between them, then with the most people.
    """
    if len(set(exchange.parties)) == 2:
        return in_order(exchange.parties)
    weight: dict[tuple[str, ...], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for transfer in exchange.transfers:
        if transfer.giver and transfer.receiver:
            pair = in_order((transfer.giver, transfer.receiver))
            rows, people = weight[pair]
            weight[pair] = (rows + 1, people + (transfer.count.best if transfer.count else 0))
    if weight:
        return min(weight, key=lambda pair: (-weight[pair][0], -weight[pair][1], pair))
    named = {end for transfer in exchange.transfers for end in (transfer.giver, transfer.receiver) if end}
    return in_order({*exchange.parties, *named})[:2]


def bucket(exchange: Exchange) -> str:
    """What two reports must share to be about one event: "RU-UA-dead", or "...-living" for whoever is not dead."""
    return "-".join((*sides(exchange), "dead" if exchange.kind == "remains" else "living"))


def day(text: str | None) -> date | None:
    """The day that a date names, if it names one and not only a month."""
    if text is None or len(text) != len("2025-06-13"):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def home(member: Member) -> date:
    """The day under which a member is looked for: the one it tells or, where it tells none, its publication's.

    An earlier month is looked for at its end, because that is the nearest it can be.
    """
    told, published = day(member.exchange.date), member.published.date()
    if told is not None:
        return told
    month = month_of(member.exchange)
    return published if month is None else min(published, _end(month))


def month_of(exchange: Exchange) -> date | None:
    """The first day of the month that an exchange tells where it tells no day."""
    told = exchange.date
    return day(f"{told}-01") if told is not None and len(told) == len("2025-06") else None


def direction(transfer: Transfer, between: tuple[str, ...]) -> Direction:
    """From whom to whom; an end that is not told is the other side, where there are two and one is told."""
    giver, receiver = transfer.giver, transfer.receiver
    if len(between) == 2 and (giver is None) != (receiver is None) and (giver or receiver) in between:
        other = between[0] if (giver or receiver) == between[1] else between[1]
        giver, receiver = giver or other, receiver or other
    return giver, receiver


def figures(exchange: Exchange) -> dict[Direction, frozenset[int]]:
    """The figures of each direction, and what prisoners and civilians of one direction come to together."""
    between = sides(exchange)
    told: dict[Direction, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for transfer in exchange.transfers:
        if transfer.count is not None:
            told[direction(transfer, between)][transfer.what].add(transfer.count.best)
    return {
        ends: frozenset().union(*by_what.values()) | ({sum(map(max, by_what.values()))} if len(by_what) > 1 else set())
        for ends, by_what in told.items()
    }


def _end(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])
