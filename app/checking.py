"""Sources, or one address -> what they give right now, without storing anything, and what to mend."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from app.reading import Assignment, Reading, read
from app.wiring import AT_ONCE, manners
from app.workers import LostReaderError, Readers
from core.config import Config, Crawl, Source
from core.errors import ExchangeWatchError
from core.model import CrawlResult, Page, Unreadable
from core.urls import canonical
from crawler.run import Crawls, in_reactor
from crawler.spiders.base import Target
from scheduler.jobs import target_of

_ARTICLES = 3
_CURES = (
    (
        "HTTP 40[13]",
        "the outlet refuses this visitor: set crawl.user_agent to a name with a contact, or ask the outlet",
    ),
    ("HTTP 4(04|10)", "nothing is at this address any more: look for the outlet's feed and change url"),
    ("HTTP 429", "the outlet is asked too often: give the source a longer interval or delay"),
    ("HTTP 5", "the outlet is in trouble: nothing to mend unless it lasts"),
    ("robots.txt", "the outlet does not want it: leave it out, or ask the outlet"),
    ("name not found", "no such host: look for a typing error in url, and whether this machine reaches the internet"),
    (
        "timed out|refused|no connection|lost|closed",
        "the outlet or the way to it is down: try a browser on this machine",
    ),
    ("larger than allowed", "raise crawl.max_size if this is what it should be"),
    ("no link|no item|no post|empty", "open url in a browser: is it still what `type` says, and do the patterns fit?"),
    ("no article text|no HTML", "is it an article? Leave other pages out with include and exclude"),
)
_OTHERWISE = "open the address in a browser, and compare it with `type` and the patterns of the source"


class Checked(NamedTuple):
    """One source tried: how the visit went, and what its first articles gave."""

    source: Source
    visit: CrawlResult
    read: Sequence[Reading | Unreadable]


class Problem(NamedTuple):
    """Something to mend, and how."""

    what: str
    cure: str


def check(config: Config, sources: Collection[Source]) -> list[Checked]:
    """Try sources, a few at a time."""

    async def all_of_them(stop: asyncio.Event) -> list[Checked]:
        crawls, readers, gate = (
            Crawls(manners(config.crawl)),
            Readers(config.crawl.processes),
            asyncio.Semaphore(AT_ONCE),
        )

        async def one(source: Source) -> Checked:
            async with gate:
                return await _check(crawls, readers, source)

        try:
            return list(await asyncio.gather(*(one(source) for source in sources)))
        finally:
            readers.close()

    return in_reactor(all_of_them)


def problems(checked: Checked) -> Iterator[Problem]:
    """What is wrong with a source, with the cure for each."""
    visit = checked.visit
    if visit.problem:
        yield Problem(visit.problem, _cure(visit.problem))
    for failure in () if checked.read else visit.failures:  # one page among several that are read is no trouble
        yield Problem(f"{failure.url}: {failure.reason}", _cure(failure.reason))
    for read_ in checked.read:
        if isinstance(read_, Unreadable):
            yield Problem(f"{read_.url}: {read_.reason}", _cure(read_.reason))
        elif read_.article.published is None:
            cure = "its articles will count as published when they are fetched"
            yield Problem(f"{read_.article.url}: no time of publication", cure)


def fetch(url: str, crawl: Crawl) -> Page:
    """One page, fetched as the monitor would. Raises ExchangeWatchError with the reason."""
    pages: list[Page] = []

    async def on_page(page: Page) -> None:
        pages.append(page)

    async def the_page(stop: asyncio.Event) -> CrawlResult:
        return await Crawls(manners(crawl)).crawl("page", Target("explain", url), on_page, _nothing_known)

    visit = in_reactor(the_page)
    if not pages:
        reason = visit.problem or "nothing came"
        raise ExchangeWatchError(f"{url}: {reason}; {_cure(reason)}")
    return pages[0]


async def _check(crawls: Crawls, readers: Readers, source: Source) -> Checked:
    chosen: set[str] = set()
    read_: list[Reading | Unreadable] = []

    async def all_but_a_few(urls: Collection[str]) -> set[str]:
        """Pretend to know every article but the first few."""
        for url in sorted(canonical(url) for url in urls):
            if len(chosen) < _ARTICLES:
                chosen.add(url)
        return {url for url in urls if canonical(url) not in chosen}

    async def on_page(page: Page) -> None:
        try:
            read_.append(await readers.read(read, Assignment(page, source.name, source.language, source.timezone)))
        except LostReaderError as error:
            read_.append(Unreadable(page.url, source.name, str(error), page.fetched_at))

    return Checked(source, await crawls.crawl(source.type, target_of(source), on_page, all_but_a_few), read_)


async def _nothing_known(urls: Collection[str]) -> set[str]:
    return set()


def _cure(reason: str) -> str:
    return next((cure for pattern, cure in _CURES if re.search(pattern, reason)), _OTHERWISE)
