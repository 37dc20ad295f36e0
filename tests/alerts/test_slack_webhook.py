"""The poorer way into Slack: what a webhook takes, and what is made of each of its answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from alerts.channels import Sent, build
from alerts.channels.slack_errors import WEBHOOK_CURES
from alerts.channels.slack_webhook import SlackWebhookChannel
from core.errors import Refused, RetryLater
from tests.alerts import faulty_slack as slack_says
from tests.alerts.conftest import TOKEN
from tests.alerts.faulty_slack import HOOK, Answer, FaultySlack
from tests.alerts.stories import NAMES, an_alert, an_event


@pytest.fixture
async def hook(faulty: FaultySlack) -> AsyncIterator[SlackWebhookChannel]:
    channel = SlackWebhookChannel("slack_webhook", NAMES, url=faulty.hook, timeout=0.3)
    yield channel
    await channel.close()


TRY_AGAIN: dict[str, tuple[Answer, float | None, bool]] = {
    "429": (slack_says.status(429, "rate_limited", {"Retry-After": "7"}), 7.0, False),
    "500": (slack_says.status(500, "rollup_error"), None, True),
    "503 with a time": (slack_says.status(503, "", {"Retry-After": "60"}), 60.0, True),
    "403 of a proxy": (slack_says.status(403, "<html>sign in</html>"), None, True),
    "a portal": (slack_says.said("<html>sign in</html>", "text/html"), None, True),
    "silence": (slack_says.silent, None, True),
    "hang-up": (slack_says.hanging_up, None, True),
}


@pytest.mark.parametrize("name", TRY_AGAIN)
async def test_what_passes_is_tried_again(name: str, faulty: FaultySlack, hook: SlackWebhookChannel) -> None:
    answer, wait, in_doubt = TRY_AGAIN[name]
    faulty.fail(HOOK, answer)
    with pytest.raises(RetryLater) as caught:
        await hook.send(an_alert(), None)
    assert (caught.value.retry_after, caught.value.in_doubt) == (wait, in_doubt)
    assert "SECRET" not in str(caught.value)
    assert len(faulty.calls) == 1, "the outbox tries again, slack-sdk must not"


@pytest.mark.parametrize("code", [*WEBHOOK_CURES, "a_word_of_next_year"])
async def test_what_does_not_pass_is_refused_with_what_to_do(
    code: str, faulty: FaultySlack, hook: SlackWebhookChannel
) -> None:
    faulty.fail(HOOK, slack_says.status(404, code))
    with pytest.raises(Refused, match=rf"\({code}\)") as caught:
        await hook.send(an_alert(), None)
    of_the_message = {"no_text", "invalid_payload", "invalid_blocks", "too_many_attachments", "a_word_of_next_year"}
    assert caught.value.whole == (code not in of_the_message)


async def test_each_piece_of_news_is_a_message_of_its_own_that_shows_the_event(
    faulty: FaultySlack, hook: SlackWebhookChannel
) -> None:
    assert await hook.send(an_alert(), None) == Sent(None, None)
    await hook.send(an_alert(an_event(status="postponed"), reason="status changed"), None)
    headers: list[Any] = [post["blocks"][0]["text"]["text"] for _, post in faulty.calls]
    assert headers[0].startswith("Russia and Ukraine: bodies of the fallen exchanged")
    assert headers[1].startswith("Russia and Ukraine: exchange of bodies postponed")
    assert "thread_ts" not in faulty.calls[1][1]


@pytest.mark.slack
async def test_the_emulators_webhook_takes_an_alert(emulator: str) -> None:
    channel = build("slack_webhook", {"url": emulator.replace("/api/", "/services/T0/B0/X0")}, names=NAMES)
    await channel.send(an_alert(an_event(id="by-webhook")), None)
    await channel.close()
    client = AsyncWebClient(token=TOKEN, base_url=emulator)
    channels = (await client.api_call("conversations.list", data={}))["channels"]
    (general,) = (each["id"] for each in channels if each["name"] == "general")
    (message, *_) = (await client.api_call("conversations.history", data={"channel": general}))["messages"]
    assert message["text"].startswith("First report: Russia and Ukraine")
    assert message["blocks"][0]["type"] == "header"
