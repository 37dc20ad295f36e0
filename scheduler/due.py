"""A source's interval, its last visits and a seed -> when it is next due; pure, so that a schedule can be tested."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

# A source that cannot be read is asked less and less often, but never given up.
LONGEST_BACK_OFF = timedelta(hours=6)
_JITTER = 0.1
_STEPS = 8


def next_due(
    name: str, interval: timedelta, *, last_started: datetime | None, problems: int, now: datetime, seed: str = ""
) -> datetime:
    """When a source is to be visited again: never before `now`.

    `problems` counts the visits in a row that failed; each doubles the interval, up to six hours. The jitter spreads
    sources by up to a tenth of the interval, always the same way for the same source, visit and seed. A source that
    was never visited is due within that tenth, so that a start does not ask every outlet in the same second.
    """
    wait = backed_off(interval, problems)
    if last_started is None:
        return now + interval * _JITTER * _fraction(f"{seed}:{name}")
    spread = _JITTER * (2 * _fraction(f"{seed}:{name}:{last_started.isoformat()}") - 1)
    return max(now, last_started + wait * (1 + spread))


def backed_off(interval: timedelta, problems: int) -> timedelta:
    """The interval after so many failed visits in a row; an interval longer than the back-off's limit stays."""
    if problems <= 0:
        return interval
    return max(interval, min(LONGEST_BACK_OFF, interval * 2 ** min(problems, _STEPS)))


def _fraction(words: str) -> float:
    """Words -> a number from 0 to 1 that is the same in every process (Python's own hash is not)."""
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big") / 2**64
