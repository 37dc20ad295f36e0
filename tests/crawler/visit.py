"""Stanzas on standard input -> what real crawls came to, as JSON: a Twisted reactor starts only once a process."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Collection
from typing import Any

from core.model import Answer, CrawlResult, Page
from crawler.run import Crawls, in_reactor
from crawler.settings import Manners
from crawler.spiders.base import Paths, Target


async def visits(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Visit every source of the order at the same time; as often as there are numbers of turns to stop after."""
    done = []
    for turns in order.get("stop_after_turns", [None]):
        crawls = Crawls(
            Manners(
                "ExchangeWatch test",
                delay=0.0,
                timeout=2.0,
                max_size=1_000_000,
                retries=1,
                browser=order.get("browser"),
                private_hosts=tuple(order.get("private_hosts", ())),
            )
        )
        going = [asyncio.ensure_future(visit(crawls, stanza, order)) for stanza in order["sources"]]
        if turns is not None:
            for _ in range(turns):
                await asyncio.sleep(0)
            await crawls.stop()
        elif "stop_after" in order:
            await asyncio.sleep(order["stop_after"])
            await crawls.stop()
        done += await asyncio.gather(*going)
        done += [await visit(crawls, stanza, order) for stanza in order.get("then", [])]
        for _ in range(order.get("again", 0)):
            done += [await visit(crawls, stanza, order) for stanza in order["sources"]]
    return done


answered: dict[str, tuple[Answer, ...]] = {}


async def visit(crawls: Crawls, stanza: dict[str, Any], order: dict[str, Any]) -> dict[str, Any]:
    """Visit one source and tell of it."""
    pages: list[Page] = []
    stopping: list[asyncio.Future[None]] = []
    already = order.get("known", [])

    async def on_page(page: Page) -> None:
        if page.url.endswith(stanza.get("choke", "\0")):
            raise RuntimeError("this page\ncannot be taken in")
        pages.append(page)
        if "stop_at_page" in stanza and len(pages) == stanza["stop_at_page"]:
            stopping.append(asyncio.ensure_future(crawls.stop()))

    async def known(urls: Collection[str]) -> set[str]:
        return set(urls) & set(already)

    plain = {key: stanza[key] for key in stanza if key in Target.__slots__}
    if "paths" in stanza:
        plain["paths"] = Paths(**stanza["paths"])
    crawls.allow(stanza["url"])
    answers = answered.get(stanza["name"], ())
    result = await crawls.crawl(stanza["type"], Target(**plain), on_page, known, stanza.get("delay"), answers)
    answered[stanza["name"]] = result.answers or answers
    await asyncio.gather(*stopping)
    return told(result, pages)


def told(result: CrawlResult, pages: list[Page]) -> dict[str, Any]:
    """A visit as JSON."""
    return {
        "source": result.source,
        "problem": result.problem,
        "links": result.links,
        "new": result.new_links,
        "not_before": result.not_before and result.not_before.isoformat(),
        "pages": sorted(page.url for page in pages),
        "titles": sorted(page.link.title or "" for page in pages if page.link),
        "published": sorted(str(page.link.published) for page in pages if page.link),
        "failures": {failure.url: failure.reason for failure in result.failures},
    }


if __name__ == "__main__":
    ordered = json.load(sys.stdin)
    print(json.dumps(in_reactor(lambda stop: visits(ordered))))
