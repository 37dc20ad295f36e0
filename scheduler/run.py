"""Sources, the outbox and the work to do for each -> the work done when it is due, until told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

from apscheduler.job import Job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from alerts.channels import Channel
from alerts.dispatch import DeliveryCount, Dispatch
from core.errors import ExchangeWatchError
from core.feedback import Feedback
from core.model import Event
from scheduler.saying import Saying
from storage.store import Store

# The default grace of one second silently drops a run when the loop was busy; a late visit is better than none.
_JOB_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
# The outbox is looked at this often even when nobody rings: another process may have put something there.
_LONGEST_SLEEP = 30.0
_AFTER_TROUBLE = timedelta(minutes=1)
_LOOK = 5.0  # at the machine's clock (s)
_JUMP = timedelta(minutes=1)

_log = logging.getLogger(__name__)


class Clock:
    """Knows time and nothing else: each job says itself when it is next due."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`now` tells the time (UTC) of the machine's clock, which may be set while the monitor runs."""
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=_JOB_DEFAULTS)
        self._now = now
        self._jobs: dict[str, Job] = {}
        self._ahead = 0.0
        self._looking: asyncio.TimerHandle | None = None

    def at(self, name: str, due: datetime, work: Callable[[], Awaitable[datetime | None]]) -> None:
        """Do `work` at `due`, and again whenever its result says, until that is None.

        Work of one name never runs beside itself.
        """

        async def turn() -> None:
            try:
                again = await work()
            except Exception:  # whatever it was: nothing that is done again and again may end by it
                _log.exception("%s failed, and is tried again", name)
                again = self._now() + _AFTER_TROUBLE
            if again is not None:
                self.at(name, again, work)

        waiting = self._jobs.pop(name, None)
        if waiting is not None:
            with suppress(JobLookupError):  # it has begun
                waiting.remove()
        # Each time under an id of its own: what is due at once while its last run is just ending would be dropped.
        self._jobs[name] = self._scheduler.add_job(turn, DateTrigger(due, UTC), name=name)

    def start(self) -> None:
        """Begin, in the loop that is running."""
        self._scheduler.start()
        self._ahead = self._now().timestamp() - asyncio.get_running_loop().time()
        self._look()

    def _look(self) -> None:
        """Where the machine's clock was set back, have everything due as much earlier: it would wait as much longer.

        A clock that was set forward, or slept, makes things due at once, which is what they are.
        """
        loop = asyncio.get_running_loop()
        ahead = self._now().timestamp() - loop.time()
        jump = timedelta(seconds=ahead - self._ahead)
        self._ahead = ahead
        if abs(jump) > _JUMP:
            _log.warning("the machine's clock was set %s by %s", "back" if jump < timedelta() else "forward", abs(jump))
        if jump < -_JUMP:
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=job.next_run_time + jump)
        self._looking = loop.call_later(_LOOK, self._look)

    def pause(self) -> None:
        """Begin nothing more; what runs goes on."""
        if self._looking:
            self._looking.cancel()
        self._scheduler.pause()

    def shut_down(self) -> None:
        """End for good. Only after the crawls have stopped, since this cancels what still runs."""
        self._scheduler.shutdown(wait=False)


class StoredDesk:
    """Stores and does what readers say of events."""

    def __init__(self, store: Store, wake: Callable[[], None]) -> None:
        """`wake` rings dispatch, which shows what was said."""
        self._store, self._wake = store, wake

    def event(self, event_id: str) -> Event | None:
        """The event of an id, as it is now."""
        return self._store.event(event_id)

    def say(self, given: Feedback) -> None:
        """Store and do what somebody said. Raises StorageError."""
        with self._store.write() as unit:
            known = not unit.put_feedback(given)
        if not known:
            _log.info("event %s: %s", given.event_id, given.in_words())
            self._wake()


class Deliveries:
    """The outbox, emptied in a thread and loop of its own, so that crawls and channels do not wait for each other."""

    def __init__(self, store: Store, channels: Sequence[Channel]) -> None:
        """Nothing is sent before `start`."""
        self._saying = Saying()
        self._store = store
        self._channels = tuple(channels)
        self._dispatch = Dispatch(store, channels)
        self._loop = asyncio.new_event_loop()
        self._rung = asyncio.Event()
        self._thread = Thread(target=self._loop.run_forever, name="deliveries", daemon=True)
        self._round: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Begin to deliver whatever is due, now and whenever `wake` is called."""
        self._thread.start()
        self._round = asyncio.wrap_future(self._there(self._deliver_for_ever()))
        for channel in self._channels:
            self._there(channel.listen(StoredDesk(self._store, self.wake)))

    def wake(self) -> None:
        """Something new is in the outbox. May be called from any thread."""
        self._loop.call_soon_threadsafe(self._rung.set)

    async def settle(self, *, patient: bool = True) -> DeliveryCount:
        """Deliver what is due now, and wait until that is done; if patient, also for what only a pause holds."""
        return await asyncio.wrap_future(self._there(self._settle(patient)))

    async def _settle(self, patient: bool) -> DeliveryCount:
        count = await self._dispatch.deliver_due(datetime.now(UTC))
        ends = datetime.now(UTC) + max((each.pause for each in self._channels), default=timedelta()) * 1.5
        while patient and (due := self._next_due()) is not None and due < ends and datetime.now(UTC) < ends:
            await asyncio.sleep(max(0.2, (due - datetime.now(UTC)).total_seconds()))
            count += await self._dispatch.deliver_due(datetime.now(UTC))
        return count

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
                self._saying.over("alerts")
            except ExchangeWatchError as error:
                self._saying.begin("alerts", f"kept and tried again: {error}")
            try:
                # Not wait_for, which until Python 3.12 forgets a cancellation that comes in the same moment.
                async with asyncio.timeout(sleep):
                    await self._rung.wait()
            except TimeoutError:
                continue

    def _next_due(self) -> datetime | None:
        """When a message is next due, the pauses of the channels minded; None where none waits."""
        now = datetime.now(UTC)
        dues = (self._store.next_delivery_due(now, [each.name], each.pause) for each in self._channels)
        return min((each for each in dues if each), default=None)

    def _until_next(self) -> float:
        now = datetime.now(UTC)
        dues = (self._next_due(), self._store.next_thread_due(now, [each.name for each in self._channels]))
        due = min((each for each in dues if each), default=None)
        return min(_LONGEST_SLEEP, max(0.2, (due - now).total_seconds())) if due else _LONGEST_SLEEP


async def within(seconds: float, work: Awaitable[object]) -> bool:
    """Wait for `work`, but not longer; what is not done is left alone, never cancelled. True if it was done."""
    _, late = await asyncio.wait([asyncio.ensure_future(work)], timeout=seconds)
    return not late
