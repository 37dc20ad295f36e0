"""Store, dispatch and slack-sdk together: however often sending is cut short, each alert is there once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from alerts.channels import Sent
from alerts.channels.slack import SlackChannel
from alerts.dispatch import Dispatch
from core.model import Alert
from storage.store import Store
from tests.alerts.conftest import TOKEN
from tests.alerts.stories import an_alert, an_event

pytestmark = pytest.mark.slack
EVENTS, ALERTS_EACH = 5, 4


class Killed(BaseException):
    """The process ends here: nothing after it is run, nothing is recorded."""


class Doomed:
    """A channel during whose sending the process is often killed, before or after Slack took the message."""

    def __init__(self, channel: SlackChannel, chance: random.Random) -> None:
        self.name = channel.name
        self._channel, self._chance = channel, chance

    async def send(self, alert: Alert, thread: str | None) -> Sent:
        if self._chance.random() < 0.2:
            raise Killed
        sent = await self._channel.send(alert, thread)
        if self._chance.random() < 0.3:
            raise Killed
        return sent

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        return await self._channel.find(alert, thread)

    async def close(self) -> None:
        await self._channel.close()


def filled(store: Store, now: datetime) -> list[str]:
    """Put alerts of several events into the outbox, mixed; their ids."""
    ids = []
    with store.write() as unit:
        for number in range(EVENTS):
            unit.put_event(an_event(id=f"event-{number}", ledger=(), members=()))
        for turn in range(ALERTS_EACH):
            for number in range(EVENTS):
                event = an_event(id=f"event-{number}")
                alert = an_alert(event, id=f"{event.id}:{turn}", created=now)
                assert unit.put_alert(alert, ["slack"])
                ids.append(alert.id)
    return ids


async def in_slack(emulator: str, channel: str) -> list[list[str]]:
    """The alerts of every thread in the channel, in the order in which they stand."""
    client = AsyncWebClient(token=TOKEN, base_url=emulator)

    async def asked(method: str, **more: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await client.api_call(method, data={"channel": channel, **more}))["messages"]
        return found

    roots = await asked("conversations.history")
    threads = [await asked("conversations.replies", ts=root["ts"]) for root in roots]
    return [[each["metadata"]["event_payload"]["alert_id"] for each in thread] for thread in threads]


@pytest.mark.parametrize("seed", range(3))
async def test_each_alert_is_there_once_and_in_order_however_often_sending_is_cut_short(
    seed: int, open_store: Callable[[], Store], slack: SlackChannel, emulator: str, emulated_channel: str
) -> None:
    now, chance, killed = datetime.now(UTC), random.Random(seed), 0  # noqa: S311
    store = open_store()
    store.upgrade()
    ids = filled(store, now)
    for _ in range(200):
        if store.next_delivery_due(now) is None:
            break
        try:
            await Dispatch(open_store(), [Doomed(slack, chance)]).deliver_due(now)
        except Killed:
            killed += 1
        now += timedelta(minutes=2)
    threads = await in_slack(emulator, emulated_channel)
    assert killed > 3
    assert Counter(each for thread in threads for each in thread) == Counter(ids)
    assert sorted(threads) == [[f"event-{event}:{turn}" for turn in range(ALERTS_EACH)] for event in range(EVENTS)]


async def test_a_thread_deleted_by_hand_is_begun_anew_once(
    store: Store, slack: SlackChannel, emulator: str, emulated_channel: str
) -> None:
    now = datetime.now(UTC)
    with store.write() as unit:
        unit.put_event(an_event(ledger=(), members=()))
        unit.put_alert(an_alert(created=now), ["slack"])
    sender = Dispatch(store, [slack])
    await sender.deliver_due(now)
    (first,) = store.deliveries("event-1:1")
    client = AsyncWebClient(token=TOKEN, base_url=emulator)
    await client.api_call("chat.delete", data={"channel": emulated_channel, "ts": first.thread_id})
    with store.write() as unit:
        for number in (2, 3):
            unit.put_alert(replace(an_alert(created=now), id=f"event-1:{number}"), ["slack"])
    await sender.deliver_due(now)
    assert await in_slack(emulator, emulated_channel) == [["event-1:2", "event-1:3"]]
