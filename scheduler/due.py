"""A source's interval, its last visits and a seed -> when it is next due; pure, so that a schedule can be tested."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

# A source that cannot be read is asked less and less often, but never given up.
LONGEST_BACK_OFF = timedelta(hours=6)
_STEPS = 8


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a source is visited: the jitter is the share of the interval by which visits are spread."""

    interval: timedelta
    jitter: float = 0.1
    seed: str = ""


def next_due(name: str, rhythm: Rhythm, last_started: datetime | None, problems: int, now: datetime) -> datetime:
    """When a source is to be visited again: never before `now`.

    `problems` counts the visits in a row that failed; each doubles the interval, up to six hours. The jitter is always
    the same for the same source, visit and seed. A source that was never visited is due within the jitter, so that a
    start does not ask every outlet in the same second.
    """
    if last_started is None:
        return now + rhythm.interval * rhythm.jitter * _fraction(f"{rhythm.seed}:{name}")
    spread = rhythm.jitter * (2 * _fraction(f"{rhythm.seed}:{name}:{last_started.isoformat()}") - 1)
    return max(now, last_started + backed_off(rhythm.interval, problems) * (1 + spread))


def backed_off(interval: timedelta, problems: int) -> timedelta:
    """The interval after so many failed visits in a row; an interval longer than the back-off's limit stays."""
    if problems <= 0:
        return interval
    return max(interval, min(LONGEST_BACK_OFF, interval * (1 << min(problems, _STEPS))))


def _fraction(words: str) -> float:
    """Words -> a number from 0 to 1 that is the same in every process (Python's own hash is not)."""
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big") / 2**64
