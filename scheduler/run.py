"""Sources, the outbox and the work to do for each -> the work done when it is due, until told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from alerts.channels import Channel
from alerts.dispatch import DeliveryCount, Dispatch
from core.errors import ExchangeWatchError
from storage.store import Store

# The default grace of one second silently drops a run when the loop was busy; a late visit is better than none.
_JOB_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
# The outbox is looked at this often even when nobody rings: another process may have put something there.
_LONGEST_SLEEP = 30.0

_log = logging.getLogger(__name__)


class Clock:
    """Knows time and nothing else: each job says itself when it is next due."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=_JOB_DEFAULTS)

    def at(self, name: str, due: datetime, work: Callable[[], Awaitable[datetime]]) -> None:
        """Do `work` at `due`, and again whenever its result says. Work of one name never runs beside itself."""

        async def turn() -> None:
            self.at(name, await work(), work)

        self._scheduler.add_job(turn, DateTrigger(due, UTC), id=name, name=name, replace_existing=True)

    def start(self) -> None:
        """Begin, in the loop that is running."""
        self._scheduler.start()

    def pause(self) -> None:
        """Begin nothing more; what runs goes on."""
        self._scheduler.pause()

    def shut_down(self) -> None:
        """End for good. Only after the crawls have stopped, since this cancels what still runs."""
        self._scheduler.shutdown(wait=False)


class Deliveries:
    """The outbox, emptied in a thread and loop of its own, so that crawls and channels do not wait for each other."""

    def __init__(self, store: Store, channels: Sequence[Channel]) -> None:
        """Nothing is sent before `start`."""
        self._store = store
        self._names = [channel.name for channel in channels]
        self._dispatch = Dispatch(store, channels)
        self._loop = asyncio.new_event_loop()
        self._rung = asyncio.Event()
        self._thread = Thread(target=self._loop.run_forever, name="deliveries", daemon=True)
        self._round: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Begin to deliver whatever is due, now and whenever `wake` is called."""
        self._thread.start()
        self._round = asyncio.wrap_future(self._there(self._deliver_for_ever()))

    def wake(self) -> None:
        """Something new is in the outbox. May be called from any thread."""
        self._loop.call_soon_threadsafe(self._rung.set)

    async def settle(self) -> DeliveryCount:
        """Deliver what is due now, and wait until that is done."""
        return await asyncio.wrap_future(self._there(self._dispatch.deliver_due(datetime.now(UTC))))

    async def stop(self) -> None:
        """End; a message that is being sent is looked for at the next start."""
        if self._round:
            self._round.cancel()
        await asyncio.wrap_future(self._there(self._end()))
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()

    def _there(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _end(self) -> None:
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._dispatch.close()

    async def _deliver_for_ever(self) -> None:
        while True:
            self._rung.clear()
            sleep = _LONGEST_SLEEP
            try:
                await self._dispatch.deliver_due(datetime.now(UTC))
                sleep = self._until_next()
            except ExchangeWatchError as error:
                _log.error("alerts are kept and tried again: %s", error)
            try:
                await asyncio.wait_for(self._rung.wait(), sleep)
            except TimeoutError:
                continue

    def _until_next(self) -> float:
        now = datetime.now(UTC)
        due = self._store.next_delivery_due(now, self._names)
        return min(_LONGEST_SLEEP, max(0.2, (due - now).total_seconds())) if due else _LONGEST_SLEEP


async def within(seconds: float, work: Awaitable[object]) -> bool:
    """Wait for `work`, but not longer; what is not done is left alone, never cancelled. True if it was done."""
    _, late = await asyncio.wait([asyncio.ensure_future(work)], timeout=seconds)
    return not late
