"""The crawler, the rules and the desk's hand -> what the board is lent, for its threads to call."""

from __future__ import annotations

import asyncio
import getpass
import re
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar

from app import shapes
from app.checking import Trial, cure, steps
from app.detector import detector
from app.picture import picture
from app.wishes import Helpers
from app.workers import LostReaderError
from board.lent import Explained, House, State
from core.config import Config, Source
from core.errors import ExchangeWatchError
from core.feedback import Feedback
from core.model import Arrivals, Article, CrawlResult, Event, Page, Unreadable
from crawler.spiders.base import Target
from parsers.explain import explain
from parsers.extract import extract
from scheduler import desk
from scheduler.health import health
from storage.store import Store

Result = TypeVar("Result")

# The slowest outlet, fetched with all retries; whoever waits at a screen has gone by then.
_PATIENCE = 90.0
_SLACK_ID = re.compile(r"[CG][A-Z0-9]{8,}")
_SLACK_TIME = re.compile(r"\d+\.\d{6}")
_LABELLED = ("from", "to", "count", "what", "claimed_by")


class Question(NamedTuple):
    """A text of which somebody asks why it is a report or none."""

    article: Article
    published: datetime | date | None


def lend(work: Helpers) -> House:
    """What the board is made of. Called in the loop that does the work."""
    loop, names = asyncio.get_running_loop(), detector().party_names

    def there(coroutine: Coroutine[Any, Any, Result]) -> Result:
        """What a coroutine comes to in the loop; it is never cancelled, since crawls must not be."""
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, loop).result(_PATIENCE)
        except TimeoutError:
            raise ExchangeWatchError(f"it took longer than {_PATIENCE:.0f} seconds: try again later") from None
        except LostReaderError as error:
            raise ExchangeWatchError(str(error)) from None

    return House(
        settings=work.config().board,
        store=work.store,
        names=names,
        owner=getpass.getuser(),
        sources=lambda: work.config().sources,
        health=_state,
        hand=Hand(work.store, work.wake),
        rules=Rules(work, there),
        check=lambda source: there(_checked(work, source)),
        picture=partial(_picture, names=names),
        thread_url=lambda channel, thread: slack_url(work.config(), channel, thread),
    )


class Hand:
    """The desk's hand on the store; whatever it does, channels that show the event are told to."""

    def __init__(self, store: Store, wake: Callable[[], None]) -> None:
        """`wake` rings dispatch."""
        self._store, self._wake = store, wake

    def say(self, given: Feedback) -> None:
        """Store and do what somebody said of an event."""
        with self._store.write() as unit:
            unit.put_feedback(given)
        self._wake()

    def merge(self, one: str, other: str, by: str, now: datetime) -> Event:
        """Make two events one."""
        made = desk.merge(self._store, one, other, by, now)
        self._wake()
        return made

    def split(self, event_id: str, articles: Collection[str], by: str, now: datetime) -> Event:
        """Make the accounts of some articles an event of their own."""
        made = desk.split(self._store, event_id, articles, by, now)
        self._wake()
        return made

    def undo(self, event_id: str, by: str, now: datetime) -> str:
        """Take back what was done last."""
        done = desk.undo(self._store, event_id, by, now)
        self._wake()
        return done


class Rules:
    """Detection in the readers' processes, where a hostile text ends nothing but its reader."""

    def __init__(self, work: Helpers, there: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        """`there` waits for what a coroutine comes to in the loop."""
        self._work, self._there = work, there

    def explain(
        self, title: str | None, text: str, published: date | datetime | None, language: str | None
    ) -> Explained:
        """Why a text is a report, or is none."""
        when = published if isinstance(published, datetime) else None
        if isinstance(published, date) and when is None:
            when = datetime(published.year, published.month, published.day, tzinfo=UTC)
        article = Article("", "", "", title, text, language, when, datetime.now(UTC))
        told: Explained = self._there(self._work.readers.read(answered, Question(article, published)))
        return told

    def fetch(self, url: str) -> Explained:
        """The same of a page, fetched as the monitor would, never from a private address."""
        told: Explained = self._there(self._fetched(url))
        return told

    def label(self, explained: Explained) -> dict[str, Any]:
        """What was found, in the shape of a labelled case."""
        found = shapes.detection("", explained.detection)
        return {key: found[key] for key in ("relevant",)} | {
            key: [_labelled(each) for each in found[key]] for key in ("events", "background")
        }

    async def _fetched(self, url: str) -> Explained:
        pages: list[Page] = []

        async def on_page(page: Page) -> None:
            pages.append(page)

        async def nothing_known(urls: Collection[str]) -> set[str]:
            return set()

        visit = await self._work.crawls.crawl("page", Target("page", url), on_page, nothing_known)
        if not pages:
            reason = visit.problem or "nothing came"
            raise ExchangeWatchError(f"{url}: {reason}; {cure(reason)}")
        read = await self._work.readers.read(extracted, pages[0])
        if isinstance(read, Unreadable):
            raise ExchangeWatchError(f"{url}: {read.reason}; {cure(read.reason)}")
        return read


def answered(question: Question) -> Explained:
    """Why a text is a report or none; run in a reader's process."""
    article, judge = question.article, detector()
    told = judge.detect(article.title, article.text, question.published, article.language)
    tree = explain(judge, article.title, article.text, question.published, article.language)
    return Explained(article, told, tree)


def extracted(page: Page) -> Explained | Unreadable:
    """The same of a page; run in a reader's process."""
    article = extract(page, outlet="")
    if isinstance(article, Unreadable):
        return article
    return answered(Question(article, article.published or article.fetched_at))


def slack_url(config: Config, channel: str, thread: str) -> str | None:
    """Where Slack shows a thread; None for other channels, and where the channel is not known by its id."""
    own = config.alerts.slack.channel if config.alerts.slack else None
    place = channel.removeprefix("slack:") if channel.startswith("slack:") else own if channel == "slack" else None
    if place is None or not _SLACK_ID.fullmatch(place) or not _SLACK_TIME.fullmatch(thread):
        return None
    return f"https://slack.com/archives/{place}/p{thread.replace('.', '')}"


async def _checked(work: Helpers, source: Source) -> Sequence[str]:
    trial = Trial(work.config().crawl, work.crawls, work.readers)
    return list(steps(await trial.source(source)))


def _state(visits: Sequence[CrawlResult], arrivals: Arrivals, now: datetime) -> State:
    found = health(visits, arrivals, now)
    return State(found.state, found.words, found.alarming)


def _picture(sums: Sequence[Any], title: str, summed: bool, *, names: Any) -> bytes:
    return picture(sums, names, title, summed)


def _labelled(exchange: dict[str, Any]) -> dict[str, Any]:
    kept = {name: exchange[name] for name in ("kind", "status", "date", "mediators", "sources")}
    return kept | {"transfers": [{name: each[name] for name in _LABELLED} for each in exchange["transfers"]]}
