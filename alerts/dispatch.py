"""The outbox to its channels: each alert told once, in order, for as long as it takes."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from alerts.channels import Channel
from core.errors import DeliveryError, Refused, RetryLater
from core.model import Delivery, Due

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

    def due_deliveries(self, channels: Collection[str], now: datetime, limit: int = ...) -> Sequence[Due]:
        """What is to be sent now, of one event in one channel only the oldest."""

    def begin_delivery(self, due: Due, at: datetime, lease: timedelta = ...) -> bool:
        """Write down that sending begins; False where another process has begun it. In doubt after `lease`."""

    def record_delivery(self, delivery: Delivery) -> None:
        """Write down what a channel did."""


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
            ends = await asyncio.gather(*(self._serve(each, this) for each in self._channels), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return sum((each for each in ends if isinstance(each, DeliveryCount)), DeliveryCount())

    async def close(self) -> None:
        """Close all channels."""
        for channel in self._channels:
            await channel.close()

    async def _serve(self, channel: Channel, this: _Pass) -> DeliveryCount:
        """Send one channel its alerts until none is due or it fails; after each round an event's next may be due."""
        count, tried, patience = DeliveryCount(), set[str](), _PATIENCE
        while self._held_until.get(channel.name, this.time()) <= this.time():
            due = self._outbox.due_deliveries([channel.name], this.time(), _AT_ONCE)
            # The seldom tried come first, or one alert that always fails would stand before all others.
            fresh = sorted((each for each in due if each.alert.id not in tried), key=lambda each: each.attempts)
            if not fresh:
                break
            for each in fresh:
                tried.add(each.alert.id)
                delivery, found = await self._deliver(channel, each, this)
                count += _counted(delivery, found)
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

    async def _deliver(self, channel: Channel, due: Due, this: _Pass) -> tuple[Delivery | None, bool]:
        """Send one alert, or find it where it may have been sent already, and record it; None: it is another's."""
        if not self._outbox.begin_delivery(due, this.time(), self._longest_send + _MARGIN):
            return None, False
        doubt, found = due.in_doubt, None
        try:
            async with asyncio.timeout(self._longest_send.total_seconds()):
                found = await channel.find(due.alert, due.thread_id) if due.in_doubt else None
                doubt = False
                sent = found or await channel.send(due.alert, due.thread_id)
            delivery = Delivery(due.alert.id, channel.name, "accepted", this.time(), sent.message_id, sent.thread_id)
            self._tell(channel.name, None)
        except Exception as error:
            delivery = self._failed(channel.name, due, _as_delivery_error(channel.name, error), doubt, this)
        except asyncio.CancelledError:
            # The program stops; what was begun is looked for at the next start.
            stopped = RetryLater("stopped while sending", 0, in_doubt=True)
            self._outbox.record_delivery(self._failed(channel.name, due, stopped, doubt, this))
            raise
        self._outbox.record_delivery(delivery)
        return delivery, found is not None

    def _failed(self, channel: str, due: Due, error: DeliveryError, doubt: bool, this: _Pass) -> Delivery:
        """What is recorded of a failure; `doubt`: an earlier attempt may have succeeded, and nobody could look yet."""
        self._tell(channel, error)
        now = this.time()
        if not isinstance(error, RetryLater):
            return Delivery(due.alert.id, channel, "refused", now, detail=str(error), in_doubt=doubt)
        if error.retry_after is None:
            self._held_until.pop(channel, None)
            retry_at = now + back_off(due.attempts, self._jitter())
        else:
            retry_at = self._held_until[channel] = now + timedelta(seconds=error.retry_after)
        in_doubt = doubt or error.in_doubt
        return Delivery(due.alert.id, channel, "retry", now, detail=str(error), retry_at=retry_at, in_doubt=in_doubt)

    def _tell(self, channel: str, error: DeliveryError | None) -> None:
        """Tell the operator of a trouble once, and of its end, however many alerts meet it."""
        told = self._told.get(channel)
        if error is None:
            self._held_until.pop(channel, None)
            if self._told.pop(channel, None) is not None:
                _log.info("%s: takes alerts again", channel)
        elif str(error) != told:
            self._told[channel] = str(error)
            what = "kept until somebody acts" if isinstance(error, Refused) else "kept and tried again"
            _log.log(logging.ERROR if isinstance(error, Refused) else logging.WARNING, "%s; alerts are %s", error, what)


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


def _counted(delivery: Delivery | None, found: bool) -> DeliveryCount:
    if delivery is None:
        return DeliveryCount()
    if delivery.outcome == "accepted":
        return DeliveryCount(accepted=1, found=int(found))
    return DeliveryCount(retry=1) if delivery.outcome == "retry" else DeliveryCount(refused=1)
