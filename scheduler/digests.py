"""The digest of each day to its channels, once: made when it is due, sent again later where a channel is in trouble."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.channels import Channel
from alerts.charts import png
from alerts.digest import Digest, digest
from core.config import DailyDigest
from core.errors import DeliveryError, InputError
from storage.store import Store

_MONTH = timedelta(days=30)
_AGAIN = timedelta(minutes=10)
# A digest that could not be sent for so long is yesterday's news.
_PATIENCE = timedelta(hours=12)

_log = logging.getLogger(__name__)


class Digests:
    """The digests of a configuration, in channels of their own."""

    def __init__(self, store: Store, plan: DailyDigest, channels: Sequence[Channel], names: Mapping[str, str]) -> None:
        self._store, self._plan, self._names = store, plan, names
        self._channels = [each for each in channels if each.name.replace("slack_webhook", "slack") in plan.to]

    def next_due(self, now: datetime) -> datetime:
        """When (UTC) the next digest is due: at its hour, by the clocks of its timezone."""
        zone = ZoneInfo(self._plan.timezone)
        today = now.astimezone(zone).date()
        hour = time.fromisoformat(self._plan.at)
        due = datetime.combine(today, hour, zone).astimezone(UTC)
        return due if due > now else datetime.combine(today + timedelta(days=1), hour, zone).astimezone(UTC)

    def first_due(self, now: datetime) -> datetime:
        """As `next_due`, or `now` where the hour went by while nobody was at work; not where nothing was watched."""
        last = self.next_due(now) - timedelta(days=1)
        missed = now - last < _PATIENCE and self._store.coverage(last - timedelta(days=1), last).visits > 0
        return now if missed else self.next_due(now)

    async def send(self, now: datetime, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> datetime:
        """Send the digest of the day before `now` to whoever did not get it yet; when to come again."""
        zone = ZoneInfo(self._plan.timezone)
        today = now.astimezone(zone).date()
        told = await asyncio.to_thread(self._made, today - timedelta(days=1), zone)
        late = False
        for channel in self._channels:
            if not await asyncio.to_thread(self._store.begin_digest, told.day, channel.name, now):
                continue
            try:
                await channel.tell(told)
            except DeliveryError as error:
                _log.warning("the digest of %s is tried again: %s", told.day, error)
                await asyncio.to_thread(self._store.forget_digest, told.day, channel.name)
                late = True
        begun = datetime.combine(today, time.fromisoformat(self._plan.at), zone).astimezone(UTC)
        return clock() + _AGAIN if late and now - begun < _PATIENCE else self.next_due(clock())

    async def close(self) -> None:
        """Let go of the channels."""
        for channel in self._channels:
            await channel.close()

    def _made(self, day: object, zone: ZoneInfo) -> Digest:
        first = datetime.combine(datetime.fromisoformat(f"{day}").date(), time.min, zone)
        since, until = first.astimezone(UTC), (first + timedelta(days=1)).astimezone(UTC)
        events = self._store.changed_events(since, until)
        month = self._store.events((until - _MONTH).date(), until.date())
        try:
            chart = png(month, self._names, "day", "Handed over in the last thirty days") if month else None
        except InputError as error:
            _log.info("the digest has no chart: %s", error)
            chart = None
        return digest(str(day), events, self._store.coverage(since, until), self._names, chart)
