"""Clicks over Socket Mode, with the real slack-sdk: stored, done, shown and answered, whatever breaks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from alerts.channels import build
from alerts.channels.slack_buttons import dialog
from alerts.channels.slack_desk import SlackDesk, Tokens
from core.errors import StorageError
from core.feedback import Feedback
from core.model import Event
from scheduler.run import Deliveries
from storage.store import Store
from tests.alerts.conftest import TOKEN
from tests.alerts.socket_slack import SocketSlack
from tests.alerts.stories import NAMES, an_alert, an_event
from tests.alerts.test_slack_buttons import CHANNEL, click, sent_off

APP_TOKEN = "xapp-1-A0-SECRETSECRETSECRET"


class Notes:
    """A desk that writes down what it is told."""

    def __init__(self) -> None:
        self.said: list[Feedback] = []
        self.trouble: Exception | None = None

    def event(self, event_id: str) -> Event | None:
        return an_event() if event_id == "event-1" else None

    def say(self, given: Feedback) -> None:
        if self.trouble:
            raise self.trouble
        self.said.append(given)


@pytest.fixture
async def server() -> AsyncIterator[SocketSlack]:
    made = SocketSlack()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def notes(server: SocketSlack) -> AsyncIterator[Notes]:
    """A desk with a listener beside it."""
    notes = Notes()
    desk = SlackDesk("slack", CHANNEL, NAMES, notes, Tokens(TOKEN, APP_TOKEN, server.url))
    listening = asyncio.create_task(desk.listen())
    yield notes
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_a_click_is_done_before_it_is_answered(server: SocketSlack, notes: Notes) -> None:
    assert await server.tell(1, click("exchangewatch_mute")) is None
    assert [(each.verdict, each.by) for each in notes.said] == [("mute", "olena (U1)")]
    assert await server.tell(2, click("somebody_elses")) is None
    assert len(notes.said) == 1
    assert server.calls[0] == ("apps.connections.open", f"Bearer {APP_TOKEN}")


@pytest.mark.parametrize(("trouble", "told"), [(StorageError("disk full"), "disk full"), (KeyError("x"), "KeyError")])
async def test_what_cannot_be_stored_is_not_answered_so_that_slack_tells_it_again(
    trouble: Exception, told: str, server: SocketSlack, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    notes.trouble = trouble
    telling = asyncio.create_task(server.tell(1, click("exchangewatch_mute")))
    await asyncio.sleep(0.3)
    assert not telling.done()
    assert f"Slack will tell it again: {told}" in caplog.text
    notes.trouble = None
    await server.tell(1, click("exchangewatch_mute"))
    await telling
    assert len(notes.said) == 1


async def test_a_wrong_figure_is_corrected_in_a_dialog(server: SocketSlack, notes: Notes) -> None:
    await server.tell(1, click("exchangewatch_correct"))
    (opened,) = [body for method, body in server.calls if method == "views.open"]
    assert "exchangewatch_correct" in opened
    assert notes.said == []
    answer = await server.tell(2, sent_off("many"))
    assert answer["errors"]["figure"] == "a whole number from 0 to 10,000,000 is wanted"
    assert await server.tell(3, sent_off("910")) is None
    assert [each.figure for each in notes.said] == [910]


async def test_after_a_break_clicks_are_heard_again(server: SocketSlack, notes: Notes) -> None:
    await server.tell(1, click("exchangewatch_mute"))
    await server.hang_up()
    await server.tell(2, click("exchangewatch_unmute"))
    assert [each.verdict for each in notes.said] == ["mute", "unmute"]
    assert server.connections == 2


async def test_a_refused_app_token_is_told_once_and_without_secrets(
    server: SocketSlack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.refusals.append("invalid_auth")
    desk = SlackDesk("slack", CHANNEL, NAMES, Notes(), Tokens(TOKEN, APP_TOKEN, server.url))
    await asyncio.wait_for(desk.listen(), 5)
    assert "SLACK_APP_TOKEN wants an app-level token" in caplog.text
    assert "alerts go on, the buttons below them are not heard" in caplog.text
    assert "SECRET" not in caplog.text


async def until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come true within ten seconds")


@pytest.mark.slack
async def test_from_the_click_to_the_thread_and_back(
    store: Store, emulator: str, emulated_channel: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The whole way: outbox, slack-sdk, emulator, socket, store, and the thread's first message edited."""
    server = SocketSlack(emulator)
    await server.start()
    settings = {"token": TOKEN, "channel": emulated_channel, "app_token": APP_TOKEN, "base_url": server.url}
    slack = build("slack", {**settings, "pause": timedelta()}, names=NAMES)
    deliveries = Deliveries(store, [slack])
    client = AsyncWebClient(token=TOKEN, base_url=emulator)

    async def root() -> dict[str, Any]:
        found = await client.api_call("conversations.history", data={"channel": emulated_channel})
        message: dict[str, Any] = found["messages"][0]
        return message

    def at_the_channel(payload: dict[str, Any]) -> dict[str, Any]:
        return {**payload, "channel": {"id": emulated_channel}}

    now = datetime.now(UTC)
    with store.write() as unit:
        unit.put_event(an_event(members=(), ledger=()))
        unit.put_alert(an_alert(an_event(members=()), created=now), ["slack"])
    deliveries.start()
    try:
        await until(lambda: store.counts().deliveries_pending == 0)
        labels = [each["text"]["text"] for each in (await root())["blocks"][-1]["elements"]]
        assert labels == ["Confirm", "Not an exchange", "Wrong figure", "Mute thread"]
        await server.tell(1, at_the_channel(click("exchangewatch_mute")))
        event = store.event("event-1")
        assert event is not None
        assert [(each.verdict, each.by) for each in event.feedback] == [("mute", "olena (U1)")]
        await until(lambda: store.next_thread_due(now, ["slack"]) is None)
        shown = await root()
        assert "✎ Muted by olena (U1)" in str(shown["blocks"])
        assert shown["blocks"][-1]["elements"][-1]["text"]["text"] == "Unmute thread"
    finally:
        await deliveries.stop()
        await server.stop()


@pytest.mark.slack
async def test_the_emulator_takes_the_dialog(emulator: str) -> None:
    client = AsyncWebClient(token=TOKEN, base_url=emulator)
    users = (await client.api_call("users.list", data={}))["members"]
    person = next(each["id"] for each in users if not each["is_bot"])
    trigger = await client.api_call("views.generateTriggerId", json={"user_id": person})
    opened = await client.views_open(trigger_id=trigger["trigger_id"], view=dialog(an_event(), NAMES))
    assert opened["view"]["callback_id"] == "exchangewatch_correct"
