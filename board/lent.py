"""What the rest of the house lends the board, which imports none of it: showing things knows no crawl and no rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from core.config import Board, Source
from core.feedback import Feedback
from core.model import Arrivals, Article, CrawlResult, Event, Rejection, Report
from storage.browse import Sum
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Explained:
    """An article, what detection made of it, and the evidence that was weighed, as an indented tree."""

    article: Article
    detection: Report | Rejection
    tree: str


@dataclass(frozen=True, slots=True)
class State:
    """How a source is doing: one word for it, and what an operator can act on."""

    state: str
    words: str
    alarming: bool


class Hand(Protocol):
    """What the desk does with events. All raise InputError and StorageError."""

    def say(self, given: Feedback) -> None:
        """Store and do what somebody said of an event."""

    def merge(self, one: str, other: str, by: str, now: datetime) -> Event:
        """Make two events one; the first keeps its id."""

    def split(self, event_id: str, articles: Collection[str], by: str, now: datetime) -> Event:
        """Make the accounts of some articles an event of their own, and give that."""

    def undo(self, event_id: str, by: str, now: datetime) -> str:
        """Take back what was done last by hand, and say what it was."""


class Rules(Protocol):
    """Detection. All raise ExchangeWatchError with the reason, in one line."""

    def explain(
        self, title: str | None, text: str, published: date | datetime | None, language: str | None
    ) -> Explained:
        """Why a text is a report, or is none."""

    def fetch(self, url: str) -> Explained:
        """The same of a page on the web, which is fetched as the monitor would; never from a private address."""

    def label(self, explained: Explained) -> dict[str, Any]:
        """What was found, as a labelled case has it: `relevant`, `events`, `background`."""


@dataclass(frozen=True, slots=True)
class House:
    """All that the board is made of. `sources` are asked for each time, since the configuration is read again."""

    settings: Board
    store: Store
    names: Mapping[str, str]
    owner: str  # who works at a board that asks nobody for a name
    sources: Callable[[], Sequence[Source]]
    health: Callable[[Sequence[CrawlResult], Arrivals, datetime], State]
    hand: Hand
    rules: Rules
    check: Callable[[Source], Sequence[str]]
    picture: Callable[[Sequence[Sum], str, bool], bytes]
    thread_url: Callable[[str, str], str | None]
