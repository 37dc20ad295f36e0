"""Sitemaps, dated pages, channels and captures of the past -> their articles in the store, politely, unit by unit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
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
from scheduler.intake import Desk, add
from storage.store import Store

_NOBODY = Desk((), timedelta(0), page=False)
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
    delay: float | None = None  # seconds; the configured one where there is none

    @property
    def target(self) -> Past:
        """As the crawler takes it."""
        return Past(
            self.name.source, self.url, link_pattern=self.pattern, next_css=self.template, max_links=_MOST_LINKS,
            since=self.since, until=self.until,
        )  # fmt: skip


async def visit_all(trips: Sequence[Trip], config: Config, store: Store, stop: asyncio.Event, again: bool) -> None:
    """Visit every unit that is not done, one after the other, until `stop` is set. Raises StorageError."""
    polite = manners(config.crawl)
    if any(trip.kind == "wayback" for trip in trips):
        polite = replace(polite, per_site_concurrency=1)
    crawls = Crawls(polite)
    crawls.allow(*(trip.url for trip in trips))
    for number, trip in enumerate(trips, 1):
        if stop.is_set():
            return
        visit = asyncio.create_task(_visit(trip, config, store, crawls, again))
        stopped = asyncio.create_task(stop.wait())
        both: list[asyncio.Task[object]] = [visit, stopped]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not stopped.cancel():
            await crawls.stop()
        unit = await visit
        if unit:
            told = f"{unit.tally.records:,} pages, {unit.tally.reports:,} matches"
            _log.info("%d/%d %s: %s%s", number, len(trips), trip.name.unit, told, unit.reason and f" ({unit.reason})")


async def _visit(trip: Trip, config: Config, store: Store, crawls: Crawls, again: bool) -> ArchiveUnit | None:
    now = datetime.now(UTC)
    fresh = ArchiveUnit(trip.name, "running", now, now, owner(), size=1)
    unit = await asyncio.to_thread(store.begin_archive, fresh, is_over, again)
    if unit is None:
        return None
    batch = Batch(store, unit)
    one_at_a_time = asyncio.Lock()

    async def on_page(page: Page) -> None:
        async with one_at_a_time:
            await asyncio.to_thread(_take, page, trip, config, batch)

    async def known(urls: Collection[str]) -> set[str]:
        found = await asyncio.to_thread(store.known, urls)
        batch.count(known=len({url.rstrip("/") for url in found}))
        return found

    try:
        result = await crawls.crawl(trip.kind, trip.target, on_page, known, trip.delay)
        await asyncio.to_thread(_end, batch, trip, result)
    except TakenOverError:
        return None
    return batch.unit


def _end(batch: Batch, trip: Trip, result: CrawlResult) -> None:
    missed = [f"{failure.url}: {failure.reason}" for failure in result.failures]
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
        taken = add(unit, article, verdict, article.published or article.fetched_at, _NOBODY, speaks)
    report = isinstance(verdict, Report)
    batch.count(candidates=1, stored=taken.stored, known=not taken.stored, reports=report)


def _source_of(page: Page, trip: Trip, config: Config) -> Source | None:
    """The configured source of the page's outlet, or of the channel, whose stanza says how it is read."""
    if trip.kind == "past channel":
        return next((each for each in config.sources if each.url.rstrip("/") == trip.url.rstrip("/")), None)
    return next((each for each in config.sources if _host(each.url) == _host(page.url)), None)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "unknown").removeprefix("www.")
