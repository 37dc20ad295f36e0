"""Sources -> visits: every crawl in the one asyncio loop, which Twisted's asyncio reactor owns."""

from __future__ import annotations

import asyncio
import faulthandler
import importlib
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from threading import Timer
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.reactor import install_reactor

from core.model import Answer, CrawlResult
from crawler.addresses import Guard, GuardedResolver
from crawler.doorway import Doorway
from crawler.failures import one_line
from crawler.hosts import Hosts
from crawler.listed import TakeApart, here
from crawler.settings import Manners, browser_settings, scrapy_settings
from crawler.spiders import SPIDERS
from crawler.spiders.base import Known, OnPage, SourceSpider, Target

Result = TypeVar("Result")
_MOMENT = 0.05
_NO_BROWSER = "its pages need a browser: pip install 'exchangewatch[javascript]', and set crawl.browser"
# A stop within ten seconds is promised (s). What is cut off then is what a kill cuts off: nothing is lost by it.
_LAST_WORD = 9.0

_log = logging.getLogger(__name__)


class Crawls:
    """Visits to sources, any number at a time; `stop` ends them all."""

    def __init__(self, manners: Manners, apart: TakeApart = here) -> None:
        """`apart` takes feeds and sitemaps apart, best in a process of its own."""
        self._manners = manners
        self._apart = apart
        self._runner = AsyncCrawlerRunner(scrapy_settings(manners))
        guard = Guard()
        guard.allow(*manners.private_hosts)
        if manners.proxy:
            guard.allow_url(manners.proxy)
        _keep_to(guard)
        self._hosts = Hosts(manners.per_site_concurrency, guard)
        self._doorway = Doorway(guard)
        self._stopping = False

    def held(self, url: str) -> datetime | None:
        """Until when (UTC) the host of an address does not want to be asked; None where it may be."""
        return self._hosts.held(url)

    def allow(self, *urls: str) -> None:
        """Where these addresses lead, which the operator gave, may be private."""
        for url in urls:
            self._hosts.guard.allow_url(url)

    def forget(self, url: str) -> None:
        """What was allowed of an address is no longer."""
        self._hosts.guard.forget_url(url)

    async def crawl(
        self,
        kind: str,
        target: Target,
        on_page: OnPage,
        known: Known,
        delay: float | None = None,
        answers: Sequence[Answer] = (),
    ) -> CrawlResult:
        """Visit a source once. `kind` is a key of SPIDERS; `delay` (s) replaces the usual one.

        `answers` are those of earlier visits, to tell what has not changed since. A site's faults are in the result,
        never raised.
        """
        started = datetime.now(UTC)
        manners = self._manners if delay is None else replace(self._manners, delay=delay)
        more: dict[str, Any] = {}
        if target.javascript:
            if not find_spec("scrapy_playwright"):
                return CrawlResult(target.name, started, datetime.now(UTC), problem=_NO_BROWSER)
            more = browser_settings(manners, self._hosts.guard, manners.proxy or await self._doorway.url())
        crawler = self._runner.create_crawler(_with_settings(SPIDERS[kind], scrapy_settings(manners) | more))
        problem = None
        if self._stopping:
            return CrawlResult(target.name, started, datetime.now(UTC), problem="the monitor is stopping")
        try:
            await self._runner.crawl(crawler, target, on_page, known, self._hosts, answers, self._apart)
        except Exception as error:
            problem = f"the visit failed: {type(error).__name__}: {one_line(error)}"
        result = _result(crawler, target.name, started, problem)
        result = replace(result, not_before=self._hosts.held(target.url))
        # What a visit missed is only found again if the source is read again: an answer is old once all of it was read.
        if isinstance(crawler.spider, SourceSpider) and not (result.problem or result.failures or self._stopping):
            return replace(result, answers=tuple(crawler.spider.answered.values()))
        return result

    async def stop(self) -> None:
        """End every visit: no new requests, those in flight are waited for (at most the download timeout)."""
        self._stopping = True
        self._hosts.stop()
        # Never by cancelling the tasks: Scrapy's engine would go on without them.
        asked: dict[Crawler, asyncio.Task[None]] = {}
        while crawlers := list(self._runner.crawlers):
            for crawler in crawlers:
                # Asked while it only starts, a crawl would never end: Scrapy takes the one ask and forgets it.
                if crawler.crawling and crawler.engine.running:
                    asked[crawler] = asyncio.create_task(crawler.stop_async())
                    await asyncio.sleep(0)
                if crawler in asked:
                    _send_nothing_more(crawler)
            await asyncio.sleep(_MOMENT)
        await asyncio.gather(*asked.values(), return_exceptions=True)
        await self._doorway.close()


def _send_nothing_more(crawler: Crawler) -> None:
    # What waits for its turn at a site is in flight to Scrapy, which would ask for all of it, delay after delay.
    for slot in crawler.engine.downloader.slots.values():
        while slot.queue:
            _, turn = slot.queue.popleft()
            turn.errback(IgnoreRequest("the monitor is stopping"))


def _with_settings(spider: type[SourceSpider], settings: dict[str, Any]) -> type[SourceSpider]:
    return type(spider.__name__, (spider,), {"custom_settings": settings})


def _keep_to(guard: Guard) -> None:
    # Importing it installs a reactor, so not before somebody crawls. Twisted types it as an interface.
    reactor: Any = importlib.import_module("twisted.internet.reactor")
    now = reactor.nameResolver
    reactor.installNameResolver(GuardedResolver(now.behind if isinstance(now, GuardedResolver) else now, guard))


def _result(crawler: Crawler, source: str, started: datetime, problem: str | None) -> CrawlResult:
    spider = crawler.spider
    requests = int(crawler.stats.get_value("downloader/request_count", 0)) if crawler.stats else 0
    if not isinstance(spider, SourceSpider):
        return CrawlResult(source, started, datetime.now(UTC), requests=requests, problem=problem or "the visit failed")
    tally = spider.tally
    return CrawlResult(
        source,
        started,
        datetime.now(UTC),
        tally.links,
        tally.new_links,
        tally.pages,
        requests,
        problem or tally.problem,
        tuple(tally.failures),
        left=tuple(tally.left),
    )


def in_reactor(main: Callable[[asyncio.Event], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine in the reactor's asyncio loop, to its end, and give its result or raise its error.

    Once a process: a Twisted reactor cannot be started twice. `main` is given an event that SIGINT or SIGTERM sets;
    if the process has not ended nine seconds after that, it tells what it hangs in and is ended.
    """
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    # Importing it installs a reactor, so not before the line above. Twisted types it as an interface.
    reactor: Any = importlib.import_module("twisted.internet.reactor")

    outcome: list[Result | BaseException] = []

    async def whole() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def asked_to_stop() -> None:
            stop.set()
            last = Timer(_LAST_WORD, _end_anyhow, [loop])
            last.daemon = True
            last.start()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, asked_to_stop)
        try:
            outcome.append(await main(stop))
        except BaseException as error:
            outcome.append(error)
        finally:
            reactor.stop()

    task: list[asyncio.Task[None]] = []
    reactor.callWhenRunning(lambda: task.append(asyncio.get_event_loop().create_task(whole())))
    reactor.run(installSignalHandlers=False)
    result = outcome[0]
    if isinstance(result, BaseException):
        raise result
    return result


def _waits_in(work: Any) -> Iterator[str]:
    """Where a coroutine waits, and what that waits for in turn."""
    while work is not None:
        frame = getattr(work, "cr_frame", None) or getattr(work, "gi_frame", None)
        yield f"{frame.f_code.co_qualname} line {frame.f_lineno}" if frame else repr(work)
        work = getattr(work, "cr_await", None) or getattr(work, "gi_yieldfrom", None)


def _end_anyhow(loop: asyncio.AbstractEventLoop) -> None:
    _log.error("the stop takes too long and is cut short; please report these lines:")
    for task in asyncio.all_tasks(loop):
        _log.error("a task waits: %s", " < ".join(_waits_in(task.get_coro())))
    faulthandler.dump_traceback()
    os._exit(0)
