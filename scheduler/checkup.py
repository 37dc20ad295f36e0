"""The store, the sources and the disk -> everything that is not well with the monitor, each thing in words."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from core.config import Source
from core.model import Trouble
from scheduler.health import health
from storage.store import Store

# An alert is told within seconds; one that waits so long waits for a channel that is not there.
_LATE = timedelta(minutes=15)
# SQLite's journal and a day of articles need less.
_LEAST_FREE = 500_000_000


def checkup(store: Store, sources: Iterable[Source], now: datetime) -> list[Trouble]:
    """What is not well now (UTC). Raises StorageError, which is a trouble of its own."""
    found = []
    paused = {name for name, state in store.source_wishes().items() if state.paused}
    for source in sources:
        if source.name in paused:  # the desk knows, and wants it so
            continue
        state = health(store.visits(source.name), store.arrivals(source.name, now), now)
        if state.alarming:
            found.append(Trouble(f"source {source.name}", state.state, state.words, now))
    for channel, count in store.overdue(now - _LATE).items():
        waiting = f"{count:,} {'alert waits' if count == 1 else 'alerts wait'}; `exchangewatch alerts` tells why"
        found.append(Trouble(f"channel {channel}", "late", waiting, now))
    return found


def no_room(folders: Iterable[Path], now: datetime) -> list[Trouble]:
    """The folders in which almost nothing can be written any more."""
    found = []
    for folder in folders:
        try:
            free = shutil.disk_usage(folder).free
        except OSError as error:
            found.append(Trouble(f"folder {folder}", "gone", error.strerror or "cannot be reached", now))
            continue
        if free < _LEAST_FREE:
            found.append(Trouble(f"folder {folder}", "full", f"only {free // 1_000_000} MB are free", now))
    return found
