"""A month of fifty sources, simulated -> how often they are asked and how late their articles are read.

    python -m benchmarks.months [--days 30] [--seed 1]

The schedule is the monitor's own (scheduler.due); the outlets publish at random, each at a rate of its own, by day
three times as much as by night, and answer conditional requests as most do. Compared with asking every source at a
fixed interval: the one that asks as often, and the one that is as late.
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
        print(line(f"tier {tier}, adaptive", total([watched(each, given.days, adaptive(each)) for each in mine])))
        for minutes in (1, 2, 5, 10, 30):
            if _INTERVAL[tier] / 2 <= timedelta(minutes=minutes) <= _INTERVAL[tier] * 3:
                same = fixed(timedelta(minutes=minutes))
                print(
                    line(f"tier {tier}, every {minutes} min", total([watched(each, given.days, same) for each in mine]))
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
