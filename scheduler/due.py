"""A source's interval, its last visits and a seed -> when it is next due; pure, so that a schedule can be tested."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

# A source that cannot be read is asked less and less often, but never given up.
LONGEST_BACK_OFF = timedelta(hours=6)
_STEPS = 8
# A source that brings this many articles a day is visited at its interval, one with four times as many twice as often:
# of all ways to spend so many visits, going by the root of the rate has articles wait the least on average.
_TYPICAL = 100.0
# What a source brought so long ago counts half: mornings are not like nights.
_HALF_LIFE = timedelta(hours=6)
# It is not sure that nothing comes where nothing came: half an article is added, at the typical rate.
_DOUBT = 0.5
# Where less than a third of the links are known, others may have dropped out of the list before they were seen.
_MOSTLY_NEW = 1 / 3
_SOONER = 0.5
_DAY = timedelta(days=1)
# How much a failed visit counts: a source that is gone wholly, one that answers with an error half, one that is late a
# quarter. By the first words of the reason as crawler.failures gives it.
_WEIGHTS = {"timed out": 0.25, "HTTP 429": 0.25, "HTTP 503": 0.25, "HTTP 5": 0.5, "the connection": 0.5}


class Visited(Protocol):
    """What a visit came to, as far as the next one depends on it."""

    @property
    def started(self) -> datetime:
        """When it began (UTC)."""

    @property
    def links(self) -> int:
        """The links that the source offered."""

    @property
    def new_links(self) -> int:
        """Those that were not known."""

    @property
    def problem(self) -> str | None:
        """Why the source could not be read."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a source is visited: between `shortest` and `longest`, at first every `interval`.

    The jitter is the share of the interval by which visits are spread.
    """

    interval: timedelta
    jitter: float = 0.1
    seed: str = ""
    shortest: timedelta | None = None
    longest: timedelta | None = None


def next_due(
    name: str, rhythm: Rhythm, last_started: datetime | None, visits: Iterable[Visited], now: datetime
) -> datetime:
    """When a source is to be visited again: never before `now`.

    `visits` are its last ones, the oldest first. What they brought makes the interval shorter or longer; each failure
    since the last success makes it longer still, up to six hours. The jitter is always the same for the same source,
    visit and seed. A source that was never visited is due within the jitter, so that a start does not ask every outlet
    in the same second.
    """
    if last_started is None:
        return now + rhythm.interval * rhythm.jitter * _fraction(f"{rhythm.seed}:{name}")
    last_started = min(last_started, now)  # by a clock that was ahead, the next visit would be years away
    spread = rhythm.jitter * (2 * _fraction(f"{rhythm.seed}:{name}:{last_started.isoformat()}") - 1)
    known = list(visits)
    return max(now, last_started + backed_off(adapted(rhythm, known), trouble(known)) * (1 + spread))


def adapted(rhythm: Rhythm, visits: Iterable[Visited]) -> timedelta:
    """The interval after these visits, the oldest first: shorter where they brought much, longer where little.

    The first visit to a source finds what has gathered there, and says nothing of how fast that comes.
    """
    shortest, longest = rhythm.shortest or rhythm.interval, rhythm.longest or rhythm.interval
    read = [visit for visit in visits if visit.problem is None]
    interval = rhythm.interval
    if len(read) > 1:
        interval *= math.sqrt(_TYPICAL / daily(read))
        last = read[-1]
        if last.links and 1 - last.new_links / last.links < _MOSTLY_NEW:
            interval = min(interval, (last.started - read[-2].started) * _SOONER)
    return min(longest, max(shortest, interval))


def daily(visits: Sequence[Visited]) -> float:
    """How many articles a day a source brings, from at least two visits, of which the later ones count more."""
    articles, days = _DOUBT, _DOUBT / _TYPICAL
    for earlier, later in pairwise(visits):
        weight = 0.5 ** max(0.0, (visits[-1].started - later.started) / _HALF_LIFE)
        articles += weight * later.new_links
        days += weight * max(0.0, (later.started - earlier.started) / _DAY)
    return articles / days


def trouble(visits: Iterable[Visited]) -> float:
    """The weight of the failures since the last visit that succeeded."""
    weight = 0.0
    for visit in visits:
        weight = 0.0 if visit.problem is None else weight + weight_of(visit.problem)
    return weight


def weight_of(problem: str) -> float:
    """How much a failure with this reason counts: 1, 0.5 or 0.25."""
    return next((weight for words, weight in _WEIGHTS.items() if problem.startswith(words)), 1.0)


def backed_off(interval: timedelta, trouble: float) -> timedelta:
    """The interval after failures of this weight; an interval longer than the back-off's limit stays."""
    if trouble <= 0:
        return interval
    return max(interval, min(LONGEST_BACK_OFF, interval * 2 ** min(trouble, _STEPS)))


def _fraction(words: str) -> float:
    """Words -> a number from 0 to 1 that is the same in every process (Python's own hash is not)."""
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big") / 2**64
