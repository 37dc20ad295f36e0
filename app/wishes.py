"""What the desk wants of sources (no visits for now, or one at once) -> which are to be visited now, and which not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.workers import Readers
from core.config import Config
from core.model import SourceState
from crawler.run import Crawls
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Helpers:
    """What does the work for the board: crawls and readers of a loop that runs in another thread than its own."""

    config: Callable[[], Config]
    store: Store
    crawls: Crawls
    readers: Readers
    wake: Callable[[], None]


class Wishes:
    """Which sources are paused, and which wishes were heard. A visit never runs beside another to the same source."""

    def __init__(self) -> None:
        self._paused: set[str] = set()
        self._heard: dict[str, datetime] = {}
        self._under_way: set[str] = set()

    def due(self, states: Mapping[str, SourceState]) -> list[str]:
        """The sources that are to be visited at once: asked for since their last visit, or no longer paused."""
        paused = {name for name, state in states.items() if state.paused}
        resumed = self._paused - paused
        self._paused = paused
        asked = {name for name, state in states.items() if name not in paused and self._is_new(name, state)}
        self._heard |= {name: state.asked for name, state in states.items() if state.asked}
        return sorted((resumed | asked) - self._under_way)

    def begin(self, name: str) -> bool:
        """A visit is about to begin; False where there is to be none."""
        if name in self._paused or name in self._under_way:
            return False
        self._under_way.add(name)
        return True

    def end(self, name: str) -> None:
        """A visit has ended."""
        self._under_way.discard(name)

    def _is_new(self, name: str, state: SourceState) -> bool:
        if state.asked is None or state.asked == self._heard.get(name):
            return False
        return state.last_started is None or state.asked > state.last_started
