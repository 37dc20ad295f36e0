"""What a signed webhook, mail and the Atom feed do beyond what every channel owes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

import feedparser

from alerts.channels import build
from alerts.channels.webhook import signed
from tests.alerts.faulty_slack import FaultySlack
from tests.alerts.mailbox import Mailbox
from tests.alerts.stories import NAMES, an_alert, an_event

SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of a good secret").decode()


def test_a_signature_is_that_of_standard_webhooks() -> None:
    at = datetime(2025, 6, 13, 12, tzinfo=UTC)
    headers = signed("event-1/first-report", at, b"{}", b"key")
    said = b"event-1/first-report.1749816000.{}"
    digest = base64.b64encode(hmac.new(b"key", said, hashlib.sha256).digest()).decode()
    assert headers == {
        "webhook-id": "event-1/first-report",
        "webhook-timestamp": "1749816000",
        "webhook-signature": f"v1,{digest}",
    }


async def test_a_webhook_brings_the_news_and_the_whole_event(faulty: FaultySlack) -> None:
    channel = build("webhook", {"url": faulty.hook, "secret": SECRET}, names=NAMES)
    await channel.send(an_alert(detail="completed"), None)
    await channel.close()
    ((_, message),) = faulty.calls
    assert list(message) == ["type", "timestamp", "data"]
    assert message["type"] == "exchange.alert"
    assert message["data"]["alerts"] == [{"id": an_alert().id, "reason": "first report", "detail": "completed"}]
    assert message["data"]["event"]["transfers"][0]["best"] == 909


async def test_mails_of_one_event_are_one_thread(mailbox: Mailbox) -> None:
    settings = {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "sender": "a@b.example"}
    channel = build("email", {**settings, "to": ["c@d.example", "e@f.example"]}, names=NAMES)
    first = await channel.send(an_alert(), None)
    again = await channel.send(an_alert(), None)
    reply = await channel.send(an_alert(id="event-1:2", reason="confirmed"), first.thread_id)
    assert (first.message_id, first.thread_id) == (again.message_id, again.thread_id)
    assert reply.thread_id == first.thread_id
    opening, _, answer = mailbox.mails
    assert opening["To"] == "c@d.example, e@f.example"
    assert answer["In-Reply-To"] == opening["Message-ID"]
    assert answer["Subject"] == f"Re: {opening['Subject']}"
    assert "“" in opening.get_content()


async def test_a_feed_has_one_entry_an_event_the_newest_first(tmp_path: Path) -> None:
    path = tmp_path / "events.atom"
    channel = build("atom", {"path": path}, names=NAMES)
    first = await channel.send(an_alert(), None)
    await channel.send(an_alert(event_id="event-2", id="event-2:1"), None)
    assert first.thread_id
    await channel.show(an_alert(an_event(status="postponed")), first.thread_id)
    feed = feedparser.parse(path.read_bytes())
    assert not feed.bozo
    assert [entry.id for entry in feed.entries] == [
        "urn:exchangewatch:event:event-1",
        "urn:exchangewatch:event:event-2",
    ]
    assert [tag.term for tag in feed.entries[0].tags] == ["remains", "postponed"]
    assert "909 bodies" in feed.entries[0].content[0].value


async def test_a_feed_that_was_spoiled_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "events.atom"
    path.write_text("<feed><entry>")
    await build("atom", {"path": path}, names=NAMES).send(an_alert(), None)
    assert len(Xml.parse(path).getroot()) == 5
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []
