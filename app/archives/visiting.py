"""Sitemaps, dated pages, channels and captures of the past -> their articles in the store, politely, unit by unit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from app.archives.work import Batch, TakenOverError, is_over, owner
from app.reading import Assignment, Reading, assigned, read
from app.wiring import manners
from core.archives import ArchiveUnit, UnitName
from core.config import Config, Source
from core.model import CrawlResult, OutletKind, Page, Report, Unreadable
from crawler.run import Crawls
from crawler.spiders.past import Past
from scheduler.intake import add_past
from storage.store import Store

_MOST_LINKS = 10_000_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trip:
    """One unit to visit: what it is called, which spider reads it, and what that has to know."""

    name: UnitName
    kind: str
    url: str
    since: date
    until: date
    pattern: str | None = None
    template: str | None = None
    delay: float | None = None  # seconds that are to pass between requests at least; the configured ones, if longer

    def of_list(self, url: str) -> Trip:
        """That to a list which this one's names, over the same days."""
        name = UnitName(self.name.method, self.name.source, f"{url} {self.since}/{self.until}")
        return replace(self, name=name, url=url)

    @property
    def target(self) -> Past:
        """As the crawler takes it."""
        return Past(
            self.name.source, self.url, link_pattern=self.pattern, next_css=self.template, max_links=_MOST_LINKS,
            since=self.since, until=self.until,
        )  # fmt: skip


async def visit_all(
    trips: Sequence[Trip], config: Config, store: Store, stop: asyncio.Event, again: bool
) -> set[UnitName]:
    """Visit what is not done, one unit after the other, until `stop` is set; gives all. Raises StorageError."""
    polite = manners(config.crawl)
    if any(trip.kind == "wayback" for trip in trips):
        polite = replace(polite, per_site_concurrency=1)
    crawls = Crawls(polite)
    crawls.allow(*(trip.url for trip in trips))
    visits = _Visits(config, store, crawls, stop, again)
    for number, trip in enumerate(trips, 1):
        if stop.is_set():
            break
        visit = asyncio.create_task(visits.visit(trip, f"{number}/{len(trips)}"))
        stopped = asyncio.create_task(stop.wait())
        both: list[asyncio.Task[object]] = [visit, stopped]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not stopped.cancel():
            await crawls.stop()
        await visit
    return visits.seen


@dataclass(frozen=True, slots=True)
class _Visits:
    """What every visit of a backfill needs."""

    config: Config
    store: Store
    crawls: Crawls
    stop: asyncio.Event
    again: bool
    seen: set[UnitName] = field(default_factory=set)

    async def visit(self, trip: Trip, place: str, above: frozenset[UnitName] = frozenset()) -> None:
        """Visit a unit and those that it names; nothing where it is done, or another process is at it.

        `place` tells how far it has come among how many; `above` are the units that named this one.
        """
        self.seen.add(trip.name)
        now = datetime.now(UTC)
        fresh = ArchiveUnit(trip.name, "running", now, now, owner(), size=1)
        unit = await asyncio.to_thread(self.store.begin_archive, fresh, is_over, self.again)
        if unit is None:
            return
        batch = Batch(self.store, unit)
        one_at_a_time = asyncio.Lock()

        async def on_page(page: Page) -> None:
            async with one_at_a_time:
                await asyncio.to_thread(_take, page, trip, self.config, batch)

        async def known(urls: Collection[str]) -> set[str]:
            found = await asyncio.to_thread(self.store.known, urls)
            batch.count(known=len({url.rstrip("/") for url in found}))
            return found

        try:
            delay = trip.delay and max(trip.delay, self.config.crawl.delay.total_seconds())
            result = await self.crawls.crawl(trip.kind, trip.target, on_page, known, delay)
            undone = await self._visit_named(trip, result, place, above | {trip.name})
            await asyncio.to_thread(_end, batch, trip, result, undone)
        except TakenOverError:
            return
        told = f"{batch.unit.tally.records:,} pages, {batch.unit.tally.reports:,} matches"
        _log.info("%s %s: %s%s", place, trip.name.unit, told, batch.unit.reason and f" ({batch.unit.reason})")

    async def _visit_named(self, trip: Trip, result: CrawlResult, place: str, above: frozenset[UnitName]) -> list[str]:
        """Visit the lists that a unit named, each a unit of its own; those that are not done are told in words."""
        named = [child for child in map(trip.of_list, dict.fromkeys(result.left)) if child.name not in above]
        for number, child in enumerate(named, 1):
            if self.stop.is_set():
                break
            await self.visit(child, f"{place}, {number}/{len(named)}", above)
        if not named:
            return []
        stand = {unit.name: unit.state for unit in await asyncio.to_thread(self.store.archives, trip.name.method)}
        return [f"{child.url}: not read to its end" for child in named if stand.get(child.name) != "done"]


def _end(batch: Batch, trip: Trip, result: CrawlResult, undone: Sequence[str]) -> None:
    missed = [*(f"{failure.url}: {failure.reason}" for failure in result.failures), *undone]
    problem = result.problem or (f"{len(missed):,} pages were missed: {missed[0]}" if missed else "")
    if not problem:
        batch.go_on("", 1)
        last = min(trip.until, datetime.now(UTC).date())
        for day in range(max(0, (last - trip.since).days + 1)):
            batch.cover(datetime.combine(trip.since + timedelta(days=day), datetime.min.time(), UTC))
    batch.write("failed" if problem else "done", problem)


def _take(page: Page, trip: Trip, config: Config, batch: Batch) -> None:
    """One page: read and stored, so that it is never fetched again, whatever it holds."""
    source = _source_of(page, trip, config)
    job = assigned(page, source) if source else Assignment(page, _host(page.url))
    found = read(job)
    batch.count(records=1)
    if isinstance(found, Unreadable):
        with batch.store.write() as unit:
            unit.add_unreadable(found)
    elif not found.article.published or found.article.published.date() <= trip.until:
        _store(found, source, batch)
    if batch.due:
        batch.write()


def _store(found: Reading, source: Source | None, batch: Batch) -> None:
    article, verdict = found.article, found.verdict
    speaks: tuple[OutletKind, str | None] = ("outlet", None)
    if source:
        speaks = (source.kind, source.country if source.kind == "official" else None)
    with batch.store.write() as unit:
        stored = add_past(unit, [(article, verdict, speaks)])
    batch.count(candidates=1, stored=stored, known=1 - stored, reports=isinstance(verdict, Report))


def _source_of(page: Page, trip: Trip, config: Config) -> Source | None:
    """The configured source of the page's outlet, or of the channel, whose stanza says how it is read."""
    if trip.kind == "past channel":
        return next((each for each in config.sources if each.url.rstrip("/") == trip.url.rstrip("/")), None)
    return next((each for each in config.sources if _host(each.url) == _host(page.url)), None)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "unknown").removeprefix("www.")
