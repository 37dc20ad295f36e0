"""Store, dispatch and slack-sdk together: however often sending is cut short, each alert is there once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
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
from tests.alerts.stories import a_claim, a_line, a_member, an_alert, an_event
from tests.alerts.test_blocks import leaves

pytestmark = pytest.mark.slack
EVENTS, ALERTS_EACH = 5, 4


class Killed(BaseException):
    """The process ends here: nothing after it is run, nothing is recorded."""


class Doomed:
    """A channel during whose sending the process is often killed, before or after Slack took the message."""

    def __init__(self, channel: SlackChannel, chance: random.Random) -> None:
        self.name, self.pause = channel.name, channel.pause
        self._channel, self._chance = channel, chance

    async def send(self, alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        if self._chance.random() < 0.2:
            raise Killed
        sent = await self._channel.send(alert, thread, later)
        if self._chance.random() < 0.3:
            raise Killed
        return sent

    async def send_together(self, alerts: Sequence[Alert]) -> Sent:
        if self._chance.random() < 0.2:
            raise Killed
        sent = await self._channel.send_together(alerts)
        if self._chance.random() < 0.5:
            raise Killed
        return sent

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        return await self._channel.find(alert, thread)

    async def show(self, alert: Alert, thread: str) -> None:
        await self._channel.show(alert, thread)

    async def close(self) -> None:
        await self._channel.close()


def filled(store: Store, now: datetime, turns: Iterable[int] = range(ALERTS_EACH)) -> list[str]:
    """Put alerts of several events into the outbox, mixed; their ids."""
    ids = []
    with store.write() as unit:
        for number in range(EVENTS):
            unit.put_event(an_event(id=f"event-{number}", ledger=(), members=()))
        for turn in turns:
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
    told = [[each["metadata"]["event_payload"] for each in thread] for thread in threads]
    return [[name for each in thread for name in (each["alert_id"], *each.get("later", ()))] for thread in told]


@pytest.mark.parametrize(("seed", "pause"), [(0, 0), (1, 0), (2, 150), (3, 150)])
async def test_each_alert_is_there_once_and_in_order_however_often_sending_is_cut_short(
    seed: int, pause: int, open_store: Callable[[], Store], slack: SlackChannel, emulator: str, emulated_channel: str
) -> None:
    now, chance, killed = datetime.now(UTC), random.Random(seed), 0  # noqa: S311
    store = open_store()
    store.upgrade()
    slack.pause = timedelta(seconds=pause)
    ids = filled(store, now, [0] if pause else range(ALERTS_EACH))
    for turn in range(1, 200):
        if pause and turn < ALERTS_EACH:
            ids += filled(store, now, [turn])
        if store.next_delivery_due(now) is None:
            break
        try:
            await Dispatch(open_store(), [Doomed(slack, chance)]).deliver_due(now)
        except Killed:
            killed += 1
        now += timedelta(minutes=2)
    threads = await in_slack(emulator, emulated_channel)
    assert killed > (0 if pause else 3)
    assert Counter(each for thread in threads for each in thread) == Counter(ids)
    assert sorted(threads) == [[f"event-{event}:{turn}" for turn in range(ALERTS_EACH)] for event in range(EVENTS)]


async def test_one_message_in_ten_seconds_tells_all_that_came_meanwhile(
    store: Store, slack: SlackChannel, emulator: str, emulated_channel: str
) -> None:
    now = datetime.now(UTC)
    slack.pause = timedelta(seconds=10)
    sender = Dispatch(store, [slack])
    with store.write() as unit:
        unit.put_event(an_event(ledger=(), members=()))
        unit.put_alert(an_alert(created=now), ["slack"])
    assert (await sender.deliver_due(now)).accepted == 1
    for number in (2, 3):
        news = an_alert(id=f"event-1:{number}", reason="confirmed", detail=f"by side {number}", created=now)
        with store.write() as unit:
            unit.put_alert(news, ["slack"])
    assert (await sender.deliver_due(now + timedelta(seconds=8))).accepted == 0
    told = store.next_delivery_due(now, ["slack"], slack.pause)
    assert told
    assert now + timedelta(seconds=9) < told < now + timedelta(seconds=14)
    assert (await sender.deliver_due(told)).accepted == 2
    assert await in_slack(emulator, emulated_channel) == [["event-1:1", "event-1:2", "event-1:3"]]


@pytest.mark.parametrize("seed", range(4))
async def test_what_quiet_hours_held_back_is_one_message_however_often_it_is_cut_short(
    seed: int, open_store: Callable[[], Store], slack: SlackChannel, emulator: str, emulated_channel: str
) -> None:
    now, chance = datetime.now(UTC), random.Random(seed)  # noqa: S311
    morning, store = now + timedelta(hours=8), open_store()
    with store.write() as unit:
        for number in range(3):
            event = an_event(id=f"event-{number}", ledger=(), members=())
            unit.put_event(event)
            for turn in range(2):
                unit.put_alert(an_alert(event, id=f"{event.id}:{turn}", created=now), {"slack": morning})
    for _ in range(50):
        if store.next_delivery_due(morning) is None:
            break
        with suppress(Killed):
            await Dispatch(open_store(), [Doomed(slack, chance)]).deliver_due(morning)
        morning += timedelta(minutes=2)
    with store.write() as unit:
        unit.put_alert(an_alert(an_event(id="event-1"), id="event-1:2", created=morning), ["slack"])
    await Dispatch(store, [slack]).deliver_due(morning)
    digest = [f"event-{number}:{turn}" for number in range(3) for turn in range(2)]
    assert sorted(await in_slack(emulator, emulated_channel), key=len) == [["event-1:2"], digest]


async def test_the_first_message_follows_its_event_without_a_reply(
    store: Store, slack: SlackChannel, emulator: str, emulated_channel: str
) -> None:
    now, event = datetime.now(UTC), an_event(ledger=(), members=())
    with store.write() as unit:
        unit.put_event(event)
        unit.put_alert(an_alert(event, created=now), ["slack"])
    sender = Dispatch(store, [slack])
    await sender.deliver_due(now)
    with store.write() as unit:
        unit.put_event(replace(event, mediators=("Türkiye",), updated=now))
    await sender.deliver_due(now + timedelta(seconds=30))
    client = AsyncWebClient(token=TOKEN, base_url=emulator)
    (root,) = (await client.api_call("conversations.history", data={"channel": emulated_channel}))["messages"]
    assert "mediated by Türkiye" in str(root["blocks"])
    assert root["text"].startswith("First report: ")
    assert root["metadata"]["event_payload"]["alert_id"] == "event-1:1", "it can still be found"
    assert await in_slack(emulator, emulated_channel) == [["event-1:1"]]


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


async def test_what_a_wrong_channel_refused_is_kept_in_order_and_sent_once_it_is_mended(
    store: Store, slack: SlackChannel, emulator: str, emulated_channel: str
) -> None:
    now = datetime.now(UTC)
    with store.write() as unit:
        unit.put_event(an_event(ledger=(), members=()))
        for number in (1, 2):
            unit.put_alert(replace(an_alert(created=now), id=f"event-1:{number}"), ["slack"])
    slack.channel = "C0000NOWHERE"
    sender = Dispatch(store, [slack])
    assert (await sender.deliver_due(now)).refused == 1, "the second waits behind the first"
    assert (await sender.deliver_due(now + timedelta(days=1))).refused == 0, "and is not tried for ever"
    assert "channel_not_found" in store.deliveries("event-1:1")[0].detail
    slack.channel = emulated_channel
    assert store.retry_refused(now) == 1
    assert (await sender.deliver_due(now)).accepted == 2
    assert await in_slack(emulator, emulated_channel) == [["event-1:1", "event-1:2"]]


async def test_an_event_of_200_reports_and_claims_is_taken_as_a_message_and_as_a_reply(
    slack: SlackChannel, emulator: str, emulated_channel: str
) -> None:
    claims = tuple(a_claim(each, f"Speaker {each}", f"{each} of the fallen came home. " * 99) for each in range(200))
    members = tuple(a_member(each, f"Outlet {each}", "A long title " * 30) for each in range(200))
    event = an_event(ledger=(a_line("RU", "UA", *claims), a_line("UA", "RU", *claims)), members=members)
    root = await slack.send(an_alert(event), None)
    await slack.send(an_alert(event, id="event-1:2", reason="figure disputed", detail="more " * 999), root.thread_id)
    client = AsyncWebClient(token=TOKEN, base_url=emulator)
    told = await client.api_call("conversations.replies", data={"channel": emulated_channel, "ts": root.thread_id})
    assert len(told["messages"]) == 2
    for message in told["messages"]:
        assert len(message["blocks"]) <= 50
        assert all(len(each["text"]) <= 3_000 for each in leaves(message["blocks"]))
        assert "and 195 more" in str(message["blocks"])
        assert len(message["text"]) <= 4_000
