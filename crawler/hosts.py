"""Hosts, over all visits at once -> whose turn it is: requests spaced, few at a time, and none before a host wants it.

Two sources of one outlet are one visitor to its server, which has only one patience.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.addresses import REFUSED, Guard

# RFC 6585 and RFC 9110: both may say when to come again.
_BUSY = (429, 503)
# Who says 429 but not until when is left alone for a minute; who says a week is asked again after six hours.
_UNSAID = timedelta(minutes=1)
_LONGEST = timedelta(hours=6)
# A visit waits so long for a host that asks it to (s); what would have to wait longer is left to the next visit.
_PATIENCE = 5.0
_MOST_KEPT = 5_000
_HAS_TURN = "exchangewatch_turn"


@dataclass(slots=True)
class _Host:
    at_once: asyncio.Semaphore
    busy: int = 0
    free_at: float = 0.0  # by the loop's clock
    wanted: datetime | None = None  # not asked before


@dataclass(slots=True)
class Hosts:
    """What is kept of each host while the monitor runs: `at_once` requests to one at a time, as the guard permits."""

    at_once: int
    guard: Guard
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def turn(self, url: str, delay: float) -> None:
        """Wait until the host of an address may be asked, `delay` seconds after the request before.

        Whoever had a turn must say `done`. Raises IgnoreRequest where it would be too long, the monitor
        stops, or the address is a private one that nobody allowed.
        """
        if self.guard.refuses(url):
            raise IgnoreRequest(REFUSED)
        host = self._of(url)
        self._refuse_where_unwanted(host)
        if host.at_once.locked():
            await self._unless_stopped(asyncio.ensure_future(host.at_once.acquire()))
        else:
            await host.at_once.acquire()
        host.busy += 1
        try:
            await self._wait_for_slot(host, delay)
        except BaseException:
            self.done(url)
            raise

    def done(self, url: str) -> None:
        """A request that had its turn was answered, or failed."""
        host = self._of(url)
        host.busy -= 1
        host.at_once.release()

    def hold(self, url: str, until: datetime) -> None:
        """The host of an address does not want to be asked before a time (UTC)."""
        self._of(url).wanted = until

    def held(self, url: str) -> datetime | None:
        """Until when (UTC) the host of an address does not want to be asked; None where it may be."""
        host = self._hosts.get(_name(url))
        return host.wanted if host and host.wanted and host.wanted > datetime.now(UTC) else None

    def stop(self) -> None:
        """Nobody has a turn any more."""
        self._stopped.set()

    async def _wait_for_slot(self, host: _Host, delay: float) -> None:
        now = asyncio.get_running_loop().time()
        slot = max(now, host.free_at)
        host.free_at = slot + delay
        if slot > now:
            await self._unless_stopped(asyncio.ensure_future(asyncio.sleep(slot - now)))
            self._refuse_where_unwanted(host)  # what came meanwhile
        if self._stopped.is_set():
            raise IgnoreRequest("the monitor is stopping")

    async def _unless_stopped(self, waiting: asyncio.Future[Any]) -> None:
        stopped = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait([waiting, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            if not waiting.done():
                waiting.cancel()
        if not waiting.done():
            raise IgnoreRequest("the monitor is stopping")

    def _refuse_where_unwanted(self, host: _Host) -> None:
        left = (host.wanted - datetime.now(UTC)).total_seconds() if host.wanted else 0.0
        if host.wanted is None or left <= 0:
            return
        if left > _PATIENCE:
            raise IgnoreRequest(f"HTTP 429: the host wants nobody before {host.wanted:%Y-%m-%d %H:%M} UTC")
        host.free_at = max(host.free_at, asyncio.get_running_loop().time() + left)

    def _of(self, url: str) -> _Host:
        name = _name(url)
        if name not in self._hosts:
            if len(self._hosts) >= _MOST_KEPT:
                self._forget_the_idle()
            self._hosts[name] = _Host(asyncio.Semaphore(self.at_once))
        return self._hosts[name]

    def _forget_the_idle(self) -> None:
        now = asyncio.get_running_loop().time()
        busy = {
            name: host
            for name, host in self._hosts.items()
            if host.busy or host.free_at > now or self.held(f"//{name}")
        }
        self._hosts.clear()
        self._hosts.update(busy)


class Turns:
    """A Scrapy downloader middleware: every request of every visit, robots.txt too, waits for its turn."""

    def __init__(self, hosts: Callable[[], Hosts], delay: float) -> None:
        self._hosts_now, self._delay = hosts, delay

    @classmethod
    def from_crawler(cls, crawler: Any) -> Turns:
        """Made by Scrapy; the spider brings the hosts that all visits share."""
        return cls(lambda: crawler.spider.hosts, crawler.settings.getfloat("EXCHANGEWATCH_DELAY"))

    async def process_request(self, request: Request) -> None:
        """Wait for the turn."""
        await self._hosts_now().turn(request.url, self._delay)
        request.meta[_HAS_TURN] = True

    def process_response(self, request: Request, response: Response) -> Response:
        """Give the turn back, and mind when the host wants to be asked again."""
        hosts = self._hosts_now()
        self._give_back(request)
        if response.status in _BUSY:
            until = wanted_at(response, datetime.now(UTC))
            if until is not None:
                hosts.hold(request.url, until)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Give the turn back."""
        self._give_back(request)

    def _give_back(self, request: Request) -> None:
        # What another middleware stopped before its turn comes here as well.
        if request.meta.pop(_HAS_TURN, False):
            self._hosts_now().done(request.url)


def wanted_at(response: Response, now: datetime) -> datetime | None:
    """When (UTC) a host that is busy wants to be asked again, six hours at most; None where that is left open."""
    told = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    until = now + _UNSAID if response.status == _BUSY[0] else None
    if told.isdecimal():
        until = now + timedelta(seconds=min(int(told[:9]), _LONGEST.total_seconds()))
    elif told:
        try:
            moment = parsedate_to_datetime(told)
        except ValueError:
            return until
        until = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(until, now + _LONGEST) if until else None


def _name(url: str) -> str:
    return urlsplit(url).netloc.lower()
