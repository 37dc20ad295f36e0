"""The outbox to its channels: each alert told once, in order, for as long as it takes."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from alerts.channels import Channel, Sent
from core.errors import DeliveryError, Refused, RetryLater
from core.model import Delivery, Due
from storage.records import Thread

_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(minutes=10)
_JITTER = 0.2
_AT_ONCE = 100
# A channel that asks for no more than this altogether is waited for within one pass.
_PATIENCE = timedelta(seconds=30)
# How much longer than any sending the outbox keeps others from it, so that none sends beside it.
_MARGIN = timedelta(seconds=15)

_log = logging.getLogger(__name__)


class Outbox(Protocol):
    """What is to be delivered, kept where a crash does not reach it; storage.Store is one."""

    def due_deliveries(
        self, channels: Collection[str], now: datetime, limit: int = ..., pause: timedelta = ...
    ) -> Sequence[Due]:
        """What is to be sent now, of one event in one channel only the oldest; after a pause, the later with it."""

    def begin_delivery(self, due: Due, at: datetime, lease: timedelta = ...) -> bool:
        """Write down that sending begins; False where another process has begun it. In doubt after `lease`."""

    def record_delivery(self, delivery: Delivery) -> None:
        """Write down what a channel did."""

    def retry_kept(self, now: datetime, channels: Collection[str] | None = None) -> int:
        """Make due what was kept until somebody mended a channel."""

    def stale_threads(self, channels: Collection[str], now: datetime, limit: int = ...) -> Sequence[Thread]:
        """The threads whose first message does not show its event as it is."""

    def record_thread(self, thread: Thread, shown: bool, due: datetime) -> None:
        """Write down that a thread was brought up to date, or is tried again when due."""


@dataclass(frozen=True, slots=True)
class DeliveryCount:
    """What became of a pass: `found` are those of `accepted` that had been sent before a crash."""

    accepted: int = 0
    found: int = 0
    retry: int = 0
    refused: int = 0

    def __add__(self, other: DeliveryCount) -> DeliveryCount:
        return DeliveryCount(
            self.accepted + other.accepted,
            self.found + other.found,
            self.retry + other.retry,
            self.refused + other.refused,
        )


class _Pass:
    """One call of `deliver_due`: its time, which goes on while channels take theirs, and what it has counted."""

    def __init__(self, now: datetime, clock: Callable[[], float]) -> None:
        self._now, self._clock, self._started = now, clock, clock()

    def time(self) -> datetime:
        return self._now + timedelta(seconds=self._clock() - self._started)


class Dispatch:
    """Delivers what is due. Channels are served beside each other; none waits for another's trouble.

    `clock` counts seconds, `jitter` gives numbers from 0 to 1; `longest_send` is when a channel is given up on
    until later.
    """

    def __init__(
        self,
        outbox: Outbox,
        channels: Iterable[Channel],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        longest_send: timedelta = timedelta(seconds=45),
    ) -> None:
        self._outbox = outbox
        self._channels = tuple(channels)
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._longest_send = longest_send
        self._held_until: dict[str, datetime] = {}
        self._told: dict[str, str] = {}
        self._one_pass = asyncio.Lock()

    async def deliver_due(self, now: datetime) -> DeliveryCount:
        """Send all that is due at `now`, and record what became of it.

        A channel that fails is left until the next pass, or as long as it asks for. Passes never overlap. Raises
        what the outbox raises, after all channels have come to an end.
        """
        async with self._one_pass:
            this = _Pass(now, self._clock)
            ends = await asyncio.gather(*(self._all_of(each, this) for each in self._channels), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return sum((each for each in ends if isinstance(each, DeliveryCount)), DeliveryCount())

    async def close(self) -> None:
        """Close all channels."""
        for channel in self._channels:
            await channel.close()

    async def _all_of(self, channel: Channel, this: _Pass) -> DeliveryCount:
        """News first, for it brings its thread up to date; then the threads that changed without news."""
        count = await self._serve(channel, this)
        for thread in self._outbox.stale_threads([channel.name], this.time(), _AT_ONCE):
            if self._held_until.get(channel.name, this.time()) > this.time() or not await self._show(
                channel, thread, this
            ):
                break
        return count

    async def _show(self, channel: Channel, thread: Thread, this: _Pass) -> bool:
        """Bring the first message of a thread up to date; whether the channel may be asked for more."""
        now_told = replace(thread.alert, event=thread.event)
        try:
            async with asyncio.timeout(self._longest_send.total_seconds()):
                await channel.show(now_told, thread.thread_id)
        except Exception as error:
            trouble = _as_delivery_error(channel.name, error)
            self._tell(channel.name, trouble)
            wait = back_off(thread.attempts, self._jitter())
            if isinstance(trouble, RetryLater) and trouble.retry_after is not None:
                wait = timedelta(seconds=trouble.retry_after)
                self._held_until[channel.name] = this.time() + wait
            # What the channel refuses is not asked for again until the event changes once more.
            self._outbox.record_thread(thread, not isinstance(trouble, RetryLater), this.time() + wait)
            return False
        self._outbox.record_thread(thread, True, this.time() + channel.pause)
        return True

    async def _serve(self, channel: Channel, this: _Pass) -> DeliveryCount:
        """Send one channel its alerts until none is due or it fails; after each round an event's next may be due."""
        count, tried, patience = DeliveryCount(), set[str](), _PATIENCE
        while self._held_until.get(channel.name, this.time()) <= this.time():
            due = self._outbox.due_deliveries([channel.name], this.time(), _AT_ONCE, channel.pause)
            # The seldom tried come first, or one alert that always fails would stand before all others.
            fresh = sorted((each for each in due if each.alert.id not in tried), key=lambda each: each.attempts)
            if not fresh:
                break
            for each in fresh:
                tried.add(each.alert.id)
                delivery, counted = await self._deliver(channel, each, this)
                count += counted
                wait = await self._short_wait(delivery, patience, this)
                if wait is None:
                    return count
                if wait:
                    patience -= wait
                    tried.discard(each.alert.id)
                    break
        return count

    async def _short_wait(self, delivery: Delivery | None, patience: timedelta, this: _Pass) -> timedelta | None:
        """Wait for a channel that named a short time; nothing to wait for is 0, a channel to be left is None."""
        if delivery is None or delivery.outcome != "retry":
            return timedelta()
        until = self._held_until.get(delivery.channel)
        if until is None or until - this.time() > patience:
            return None
        # At least a moment, so that a channel that always says "at once" is left at some time.
        wait = max(until - this.time(), timedelta(seconds=1))
        await self._sleep(wait.total_seconds())
        return wait

    async def _deliver(self, channel: Channel, due: Due, this: _Pass) -> tuple[Delivery | None, DeliveryCount]:
        """Send one message, or find it where it may have been sent already, and record it; None: it is another's."""
        if not self._outbox.begin_delivery(due, this.time(), self._longest_send + _MARGIN):
            return None, DeliveryCount()
        doubt, found = due.in_doubt, None
        try:
            async with asyncio.timeout(self._longest_send.total_seconds()):
                found = await channel.find(due.alert, due.thread_id) if due.in_doubt else None
                doubt = False
                sent = found or await self._sent(channel, due)
            thread = (None, None) if due.together else (sent.message_id, sent.thread_id)
            delivery = Delivery(due.alert.id, channel.name, "accepted", this.time(), *thread)
        except Exception as error:
            delivery = self._failed(channel.name, due, _as_delivery_error(channel.name, error), doubt, this)
        except asyncio.CancelledError:
            # The program stops; what was begun is looked for at the next start.
            stopped = RetryLater("stopped while sending", 0, in_doubt=True)
            self._record(self._failed(channel.name, due, stopped, doubt, this), due, None, this)
            raise
        count = self._record(delivery, due, found, this)
        if delivery.outcome == "accepted" and self._tell(channel.name, None):
            self._outbox.retry_kept(this.time(), [channel.name])
        return delivery, count

    @staticmethod
    async def _sent(channel: Channel, due: Due) -> Sent:
        if due.together:
            return await channel.send_together((due.alert, *due.later))
        return await channel.send(due.alert, due.thread_id, due.later)

    def _record(self, delivery: Delivery, due: Due, found: Sent | None, this: _Pass) -> DeliveryCount:
        """Record what became of a message for all alerts in it; what came after a found one is still to be sent."""
        self._outbox.record_delivery(delivery)
        count = _counted(delivery, found is not None)
        for alert in due.later:
            if found is not None and alert.id not in found.told:
                waits = Delivery(alert.id, delivery.channel, "retry", this.time(), retry_at=this.time())
                self._outbox.record_delivery(waits)
                continue
            self._outbox.record_delivery(replace(delivery, alert_id=alert.id))
            count += _counted(delivery, found is not None)
        return count

    def _failed(self, channel: str, due: Due, error: DeliveryError, doubt: bool, this: _Pass) -> Delivery:
        """What is recorded of a failure; `doubt`: an earlier attempt may have succeeded, and nobody could look yet."""
        self._tell(channel, error)
        now = this.time()
        if not isinstance(error, RetryLater):
            outcome: Literal["kept", "refused"] = "kept" if isinstance(error, Refused) and error.whole else "refused"
            return Delivery(due.alert.id, channel, outcome, now, detail=str(error), in_doubt=doubt)
        if error.retry_after is None:
            self._held_until.pop(channel, None)
            retry_at = now + back_off(due.attempts, self._jitter())
        else:
            retry_at = self._held_until[channel] = now + timedelta(seconds=error.retry_after)
        in_doubt = doubt or error.in_doubt
        return Delivery(due.alert.id, channel, "retry", now, detail=str(error), retry_at=retry_at, in_doubt=in_doubt)

    def _tell(self, channel: str, error: DeliveryError | None) -> bool:
        """Tell the operator of a trouble once, and of its end, however many alerts meet it; whether it ends now."""
        told = self._told.get(channel)
        if error is None:
            self._held_until.pop(channel, None)
            if self._told.pop(channel, None) is None:
                return False
            _log.info("%s: takes alerts again", channel)
            return True
        if str(error) != told:
            self._told[channel] = str(error)
            what = (
                "kept until somebody acts (then: exchangewatch alerts --retry)"
                if isinstance(error, Refused)
                else "kept and tried again"
            )
            _log.log(logging.ERROR if isinstance(error, Refused) else logging.WARNING, "%s; alerts are %s", error, what)
        return False


def back_off(attempts: int, jitter: float) -> timedelta:
    """How long to wait after so many failed attempts: each time twice as long, to ten minutes; a fifth less by lot."""
    wait = min(_FIRST_WAIT * (1 << min(attempts, 16)), _LONGEST_WAIT)
    return wait * (1 - _JITTER * jitter)


def _as_delivery_error(channel: str, error: Exception) -> DeliveryError:
    """Any error of a channel -> one of ours; the text of a foreign one may hold a secret and is left out."""
    if isinstance(error, DeliveryError):
        return error
    if isinstance(error, TimeoutError):
        return RetryLater(f"{channel}: did not take an alert in time", in_doubt=True)
    return RetryLater(f"{channel}: an error that should not happen ({type(error).__name__})", in_doubt=True)


def _counted(delivery: Delivery, found: bool) -> DeliveryCount:
    if delivery.outcome == "accepted":
        return DeliveryCount(accepted=1, found=int(found))
    return DeliveryCount(retry=1) if delivery.outcome == "retry" else DeliveryCount(refused=1)
