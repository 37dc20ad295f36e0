"""What goes wrong again and again -> the log: once when it begins, once when it is over."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

_log = logging.getLogger(__name__)


class Saying:
    """What the log was told of and is not over. One thread at a time may say something of one subject."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, float]] = {}

    def begin(self, subject: str, words: str, level: int = logging.ERROR) -> None:
        """Say that something is wrong, unless the same was said before, whatever follows a semicolon or two colons."""
        kind = ":".join(words.partition(";")[0].split(":")[:2])
        known = self._said.get(subject)
        if known is None or known[0] != kind:
            self._said[subject] = (kind, known[1] if known else time.monotonic())
            _log.log(level, "%s: %s", subject, words)

    def over(self, subject: str) -> None:
        """Say that it is well again, where something was wrong."""
        known = self._said.pop(subject, None)
        if known:
            _log.info("%s: well again after %s", subject, span(timedelta(seconds=time.monotonic() - known[1])))


def span(length: timedelta) -> str:
    """A length of time in words, rounded."""
    hours = length / timedelta(hours=1)
    if hours < 1:
        return f"{length / timedelta(minutes=1):.0f} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"
