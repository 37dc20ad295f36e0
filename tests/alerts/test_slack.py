"""The real slack-sdk against the emulator: threads, edits, and finding again what was posted and never recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from alerts.channels import slack as slack_module
from alerts.channels.slack import SlackChannel
from core.errors import Refused
from core.model import Alert
from tests.alerts.conftest import TOKEN
from tests.alerts.stories import a_disputed_event, an_alert, an_event

pytestmark = pytest.mark.slack


def fresh(alert: Alert) -> Alert:
    """An alert of now, for the emulator's messages are."""
    return replace(alert, created=datetime.now(UTC))


async def asked(emulator: str, method: str, **arguments: Any) -> list[dict[str, Any]]:
    client = AsyncWebClient(token=TOKEN, base_url=emulator)
    found: list[dict[str, Any]] = (await client.api_call(method, data=arguments))["messages"]
    return found


async def test_one_event_is_one_thread_whose_first_message_grows(
    slack: SlackChannel, emulator: str, emulated_channel: str
) -> None:
    first = await slack.send(an_alert(), None)
    later = an_alert(replace(a_disputed_event(), id="event-1"), id="event-1:2", reason="figure disputed")
    reply = await slack.send(later, first.thread_id)
    assert (first.message_id, reply.thread_id) == (first.thread_id, first.thread_id)
    assert reply.message_id != first.message_id

    (root,) = await asked(emulator, "conversations.history", channel=emulated_channel)
    assert root["blocks"][0]["text"]["text"].endswith("1,200 – 1,212 for 27")
    assert root["metadata"]["event_payload"]["alert_id"] == "event-1:1"
    told = await asked(emulator, "conversations.replies", channel=emulated_channel, ts=first.thread_id)
    assert [each["metadata"]["event_payload"]["alert_id"] for each in told] == ["event-1:1", "event-1:2"]
    assert told[1]["text"].startswith("Figure disputed: Russia and Ukraine")


async def test_what_was_posted_is_found_again(slack: SlackChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_module, "_PAGE", 2)
    alerts = [fresh(an_alert(an_event(id=f"event-{each}"))) for each in range(5)]
    sent = [await slack.send(each, None) for each in alerts]
    assert [await slack.find(each, None) for each in alerts] == sent
    later = fresh(an_alert(an_event(id="event-0"), id="event-0:2"))
    assert await slack.find(later, sent[0].thread_id) is None
    reply = await slack.send(later, sent[0].thread_id)
    assert await slack.find(later, sent[0].thread_id) == reply


async def test_a_thread_deleted_by_hand_begins_anew(slack: SlackChannel, emulator: str, emulated_channel: str) -> None:
    first = await slack.send(an_alert(), None)
    client = AsyncWebClient(token=TOKEN, base_url=emulator)
    await client.api_call("chat.delete", data={"channel": emulated_channel, "ts": first.message_id})
    later = fresh(an_alert(id="event-1:2"))
    again = await slack.send(later, first.thread_id)
    assert again.thread_id == again.message_id
    assert await slack.find(later, first.thread_id) == again


async def test_a_channel_that_is_not_there_is_refused_with_what_to_do(emulator: str) -> None:
    channel = SlackChannel("slack", {}, token=TOKEN, channel="C0000NOWHERE", base_url=emulator)
    with pytest.raises(Refused, match="check the channel's id"):
        await channel.send(an_alert(), None)
    await channel.close()
