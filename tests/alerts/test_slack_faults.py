"""What the Slack channel makes of every fault: try again, and when, or what an operator has to do; never the token."""

from __future__ import annotations

import logging
import re
import textwrap
import traceback
from pathlib import Path

import pytest
import yaml

from alerts.channels import build
from alerts.channels.slack import SlackChannel
from alerts.channels.slack_errors import CURES, WEBHOOK_CURES
from core.errors import DeliveryError, Refused, RetryLater
from tests.alerts import faulty_slack as slack_says
from tests.alerts.conftest import TOKEN
from tests.alerts.faulty_slack import Answer, FaultySlack
from tests.alerts.stories import NAMES, an_alert

DOCS = Path(__file__).parents[2] / "docs" / "slack.md"

TRY_AGAIN: dict[str, tuple[Answer, float | None, bool]] = {
    "429": (slack_says.status(429, '{"ok":false,"error":"ratelimited"}', {"Retry-After": "7"}), 7.0, False),
    "429 without a time": (slack_says.status(429), None, False),
    "429 with nonsense": (slack_says.status(429, headers={"Retry-After": "soon"}), None, False),
    "429 for a year": (slack_says.status(429, headers={"Retry-After": "31536000"}), 3600.0, False),
    "ratelimited": (slack_says.refusing("ratelimited"), None, False),
    "service_unavailable": (slack_says.refusing("service_unavailable"), None, False),
    "internal_error": (slack_says.refusing("internal_error"), None, True),
    "500": (slack_says.status(500, "oops"), None, True),
    "503 with a time": (slack_says.status(503, "", {"Retry-After": "60"}), 60.0, True),
    "502 page": (slack_says.echoing_the_token_as_text, None, True),
    "403 of a proxy": (slack_says.status(403, '{"message":"rate limit"}'), None, True),
    "token echoed": (slack_says.echoing_the_token, None, True),
    "silence": (slack_says.silent, None, True),
    "hang-up": (slack_says.hanging_up, None, True),
    "HTML": (slack_says.said("<html>sign in to the hotel's network</html>", "text/html"), None, True),
    "plain text": (slack_says.said("ok", "text/plain"), None, True),
    "half JSON": (slack_says.said('{"ok": tr', "application/json"), None, True),
    "a JSON list": (slack_says.said("[1, 2]", "application/json"), None, True),
    "no id": (slack_says.said('{"ok": true}', "application/json"), None, True),
}


async def failed(channel: SlackChannel, thread: str | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await channel.send(an_alert(), thread)
    return caught.value


@pytest.mark.parametrize("name", TRY_AGAIN)
async def test_what_passes_is_tried_again(name: str, faulty: FaultySlack, slack_in_trouble: SlackChannel) -> None:
    answer, wait, in_doubt = TRY_AGAIN[name]
    faulty.fail("chat.postMessage", answer)
    error = await failed(slack_in_trouble)
    assert isinstance(error, RetryLater)
    assert (error.retry_after, error.in_doubt) == (wait, in_doubt)
    assert faulty.methods() == ["chat.postMessage"], "the outbox tries again, slack-sdk must not"


@pytest.mark.parametrize("code", [*CURES, "a_word_of_next_year"])
async def test_what_does_not_pass_is_refused_with_what_to_do(
    code: str, faulty: FaultySlack, slack_in_trouble: SlackChannel
) -> None:
    faulty.fail("chat.postMessage", slack_says.refusing(code))
    error = await failed(slack_in_trouble)
    assert isinstance(error, Refused)
    assert f"({code})" in str(error)
    assert CURES.get(code, "docs.slack.dev") in str(error)
    of_the_message = {"no_text", "msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format"}
    of_the_message |= {"metadata_too_large", "invalid_metadata_format", "a_word_of_next_year"}
    assert error.whole == (code not in of_the_message)


async def test_a_slack_that_cannot_be_reached_took_nothing() -> None:
    settings = {"token": TOKEN, "channel": "C0000NOWHERE", "base_url": "http://127.0.0.1:9/api/"}
    channel = build("slack", settings, names=NAMES)
    with pytest.raises(RetryLater) as caught:
        await channel.send(an_alert(), None)
    assert not caught.value.in_doubt
    await channel.close()
    await channel.close()


@pytest.mark.parametrize("name", [*TRY_AGAIN, "invalid_auth"])
async def test_no_fault_brings_the_token_to_light(
    name: str, faulty: FaultySlack, slack_in_trouble: SlackChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    faulty.fail("chat.postMessage", TRY_AGAIN[name][0] if name in TRY_AGAIN else slack_says.refusing(name))
    error = await failed(slack_in_trouble)
    told = [caplog.text, repr(error), repr(slack_in_trouble), *traceback.format_exception(error)]
    assert not any("SECRET" in each for each in told)
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__


async def test_the_thread_is_edited_before_it_is_replied_to(
    faulty: FaultySlack, slack_in_trouble: SlackChannel
) -> None:
    faulty.fail("chat.update", slack_says.status(429, headers={"Retry-After": "1"}))
    await failed(slack_in_trouble, "1749.1")
    assert faulty.methods() == ["chat.update"], "a reply that may be sent twice comes after all that can fail"
    sent = await slack_in_trouble.send(an_alert(), "1749.1")
    assert sent.thread_id == "1749.1"
    assert faulty.calls[-1][1]["thread_ts"] == "1749.1"


@pytest.mark.parametrize(("code", "thread"), [("message_not_found", None), ("edit_window_closed", "1749.1")])
async def test_a_first_message_that_cannot_be_edited_stops_nothing(
    code: str, thread: str | None, faulty: FaultySlack, slack_in_trouble: SlackChannel
) -> None:
    faulty.fail("chat.update", slack_says.refusing(code))
    sent = await slack_in_trouble.send(an_alert(), "1749.1")
    assert faulty.calls[-1][1].get("thread_ts") == thread
    assert sent.thread_id == (thread or sent.message_id)


async def test_slack_is_asked_to_read_nothing_into_the_text(
    faulty: FaultySlack, slack_in_trouble: SlackChannel
) -> None:
    await slack_in_trouble.send(an_alert(), None)
    ((_, post),) = faulty.calls
    literal = {"parse": "none", "link_names": False, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}
    assert post.items() >= literal.items()
    payload = {"alert_id": "event-1:1", "event_id": "event-1"}
    assert post["metadata"] == {"event_type": "exchangewatch_alert", "event_payload": payload}


async def test_looking_fails_as_sending_does(faulty: FaultySlack, slack_in_trouble: SlackChannel) -> None:
    faulty.fail("conversations.history", slack_says.refusing("missing_scope"))
    with pytest.raises(Refused, match="scopes"):
        await slack_in_trouble.find(an_alert(), None)
    faulty.fail("conversations.replies", slack_says.refusing("thread_not_found"))
    assert await slack_in_trouble.find(an_alert(), "1749.1") is None
    assert faulty.methods()[-2:] == ["conversations.replies", "conversations.history"]


def test_every_cure_is_explained_in_the_documentation() -> None:
    explained = set(re.findall(r"^\| `([a-z_]+)`", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert explained == set(CURES) | set(WEBHOOK_CURES)


def test_the_manifest_asks_for_the_scopes_that_are_explained() -> None:
    text = DOCS.read_text(encoding="utf-8")
    (manifest,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    scopes = yaml.safe_load(textwrap.dedent(manifest))["oauth_config"]["scopes"]["bot"]
    assert scopes == re.findall(r"^\| `([a-z]+:[a-z]+)`", text, re.MULTILINE)
