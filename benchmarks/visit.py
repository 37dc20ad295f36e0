"""An order on standard input -> what a visit to its sources came to, as JSON: a Twisted reactor starts only once."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Collection
from typing import Any

import scrapy
from scrapy.http import Response

from core.model import Page
from crawler.run import Crawls, in_reactor
from crawler.settings import Manners, scrapy_settings
from crawler.spiders.base import Target

REPEATS = 5


async def ours(order: dict[str, Any], manners: Manners) -> dict[str, Any]:
    """The monitor's own crawler over every source; the bodies are those of the pages it handed on."""
    pages: list[Page] = []

    async def on_page(page: Page) -> None:
        pages.append(page)

    async def known(urls: Collection[str]) -> set[str]:
        return set()

    began = time.perf_counter()
    for _ in range(REPEATS):
        targets = [(s["type"], Target(s["name"], s["url"], s.get("link_pattern"))) for s in order["sources"]]
        crawls = Crawls(manners)  # one that visited before would find nothing new
        crawls.allow(*(target.url for _, target in targets))
        await asyncio.gather(*(crawls.crawl(kind, target, on_page, known) for kind, target in targets))
    bodies = [page.body.decode("utf-8", "replace") for page in pages[: len(pages) // REPEATS]]
    links = sorted({page.requested_url for page in pages if page.link})
    return {"pages": len(pages), "seconds": time.perf_counter() - began, "bodies": bodies, "links": links}


class Bare(scrapy.Spider):
    """Nothing but Scrapy: fetches the given addresses and counts them."""

    name = "bare"

    def __init__(self, urls: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls = urls
        self.count = 0

    async def start(self) -> AsyncIterator[Any]:
        """Ask for every address."""
        for url in self.urls:
            yield scrapy.Request(url, dont_filter=True)

    def parse(self, response: Response, **kwargs: Any) -> None:
        """Count."""
        self.count += 1


async def bare(order: dict[str, Any], manners: Manners) -> dict[str, Any]:
    """Bare Scrapy over the same article pages, with the sources' own requests as well, one spider a source as well."""
    from scrapy.crawler import AsyncCrawlerRunner  # noqa: PLC0415 - only after the reactor is installed

    found = await ours({**order, "sources": order["sources"]}, manners)
    by_host: dict[str, list[str]] = {}
    for url in found["links"]:
        by_host.setdefault(url.split("/")[2], []).append(url)
    # Nothing of the monitor's own but the way to the newsroom, and no pause between requests.
    middlewares = {"crawler.settings.ThroughProxy": 90}
    settings = {**scrapy_settings(manners), "DOWNLOADER_MIDDLEWARES": middlewares, "DOWNLOAD_DELAY": 0}
    runner = AsyncCrawlerRunner(settings)
    count = 0
    began = time.perf_counter()
    for _ in range(REPEATS):
        crawlers = [runner.create_crawler(Bare) for _ in by_host]
        await asyncio.gather(
            *(
                runner.crawl(each, [f"http://{host}/robots.txt", *urls])
                for each, (host, urls) in zip(crawlers, by_host.items(), strict=True)
            )
        )
        count += sum(each.spider.count - 1 for each in crawlers if isinstance(each.spider, Bare))
    assert count == len(found["links"]) * REPEATS, "bare Scrapy did not fetch what the monitor did"
    return {"pages": count, "seconds": time.perf_counter() - began}


def main() -> None:
    """Read the order, make the visit, print what it came to."""
    order = json.load(sys.stdin)
    manners = Manners("ExchangeWatch benchmark", delay=0.0, per_site_concurrency=8, proxy=order["proxy"])
    print(json.dumps(in_reactor(lambda stop: (bare if order["how"] == "bare" else ours)(order, manners))))


if __name__ == "__main__":
    main()
