"""Stanzas on standard input -> what real crawls came to, as JSON: a Twisted reactor starts only once a process."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Collection
from typing import Any

from core.model import CrawlResult, Page
from crawler.run import Crawls, in_reactor
from crawler.settings import Manners
from crawler.spiders.base import Target


async def visits(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Visit every source of the order at the same time."""
    crawls = Crawls(Manners("ExchangeWatch test", delay=0.0, timeout=5.0, max_size=1_000_000, retries=1))
    if order.get("stop_after"):
        asyncio.get_running_loop().call_later(
            order["stop_after"], lambda: stopping.append(asyncio.ensure_future(crawls.stop()))
        )
    stopping: list[asyncio.Future[None]] = []
    done = await asyncio.gather(*(visit(crawls, stanza, order.get("known", [])) for stanza in order["sources"]))
    await asyncio.gather(*stopping)
    return done


async def visit(crawls: Crawls, stanza: dict[str, Any], already: list[str]) -> dict[str, Any]:
    """Visit one source and tell of it."""
    pages: list[Page] = []

    async def on_page(page: Page) -> None:
        if page.url.endswith(stanza.get("choke", "\0")):
            raise RuntimeError("this page\ncannot be taken in")
        pages.append(page)

    async def known(urls: Collection[str]) -> set[str]:
        return set(urls) & set(already)

    plain = {key: stanza[key] for key in ("name", "url", "link_pattern", "link_css") if key in stanza}
    result = await crawls.crawl(stanza["type"], Target(**plain), on_page, known)
    return told(result, pages)


def told(result: CrawlResult, pages: list[Page]) -> dict[str, Any]:
    """A visit as JSON."""
    return {
        "source": result.source,
        "problem": result.problem,
        "links": result.links,
        "new": result.new_links,
        "pages": sorted(page.url for page in pages),
        "titles": sorted(page.link.title or "" for page in pages if page.link),
        "failures": {failure.url: failure.reason for failure in result.failures},
    }


if __name__ == "__main__":
    ordered = json.load(sys.stdin)
    print(json.dumps(in_reactor(lambda stop: visits(ordered))))
