"""A month of fifty sources, simulated -> how often they are asked and how late their articles are read.

    python -m benchmarks.months [--days 30] [--seed 1]

The schedule is the monitor's own (scheduler.due); the outlets publish at random, each at a rate of its own, by day
three times as much as by night, and answer conditional requests as most do. Compared with asking every source at its
interval, at those that ask as often or are as late, and with the rule of Media Cloud (more than two thirds of the links
known: a quarter later; less than one third: twice as soon) between the same bounds.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.model import CrawlResult
from scheduler.due import Rhythm, next_due
from scheduler.jobs import SLOWEST

_START = datetime(2026, 11, 1, tzinfo=UTC)
# Articles a day, of the feeds that config.yaml names: a few agencies write hundreds, most write dozens.
_RATES = (400, 250, 150, 100, 60, 40, 25, 12, 6, 2)
_ITEMS = 30
_BODY, _HEADERS = 40_000, 500
_INTERVAL = {1: timedelta(minutes=2), 2: timedelta(minutes=10), 3: timedelta(minutes=30)}


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet: when it publishes, and how its source is watched."""

    name: str
    tier: int
    published: Sequence[datetime]


@dataclass(slots=True)
class Count:
    """What watching came to."""

    asked: int = 0
    unchanged: int = 0
    missed: int = 0
    lags: list[float] | None = None

    @property
    def bytes(self) -> int:
        return (self.asked - self.unchanged) * _BODY + self.unchanged * _HEADERS


def outlets(days: int, chance: random.Random) -> list[Outlet]:
    """Fifty of them."""
    found = []
    for number in range(50):
        rate, tier = _RATES[number % len(_RATES)], 1 + number % 3
        moments, at = [], _START
        while at < _START + timedelta(days=days):
            busy = 1.5 if 6 <= at.hour < 22 else 0.5
            at += timedelta(days=chance.expovariate(rate * busy))
            moments.append(at)
        found.append(Outlet(f"outlet-{number}", tier, moments))
    return found


def adaptive(outlet: Outlet) -> Callable[[datetime, Sequence[CrawlResult]], datetime]:
    """When the monitor would ask next."""
    interval = _INTERVAL[outlet.tier]
    rhythm = Rhythm(
        interval, seed="month", shortest=min(interval, timedelta(minutes=1)), longest=interval * SLOWEST[outlet.tier]
    )
    return lambda now, visits: next_due(outlet.name, rhythm, now, visits, now)


def by_thirds(outlet: Outlet) -> Callable[[datetime, Sequence[CrawlResult]], datetime]:
    """When Media Cloud's rule would ask next."""
    interval = _INTERVAL[outlet.tier]
    shortest, longest = min(interval, timedelta(minutes=1)), interval * SLOWEST[outlet.tier]
    wait = [interval]

    def due(now: datetime, visits: Sequence[CrawlResult]) -> datetime:
        last = visits[-1]
        known = 1 - last.new_links / last.links if last.links else 1.0
        wait[0] = min(longest, max(shortest, wait[0] * (1.25 if known > 2 / 3 else 0.5 if known < 1 / 3 else 1)))
        return now + wait[0]

    return due


def fixed(interval: timedelta) -> Callable[[datetime, Sequence[CrawlResult]], datetime]:
    """Always after the same time."""
    return lambda now, visits: now + interval


def watched(outlet: Outlet, days: int, due: Callable[[datetime, Sequence[CrawlResult]], datetime]) -> Count:
    """Watch one outlet for so many days."""
    count, visits, now, read = Count(lags=[]), deque[CrawlResult](maxlen=30), _START, 0
    while now < _START + timedelta(days=days):
        new = 0
        while read + new < len(outlet.published) and outlet.published[read + new] <= now:
            new += 1
        seen = outlet.published[read : read + new]
        count.asked += 1
        count.unchanged += new == 0
        count.missed += max(0, new - _ITEMS)
        if count.lags is not None:
            count.lags += [(now - each).total_seconds() for each in seen[-_ITEMS:]]
        read += new
        # An unchanged answer offers no links, as in the crawler.
        visits.append(CrawlResult(outlet.name, now, now, _ITEMS if new else 0, min(new, _ITEMS)))
        now = due(now, visits)
    return count


def total(counts: Sequence[Count]) -> Count:
    """Of all of them together."""
    lags = [lag for count in counts for lag in count.lags or ()]
    sums = (sum(getattr(each, name) for each in counts) for name in ("asked", "unchanged", "missed"))
    return Count(*sums, lags)


def line(name: str, count: Count) -> str:
    """One row of the table."""
    lags = sorted(count.lags or [0])
    middle, late = statistics.median(lags) / 60, lags[int(len(lags) * 0.95)] / 60
    return (
        f"{name:<34} {count.asked:>9,} {count.unchanged:>9,} {count.bytes / 1e9:>7.1f} GB "
        f"{middle:>6.1f} min {late:>6.1f} min {count.missed:>7,}"
    )


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    every = outlets(given.days, random.Random(given.seed))
    print(f"{'':<34} {'requests':>9} {'unchanged':>9} {'read':>10} {'median':>10} {'95th pct':>10} {'missed':>7}")
    for tier in (1, 2, 3):
        mine = [outlet for outlet in every if outlet.tier == tier]
        ways: dict[str, Callable[[Outlet], Callable[[datetime, Sequence[CrawlResult]], datetime]]] = {
            "adaptive": adaptive,
            "by thirds": by_thirds,
        }
        for share in (0.5, 0.6, 0.75, 1, 1.5):
            every_so_often = _INTERVAL[tier] * share
            ways[f"every {every_so_often / timedelta(minutes=1):g} min"] = lambda _, wait=every_so_often: fixed(wait)
        for name, due in ways.items():
            came = total([watched(each, given.days, due(each)) for each in mine])
            print(line(f"tier {tier}, {name}", came))
    return 0


if __name__ == "__main__":
    sys.exit(main())
