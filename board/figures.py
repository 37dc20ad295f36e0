"""Sums of completed events -> how many were handed over each month in each direction, with the disputed range."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from core import wording
from storage.browse import Sum

Group = Literal["bodies", "people"]
_MOST = 6  # series in one chart, each with a colour of its own
_MONTH = len("2025-06")
_COLUMNS = ("month", "what", "from", "to", "low", "best", "high", "events")


@dataclass(slots=True)
class Series:
    """One direction: what each month came to, at the least, at best and at the most."""

    name: str
    colour: int
    giver: str | None = None
    receiver: str | None = None
    low: dict[str, int] = field(default_factory=dict)
    best: dict[str, int] = field(default_factory=dict)
    high: dict[str, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)

    def add(self, month: str, told: Sum) -> None:
        """One more event of a month. A bound that is not told is taken at the best figure."""
        self.low[month] = self.low.get(month, 0) + (told.best if told.low is None else told.low)
        self.best[month] = self.best.get(month, 0) + told.best
        self.high[month] = self.high.get(month, 0) + (told.best if told.high is None else told.high)
        self.events[month] = self.events.get(month, 0) + 1

    def running(self, months: Sequence[str]) -> Series:
        """The sums of all months so far, for each month."""
        so_far = Series(self.name, self.colour, self.giver, self.receiver)
        for name in ("low", "best", "high"):
            total = 0
            for month in months:
                total += getattr(self, name).get(month, 0)
                getattr(so_far, name)[month] = total
        return so_far

    @property
    def total(self) -> tuple[int, int, int]:
        """Low, best and high of all."""
        return sum(self.low.values()), sum(self.best.values()), sum(self.high.values())


def group_of(told: Sum) -> Group:
    """Bodies, or people."""
    return "bodies" if told.what == "bodies" else "people"


def series(sums: Iterable[Sum], group: Group, names: Mapping[str, str]) -> list[Series]:
    """The largest directions of a group, the largest first; the smaller ones are put together as others."""
    found: dict[tuple[str | None, str | None], list[Sum]] = defaultdict(list)
    for each in sums:
        if group_of(each) == group and len(each.date) >= _MONTH:
            found[each.giver, each.receiver].append(each)
    order = sorted(found, key=lambda ends: (-sum(each.best for each in found[ends]), str(ends)))
    made = []
    for colour, ends in enumerate(order[:_MOST]):
        made.append(Series(wording.direction(*ends, names), colour, *ends))
        for each in found[ends]:
            made[-1].add(each.date[:_MONTH], each)
    return made


def months(sums: Iterable[Sum]) -> list[str]:
    """Every month from the first to the last, also those in which nothing was; the last 60 at most."""
    told = sorted({each.date[:_MONTH] for each in sums if len(each.date) >= _MONTH})
    if not told:
        return []
    year, month = int(told[0][:4]), int(told[0][5:])
    every = []
    while (name := f"{year:04}-{month:02}") <= told[-1]:
        every.append(name)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return every[-60:]


def by_month(sums: Sequence[Sum]) -> list[dict[str, str | int | None]]:
    """A line for each month, group and direction."""
    found: dict[tuple[Group, str, str | None, str | None], Series] = {}
    for each in sums:
        if len(each.date) >= _MONTH:
            key = (group_of(each), each.date[:_MONTH], each.giver, each.receiver)
            found.setdefault(key, Series("", 0)).add(each.date[:_MONTH], each)
    lines = []
    for (group, month, giver, receiver), told in sorted(found.items(), key=lambda item: str(item[0])):
        figures = (told.low[month], told.best[month], told.high[month], told.events[month])
        lines.append(dict(zip(_COLUMNS, (month, group, giver, receiver, *figures), strict=True)))
    return lines


def as_csv(sums: Sequence[Sum]) -> str:
    """The same as CSV."""
    sheet = io.StringIO(newline="")
    writer = csv.DictWriter(sheet, _COLUMNS)
    writer.writeheader()
    writer.writerows(by_month(sums))
    return sheet.getvalue()
