"""An article of our own on 127.0.0.1 -> fetched, read, stored and told like any other, and how long that took.

It goes through the crawler, the readers, the detector and the channels of the monitor, but into a database of its own
that is thrown away: no event of the desk is ever a drill.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

from alerts.channels import Channel
from alerts.dispatch import Dispatch
from core.config import Config, Keep, Source
from core.errors import ExchangeWatchError
from crawler.run import Crawls
from scheduler.jobs import Jobs, Read, Ways
from storage.store import Store

if TYPE_CHECKING:
    from aiohttp import web

Result = TypeVar("Result")

# Whatever takes longer is a canary that died.
_PATIENCE = 120.0


class SilentError(Exception):
    """The canary was not heard; the message says how far it came."""


async def sing(config: Config, crawls: Crawls, read: Read, channels: Sequence[Channel]) -> float:
    """Send one article through everything to these channels; the seconds from its publication to its acceptance.

    Raises SilentError.
    """
    async with _published() as (url, began):
        source = Source.model_validate({"name": "canary", "type": "feed", "url": url, "delay": timedelta()})
        try:
            async with asyncio.timeout(_PATIENCE):
                return await _through(config, crawls, read, channels, source, began)
        except TimeoutError:
            raise SilentError(f"an article of our own was not told within {_PATIENCE:g} s") from None
        except ExchangeWatchError as error:
            raise SilentError(f"an article of our own was not told: {error}") from None


async def _through(
    config: Config, crawls: Crawls, read: Read, channels: Sequence[Channel], source: Source, began: float
) -> float:
    with tempfile.TemporaryDirectory(prefix="exchangewatch-canary-") as folder, ThreadPoolExecutor(1) as thread:
        loop = asyncio.get_running_loop()

        async def write(work: Callable[[], Result]) -> Result:
            return await loop.run_in_executor(thread, work)

        store = await write(lambda: Store.open(f"sqlite:///{folder}/canary.sqlite"))
        try:
            await write(store.upgrade)
            own = config.model_copy(update={"sources": (source,), "keep": Keep(evidence=None)})
            own = own.model_copy(update={"alerts": config.alerts.model_copy(update={"watches": ()})})
            names = [each.name for each in channels]
            visit = await Jobs(own, store, crawls, names, Ways(read, write, lambda: None)).visit(source)
            if visit.problem or visit.failures:
                raise SilentError(
                    f"an article of our own could not be fetched: {visit.problem or visit.failures[0].reason}"
                )
            if not visit.alerts:
                raise SilentError("an article of our own was read, and was no news to the detector")
            count = await Dispatch(store, channels).deliver_due(datetime.now(UTC))
            if count.accepted < len(channels):
                raise SilentError(f"an article of our own was taken by {count.accepted} of {len(channels)} channels")
            return time.monotonic() - began
        finally:
            crawls.forget(source.url)
            store.close()


@asynccontextmanager
async def _published() -> AsyncIterator[tuple[str, float]]:
    """A feed with one article, on the air; its address and when (by the monotonic clock) it was published."""
    now = datetime.now(UTC)
    number = f"{now:%Y%m%d%H%M%S}"
    article = files("app").joinpath("canary.html").read_text("utf-8")
    told = {
        "number": number,
        "published": now.isoformat(),
        "weekday": f"{now:%A}",
        "count": random.randrange(20, 900),  # noqa: S311 - no secret
    }
    for name, value in told.items():
        article = article.replace(f"{{{name}}}", str(value))
    feed = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Canary</title><item>'
        f"<title>Drill {number}</title><link>/{number}.html</link><pubDate>{format_datetime(now)}</pubDate>"
        "</item></channel></rss>"
    )

    from aiohttp import web  # noqa: PLC0415 - most monitors have no canary

    def answer(text: str, kind: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def give(request: web.Request) -> web.StreamResponse:
            return web.Response(text=text, content_type=kind)

        return give

    app = web.Application()
    app.router.add_get("/feed.xml", answer(feed, "application/xml"))
    app.router.add_get(f"/{number}.html", answer(article, "text/html"))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server: Any = site._server
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed.xml", time.monotonic()
    finally:
        await runner.cleanup()
