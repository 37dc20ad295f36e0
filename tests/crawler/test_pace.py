"""How often a host is asked, by a clock that leaps: the Wayback Machine twenty times in any minute, at most."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from app.commands.backfill_visits import _WAYBACK_DELAY
from crawler.addresses import Guard
from crawler.hosts import Hosts, Turns

CAPTURES = "https://web.archive.org/web/20250601120000id_/http://outlet.example/"
Run = Callable[[Coroutine[object, object, None]], None]


class Leaping(selectors.DefaultSelector):
    """Waits for nothing: time has passed at once."""

    moment = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.moment += timeout or 0.0
        return super().select(0)


@pytest.fixture
def run() -> Iterator[Run]:
    """Runs a coroutine in a loop whose hours take no time."""
    selector = Leaping()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.moment  # type: ignore[method-assign]
    yield loop.run_until_complete
    loop.close()


async def asked(turns: Turns, url: str, moments: list[float], takes: float, fails: bool = False) -> None:
    """One request through the middleware, which its server answers after a while, or never."""
    request = Request(url)
    await turns.process_request(request)
    moments.append(asyncio.get_running_loop().time())
    await asyncio.sleep(takes)
    if fails:
        turns.process_exception(request, OSError())
    else:
        turns.process_response(request, Response(url))


def most_in_a_minute(moments: list[float]) -> int:
    return max(sum(begin <= moment < begin + 60 for moment in moments) for begin in moments)


@pytest.mark.parametrize("takes", [0.0, 1.0, 2.9, 30.0], ids=lambda seconds: f"answered in {seconds:g} s")
@pytest.mark.parametrize("fails", [False, True], ids=["answered", "failing"])
def test_no_minute_has_more_than_twenty_requests(run: Run, takes: float, fails: bool) -> None:
    moments: list[float] = []

    async def visit() -> None:
        hosts = Hosts(1, Guard())
        turns = Turns(lambda: hosts, _WAYBACK_DELAY)
        await asyncio.gather(*(asked(turns, f"{CAPTURES}{n}", moments, takes, fails) for n in range(100)))

    run(visit())
    assert len(moments) == 100
    assert most_in_a_minute(moments) <= 20
    if takes < _WAYBACK_DELAY:  # and hardly fewer: years are to be read
        assert most_in_a_minute(moments) == 20


def test_visits_one_after_the_other_and_pauses_between_them_are_counted_together(run: Run) -> None:
    moments: list[float] = []

    async def visits() -> None:
        hosts = Hosts(1, Guard())
        for number in range(12):  # a month each, whose first request is that for the list
            turns = Turns(lambda: hosts, _WAYBACK_DELAY)
            await asyncio.gather(*(asked(turns, f"{CAPTURES}{number}/{n}", moments, 0.2) for n in range(number)))
            await asyncio.sleep(number)

    run(visits())
    assert most_in_a_minute(moments) <= 20


def test_another_host_does_not_wait_for_it(run: Run) -> None:
    moments: list[float] = []

    async def visit() -> None:
        hosts = Hosts(1, Guard())
        turns = Turns(lambda: hosts, _WAYBACK_DELAY)
        await asyncio.gather(*(asked(turns, f"https://outlet-{n}.example/", moments, 1.0) for n in range(50)))

    run(visit())
    assert moments == [0.0] * 50


def test_who_waits_when_it_ends_asks_nobody(run: Run) -> None:
    moments: list[float] = []

    async def visit() -> None:
        hosts = Hosts(1, Guard())
        turns = Turns(lambda: hosts, _WAYBACK_DELAY)
        waiting = [asyncio.ensure_future(asked(turns, f"{CAPTURES}{n}", moments, 0.0)) for n in range(9)]
        await asyncio.sleep(7)
        hosts.stop()
        for each in waiting:
            with suppress(IgnoreRequest):
                await each

    run(visit())
    assert moments == [0.0, _WAYBACK_DELAY, 2 * _WAYBACK_DELAY]
