"""A source -> a visit to it with all that came of it; each step may be cut short or done twice without harm."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from core.config import Config, Source
from core.errors import StorageError
from core.model import Article, CrawlResult, FetchFailure, Page, Rejection, Report, Reread, Unreadable
from crawler.run import Crawls
from crawler.spiders.base import Paths, Target
from scheduler.corrections import take_correction, take_withdrawal
from scheduler.due import Rhythm, next_due
from scheduler.intake import REREAD_AFTER, Desk, Intake, take_in
from storage.store import Store

Result = TypeVar("Result")
# How many times its interval a source of a tier may wait when it brings nothing new. A desk is to hear of what a source
# of the first tier publishes within 2 minutes at the median and 5 at the 95th percentile: of 2 minutes, at most 4.
SLOWEST = {1: 2, 2: 6, 3: 12}
FIRST_TIER = timedelta(minutes=2)
# So long after a report its source is visited as often as it may be: more is likely to follow.
BURST = timedelta(hours=1)
# What says that an article is there no more, and was (RFC 9110; 451 where a court wants it so).
_GONE = ("HTTP 404", "HTTP 410", "HTTP 451")
_SOON = timedelta(seconds=30)

_log = logging.getLogger(__name__)


class Told(Protocol):
    """An article, and what detection made of it."""

    @property
    def article(self) -> Article:
        """The article."""

    @property
    def verdict(self) -> Report | Rejection:
        """The report, or why there is none."""


Read = Callable[[Page, Source], Awaitable[Told | Unreadable]]


class Writer(Protocol):
    """Runs one piece of work on the store at a time, away from the loop."""

    async def __call__(self, work: Callable[[], Result]) -> Result:
        """The result of `work()`."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways out of the loop: `read` makes an article of a page, `write` works on the store, `wake` rings dispatch.

    `keep` keeps a page and says where, or None where it cannot: the desk hears of a report all the same.
    """

    read: Read
    write: Writer
    wake: Callable[[], None]
    keep: Callable[[Page], tuple[str, int] | None] | None = None


@dataclass(slots=True)
class Visit:
    """What one visit to one source came to."""

    source: str
    pages: int = 0
    articles: int = 0
    reports: int = 0
    unreadable: int = 0
    failures: tuple[FetchFailure, ...] = ()
    events: set[str] = field(default_factory=set)
    alerts: int = 0
    problem: str | None = None


class Jobs:
    """Visits to sources: fetched, read, stored, and what is new put into the outbox."""

    def __init__(self, config: Config, store: Store, crawls: Crawls, channels: Collection[str], ways: Ways) -> None:
        """`channels` are the names of those that hear of what is found."""
        self._config = config
        self._store = store
        self._crawls = crawls
        self._channels = tuple(channels)
        self._ways = ways
        self.stopping = False
        self.use(config)

    def use(self, config: Config) -> None:
        """Go by another configuration from now on; visits under way end as they began."""
        self._config = config
        self._crawls.allow(*(source.url for source in config.sources))

    async def visit(self, source: Source) -> Visit:
        """Visit a source once, and write down how it went and when it is next due. Raises StorageError."""
        visit = Visit(source.name)

        async def on_page(page: Page) -> None:
            await self._take(page, source, visit)

        target = target_of(source)
        answers = await self._ways.write(lambda: self._store.answers(source.name, _stanza(target)))
        result = await self._crawls.crawl(source.type, target, on_page, self._known, _seconds(source), answers)
        visit.pages, visit.failures, visit.problem = result.pages, result.failures, visit.problem or result.problem
        if not self.stopping:  # a visit that was cut short says nothing about its source
            told = replace(result, problem=visit.problem, unreadable=visit.unreadable)
            await self._ways.write(lambda: self._record(source, told))
        return visit

    def due(self, source: Source, now: datetime) -> datetime:
        """When a source is next to be visited, from what is stored of its visits."""
        state = self._store.source_states().get(source.name)
        visits = self._store.visits(source.name)
        due = next_due(source.name, self._rhythm(source), state.last_started if state else None, visits, now)
        waits = (state.not_before if state else None, self._crawls.held(source.url))
        return max([due, *(each for each in waits if each)])

    async def reread(self) -> datetime:
        """Read again the articles behind events whose time has come; when the next one's comes. Raises StorageError.

        Not those of sources that are no longer configured, nor posts of Telegram, whose pages are no articles.
        """
        now = datetime.now(UTC)
        sources = {source.name: source for source in self._config.sources if source.type != "telegram"}
        for each in await self._ways.write(lambda: self._store.due_rereads(now)):
            if self.stopping:
                break
            source = sources.get(each.article.source)
            if source is not None:
                await self._read_again(each, source)
            done = each.done + 1
            again = max(now, each.begun + REREAD_AFTER[done]) if source and done < len(REREAD_AFTER) else None
            await self._ways.write(partial(self._store.record_reread, str(each.article.id), done, again))
        soonest = await self._ways.write(self._store.next_reread)
        return max(datetime.now(UTC) + _SOON, soonest) if soonest else datetime.now(UTC) + REREAD_AFTER[0]

    async def _read_again(self, reread: Reread, source: Source) -> None:
        desk = Desk(self._channels, self._config.alerts.max_age, watches=self._config.alerts.watches)
        speaks = (source.kind, source.country if source.kind == "official" else None)
        article_id = str(reread.article.id)

        async def on_page(page: Page) -> None:
            read = await self._ways.read(page, source)
            if not isinstance(read, Unreadable):
                self._ring(
                    await self._ways.write(
                        lambda: take_correction(
                            self._store,
                            article_id,
                            read.article,
                            read.verdict,
                            speaks,
                            datetime.now(UTC),
                            desk,
                            self._kept(page, read),
                        )
                    )
                )

        async def nothing_known(urls: Collection[str]) -> set[str]:
            return set()

        target = Target(source.name, reread.article.url)
        result = await self._crawls.crawl("page", target, on_page, nothing_known, _seconds(source))
        if result.problem in _GONE:
            self._ring(
                await self._ways.write(lambda: take_withdrawal(self._store, article_id, datetime.now(UTC), desk))
            )

    def _ring(self, taken: Intake) -> None:
        if taken.alerts:
            self._ways.wake()

    async def stop(self) -> None:
        """End every visit; what was read is stored, what was not is fetched again another time."""
        self.stopping = True
        await self._crawls.stop()

    async def _known(self, urls: Collection[str]) -> set[str]:
        return await self._ways.write(lambda: self._store.known(urls))

    async def _take(self, page: Page, source: Source, visit: Visit) -> None:
        """One page: read, stored, told. What fails before it is stored is fetched again on the next visit."""
        read = await self._ways.read(page, source)
        if isinstance(read, Unreadable):
            if await self._ways.write(lambda: self._add_unreadable(read)):
                visit.unreadable += 1
            return
        try:
            taken = await self._ways.write(lambda: self._take_in(page, read, source))
        except StorageError as error:
            visit.problem = visit.problem or str(error)
            raise
        visit.articles += taken.stored
        visit.reports += taken.stored and isinstance(read.verdict, Report)
        visit.events.update(taken.events)
        visit.alerts += len(taken.alerts)
        if taken.alerts:
            self._ways.wake()

    def _kept(self, page: Page, read: Told) -> tuple[str, int] | None:
        """Where the page behind a report is kept: before the report is stored, so that none is without."""
        if self._ways.keep is None or isinstance(read.verdict, Rejection):
            return None
        return self._ways.keep(page)

    def _take_in(self, page: Page, read: Told, source: Source) -> Intake:
        now, max_age = datetime.now(UTC), self._config.alerts.max_age
        return take_in(
            self._store,
            read.article,
            read.verdict,
            now,
            self._channels,
            max_age=max_age,
            outlet_kind=source.kind,
            outlet_side=source.country if source.kind == "official" else None,
            watches=self._config.alerts.watches,
            kept=self._kept(page, read),
        )

    def _add_unreadable(self, page: Unreadable) -> bool:
        with self._store.write() as unit:
            return unit.add_unreadable(page)

    def _record(self, source: Source, result: CrawlResult) -> None:
        visits = [*self._store.visits(source.name), result]
        due = next_due(source.name, self._rhythm(source), result.started, visits, result.finished)
        self._store.record_crawl(result, max(due, result.not_before or due), _stanza(target_of(source)))

    def _rhythm(self, source: Source) -> Rhythm:
        schedule = self._config.schedule
        usual = min(schedule.interval, FIRST_TIER) if source.tier == 1 else schedule.interval
        interval = source.interval or usual
        shortest = source.shortest or min(interval, schedule.shortest)
        longest = source.longest or max(interval, interval * SLOWEST[source.tier])
        reported = self._store.last_report(source.name)
        if reported is not None and datetime.now(UTC) - reported < BURST:
            longest = shortest
        return Rhythm(interval, schedule.jitter, shortest=shortest, longest=longest)


def _seconds(source: Source) -> float | None:
    return None if source.delay is None else source.delay.total_seconds()


def _stanza(target: Target) -> str:
    """What tells whether a source is still read as it was."""
    return hashlib.sha256(repr(target).encode()).hexdigest()


def target_of(source: Source) -> Target:
    """A source of the configuration as the crawler takes it."""
    return Target(
        source.name,
        source.url,
        source.link_pattern,
        source.link_css,
        source.include,
        source.exclude,
        source.max_links,
        source.max_pages,
        source.next_css,
        Paths(**source.paths.model_dump()) if source.paths else None,
        _headers(source),
        source.encoding,
        source.javascript,
    )


def _headers(source: Source) -> tuple[tuple[str, str], ...]:
    own = tuple((name, value.get_secret_value()) for name, value in source.headers.items())
    cookies = "; ".join(f"{name}={value.get_secret_value()}" for name, value in source.cookies.items())
    return (*own, ("Cookie", cookies)) if cookies else own
