"""A part of the crawl in a process of its own -> its figures as one line of JSON; started by speed.py.

crawling.py serve            serve the saved pages on 127.0.0.1 until the end; prints its port
crawling.py bare PORT        every page by Scrapy alone
crawling.py crawl PORT       every page by the crawler, handed to nobody
crawling.py whole PORT       every page by the whole monitor: fetched, read, stored
crawling.py latency PORT     one report after the other: from its fetching to the acceptance of its alert
"""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Collection
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import scrapy
from aiohttp import web
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response

from app.demo.site import Site
from app.demo.stories import load_outlets
from app.wiring import Monitor
from core.config import Config, validate
from core.model import Page
from crawler.run import Crawls, in_reactor
from crawler.settings import Manners, scrapy_settings
from crawler.spiders.base import Target

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
PAGES = 400
REPORTS = 40
MANNERS = Manners("ExchangeWatch benchmark", per_site_concurrency=16, delay=0)


def saved_bodies() -> list[bytes]:
    """Real pages where some were saved, else those of the demo's newsroom."""
    saved = sorted((SHARED / "pages").glob("*.html.gz"))
    if saved:
        return [gzip.decompress(path.read_bytes()) for path in saved]
    outlets = load_outlets(datetime.now(UTC).date())
    site = Site(outlets)
    return [site.answer(outlet.canonical(story)).body for outlet in outlets for story in outlet.stories]


def report_page(number: int) -> bytes:
    """A page that reports an exchange of a day of its own."""
    day = date(2025, 1, 1) + timedelta(days=number)
    told = f"Russia and Ukraine exchanged {100 + number} prisoners of war each on {day:%B} {day.day}, {day.year}"
    body = f"<p>{told}, the Coordination Headquarters for the Treatment of Prisoners of War said.</p>" + "<p>The buses "
    body += f"crossed the border in the afternoon, and families were waiting in the town of number {number}.</p>"
    time_tag = f'<time datetime="{day}T12:00:00Z">{day}</time>'
    return f"<html><head><title>{told}</title></head><body><article>{time_tag}{body}</article></body></html>".encode()


def serve() -> None:
    """Serve until killed."""
    bodies = saved_bodies()

    async def answer(request: web.BaseRequest) -> web.Response:
        kind, _, number = request.path.strip("/").partition("/")
        if kind == "list":
            links = "".join(f'<a href="/page/{n}">page {n}</a>' for n in range(PAGES))
            return web.Response(text=f"<html>{links}</html>", content_type="text/html")
        if kind == "news":
            return web.Response(text=f'<html><a href="/report/{number}">news</a></html>', content_type="text/html")
        if kind == "report":
            return web.Response(body=report_page(int(number)), content_type="text/html")
        if kind == "page":
            return web.Response(body=bodies[int(number) % len(bodies)], content_type="text/html")
        return web.Response(status=404)

    async def run() -> None:
        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()

    asyncio.run(run())


class BareSpider(scrapy.Spider):
    """What a newcomer to Scrapy writes."""

    name = "bare"
    pages = 0

    def __init__(self, port: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.port = port

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the list."""
        yield scrapy.Request(f"http://127.0.0.1:{self.port}/list")

    async def parse(self, response: Response) -> AsyncIterator[Any]:
        """Ask for every page."""
        for url in response.css("a::attr(href)").getall():
            yield response.follow(url, self.parse_page)

    def parse_page(self, response: Response) -> None:
        """Count it."""
        BareSpider.pages += 1


async def bare(port: int) -> dict[str, float]:
    """Pages a second by Scrapy alone, with the settings of the crawler."""
    started = time.perf_counter()
    await AsyncCrawlerRunner(scrapy_settings(MANNERS)).crawl(BareSpider, port)
    return {"pages": BareSpider.pages, "seconds": time.perf_counter() - started}


async def crawl(port: int) -> dict[str, float]:
    """Pages a second by the crawler, handed to nobody."""
    started = time.perf_counter()
    target = Target("bench", f"http://127.0.0.1:{port}/list", link_pattern="/page/", max_links=PAGES)

    async def on_page(page: Page) -> None:
        return None

    async def nothing(urls: Collection[str]) -> set[str]:
        return set()

    crawls = Crawls(MANNERS)
    crawls.allow(target.url)
    result = await crawls.crawl("listing", target, on_page, nothing)
    return {"pages": result.pages, "seconds": time.perf_counter() - started}


async def whole(port: int) -> dict[str, float]:
    """Pages a second by the whole monitor."""
    stanza = {"name": "bench", "type": "listing", "url": f"http://127.0.0.1:{port}/list", "link_pattern": "/page/"}
    with tempfile.TemporaryDirectory() as folder:
        async with Monitor.opened(configured(folder, [{**stanza, "max_links": PAGES}])) as monitor:
            await monitor.ready()
            result = await monitor.once(asyncio.Event(), lambda visit: None)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"pages": result.total("pages"), "seconds": result.seconds, "megabytes": own}


async def latency(port: int) -> dict[str, float]:
    """Seconds from a report's fetching to the acceptance of its alert, one after the other."""
    stanzas = [
        {
            "name": f"bench-{n}",
            "type": "listing",
            "url": f"http://127.0.0.1:{port}/news/{n}",
            "link_pattern": "/report/",
        }
        for n in range(REPORTS)
    ]
    with tempfile.TemporaryDirectory() as folder:
        async with Monitor.opened(configured(folder, stanzas)) as monitor:
            await monitor.ready()
            for source in monitor.sources:
                await monitor.jobs.visit(source)
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.5)
            fetched = {article.id: article.fetched_at for article in monitor.store.articles()}
            took = [
                (delivery.at - fetched[alert.event.members[0].article_id]).total_seconds()
                for alert in monitor.store.alerts()
                for delivery in monitor.store.deliveries(alert.id)
            ]
    late = sorted(took)[int(len(took) * 0.99)]
    return {"alerts": len(took), "median": statistics.median(took), "p99": late}


def configured(folder: str, stanzas: list[dict[str, Any]]) -> Config:
    """A configuration that does not wait for anybody's sake."""
    data = {
        "database": f"sqlite:///{folder}/bench.sqlite",
        "crawl": {"delay": "0s", "per_site_concurrency": 8},
        "alerts": {"max_age": "9999d"},
        "sources": stanzas,
    }
    return validate(data, {})


def main() -> None:
    """Run the part that is named."""
    if sys.argv[1] == "serve":
        serve()
        return
    part = {"bare": bare, "crawl": crawl, "whole": whole, "latency": latency}[sys.argv[1]]
    figures = in_reactor(lambda stop: part(int(sys.argv[2])))
    print(f"\n{json.dumps(figures)}")


if __name__ == "__main__":
    main()
