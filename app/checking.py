"""Sources, or one address -> what they give right now, without storing anything, and what to mend."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urljoin

from protego import Protego

from app.reading import Timed, assigned, read_timed
from app.summary import counted
from app.wiring import AT_ONCE, manners, taking_apart
from app.workers import LostReaderError, Readers
from core.config import Config, Crawl, Source
from core.errors import ExchangeWatchError
from core.model import CrawlResult, Page, Report, Unreadable
from core.urls import canonical
from core.wording import clean
from crawler.run import Crawls, in_reactor
from crawler.spiders.base import Target
from scheduler.jobs import target_of

Result = TypeVar("Result")

_ARTICLES = 3
_CURES = (
    ("private address", "put its host under crawl.private_hosts if it is one of your own"),
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
    ("needs a browser", "install the extra, or look for a feed, which needs none"),
    ("larger than allowed", "raise crawl.max_size if this is what it should be"),
    ("no link|no item|no post|empty", "open url in a browser: is it still what `type` says, and do the patterns fit?"),
    ("no article text|no HTML", "is it an article? Leave other pages out with include and exclude"),
)
_OTHERWISE = "open the address in a browser, and compare it with `type` and the patterns of the source"


class Checked(NamedTuple):
    """One source tried: what robots.txt says, how the visit went and how long the list took (s), its first articles."""

    source: Source
    robots: str
    visit: CrawlResult
    listed: float
    read: Sequence[Timed]


class Problem(NamedTuple):
    """Something to mend, and how."""

    what: str
    cure: str


class Trial:
    """What is needed to try sources: crawls and readers."""

    def __init__(self, crawl: Crawl, crawls: Crawls, readers: Readers) -> None:
        self.crawl, self._crawls, self._readers = crawl, crawls, readers

    async def page(self, url: str) -> tuple[Page | None, str]:
        """One page, fetched as the monitor would, or None and the reason."""
        pages: list[Page] = []

        async def on_page(page: Page) -> None:
            pages.append(page)

        self._crawls.allow(url)
        visit = await self._crawls.crawl("page", Target("page", url), on_page, _nothing_known)
        return (pages[0], "") if pages else (None, visit.problem or "nothing came")

    async def source(self, source: Source) -> Checked:
        """One source, tried with its first few articles."""
        chosen: set[str] = set()
        read_: list[Timed] = []
        listed: list[float] = []
        robots = await self._robots(source)
        began = time.monotonic()

        async def all_but_a_few(urls: Collection[str]) -> set[str]:
            """Pretend to know every article but the first few."""
            listed.append(time.monotonic() - began)
            for url in sorted(canonical(url) for url in urls):
                if len(chosen) < _ARTICLES:
                    chosen.add(url)
            return {url for url in urls if canonical(url) not in chosen}

        async def on_page(page: Page) -> None:
            try:
                read_.append(await self._readers.read(read_timed, assigned(page, source)))
            except LostReaderError as error:
                read_.append(Timed(Unreadable(page.url, source.name, str(error), page.fetched_at), 0, 0))

        self._crawls.allow(source.url)
        visit = await self._crawls.crawl(source.type, target_of(source), on_page, all_but_a_few)
        return Checked(source, robots, visit, listed[0] if listed else time.monotonic() - began, read_)

    async def _robots(self, source: Source) -> str:
        page, problem = await self.page(urljoin(source.url, "/robots.txt"))
        if page is None:
            return f"none ({problem})"
        rules = Protego.parse(page.body[:500_000].decode("utf-8", "replace"))
        if not rules.can_fetch(source.url, self.crawl.user_agent):
            return "forbids it" if self.crawl.obey_robots else "forbids it, and crawl.obey_robots is off"
        pause = rules.crawl_delay(self.crawl.user_agent)
        delay = (source.delay or self.crawl.delay).total_seconds()
        return f"allows it, but asks for {pause:g} s between requests" if pause and pause > delay else "allows it"


def tried(config: Config, work: Callable[[Trial], Coroutine[Any, Any, Result]]) -> Result:
    """What `work` makes of a trial; once a process, as any work with the crawler."""

    async def whole(stop: asyncio.Event) -> Result:
        readers = Readers(config.crawl.processes)
        try:
            return await work(Trial(config.crawl, Crawls(manners(config.crawl), taking_apart(readers)), readers))
        finally:
            readers.close()

    return in_reactor(whole)


def check(config: Config, sources: Collection[Source]) -> list[Checked]:
    """Try sources, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def all_of_them(trial: Trial) -> list[Checked]:
        async def one(source: Source) -> Checked:
            async with gate:
                return await trial.source(source)

        return list(await asyncio.gather(*(one(source) for source in sources)))

    return tried(config, all_of_them)


def steps(checked: Checked) -> Iterator[str]:
    """One source tried, step by step, a line each; what is wrong comes last, with its cure."""
    found = list(problems(checked))
    source, visit = checked.source, checked.visit
    yield f"{source.name}: {'problem' if found else 'good'}"
    yield f"  robots.txt: {checked.robots}"
    links, requests = counted(visit.links, "link"), counted(visit.requests, "request")
    yield f"  {source.type}: {links} in {checked.listed:.1f} s; {requests} in all"
    for read, extracting, detecting in checked.read:
        if isinstance(read, Unreadable):
            continue
        article, verdict = read
        day = f"{article.published:%Y-%m-%d %H:%M}" if article.published else "no day"
        told = "a report" if isinstance(verdict, Report) else f"no report ({verdict.reason})"
        yield f"  article: {clean(article.title or article.url, 100)}"
        size, start = f"{len(article.text):,} characters", clean(article.text, 60)
        yield f"    {day}, {article.language or 'unknown language'}, {size}: {start}"
        yield f"    extracted in {extracting * 1000:.0f} ms, detected in {detecting * 1000:.1f} ms: {told}"
    for problem in found:
        yield f"  problem: {clean(problem.what)}"
        yield f"  to mend: {problem.cure}"


def problems(checked: Checked) -> Iterator[Problem]:
    """What is wrong with a source, with the cure for each."""
    visit = checked.visit
    if visit.problem:
        yield Problem(visit.problem, cure(visit.problem))
    for failure in () if checked.read else visit.failures:  # one page among several that are read is no trouble
        yield Problem(f"{failure.url}: {failure.reason}", cure(failure.reason))
    for read_, _, _ in checked.read:
        if isinstance(read_, Unreadable):
            yield Problem(f"{read_.url}: {read_.reason}", cure(read_.reason))
        elif read_.article.published is None:
            so = "its articles will count as published when they are fetched"
            yield Problem(f"{read_.article.url}: no time of publication", so)


def fetch(url: str, config: Config) -> Page:
    """One page, fetched as the monitor would. Raises ExchangeWatchError with the reason."""
    page, reason = tried(config, lambda trial: trial.page(url))
    if page is None:
        raise ExchangeWatchError(f"{url}: {reason}; {cure(reason)}")
    return page


async def _nothing_known(urls: Collection[str]) -> set[str]:
    return set()


def cure(reason: str) -> str:
    """What to do about a reason for which something could not be read."""
    return next((cure for pattern, cure in _CURES if re.search(pattern, reason)), _OTHERWISE)
