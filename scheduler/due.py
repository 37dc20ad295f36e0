"""A source's interval, its last visits and a seed -> when it is next due; pure, so that a schedule can be tested."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

# A source that cannot be read is asked less and less often, but never given up.
LONGEST_BACK_OFF = timedelta(hours=6)
_STEPS = 8
# Where more than two thirds of the links are known the next visit may wait, where less than a third are it must not:
# the rule by which Media Cloud polls 180,000 feeds, and its steps.
_MOSTLY_KNOWN, _MOSTLY_NEW = 2 / 3, 1 / 3
_LATER, _SOONER = 1.25, 0.5
# How much a failed visit counts: a source that is gone wholly, one that answers with an error half, one that is late a
# quarter. By the first words of the reason as crawler.failures gives it.
_WEIGHTS = {"timed out": 0.25, "HTTP 429": 0.25, "HTTP 503": 0.25, "HTTP 5": 0.5, "the connection": 0.5}


class Visited(Protocol):
    """What a visit came to, as far as the next one depends on it."""

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
    """The interval after these visits: longer where there was little new, shorter where there was much."""
    shortest, longest = rhythm.shortest or rhythm.interval, rhythm.longest or rhythm.interval
    interval = min(longest, max(shortest, rhythm.interval))
    for visit in visits:
        if visit.problem is not None:
            continue
        known = 1 - visit.new_links / visit.links if visit.links else 1.0
        step = _LATER if known > _MOSTLY_KNOWN else _SOONER if known < _MOSTLY_NEW else 1.0
        interval = min(longest, max(shortest, interval * step))
    return interval


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
