"""What every channel owes: the same retry semantics, no secret in a log or an error, nothing that obeys web text."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from alerts.channels import REGISTRY, Channel, build
from alerts.channels.console import ConsoleChannel
from alerts.digest import Digest
from core.errors import ConfigError, DeliveryError, Refused, RetryLater
from tests.alerts import faulty_slack as slack_says
from tests.alerts.conftest import TOKEN
from tests.alerts.faulty_slack import FaultySlack
from tests.alerts.mailbox import HEADERS, Mailbox
from tests.alerts.stories import NAMES, a_claim, a_line, a_member, an_alert, an_event
from tests.alerts.test_blocks import leaves
from tests.alerts.wicked import PINGS

PASSING, LASTING = "passing", "lasting"
ATOM = "{http://www.w3.org/2005/Atom}"


class Stream(io.StringIO):
    """A console whose disk is full, or whose reader has gone, as it is told."""

    trouble: Exception | None = None

    def write(self, text: str) -> int:
        trouble, self.trouble = self.trouble, None
        if trouble is not None:
            raise trouble
        return super().write(text)


@dataclass
class Case:
    """A channel, how to make its next call fail, the letters that readers see, and those that the channel obeys."""

    channel: Channel
    fail: Callable[[str], None]
    shown: Callable[[], str]
    obeyed: Callable[[], str]
    mend: Callable[[], object] = lambda: None


def console_case() -> Case:
    stream = Stream()
    troubles = {PASSING: OSError(28, "No space left on device"), LASTING: BrokenPipeError(32, "Broken pipe")}

    def fail(how: str) -> None:
        stream.trouble = troubles[how]

    def commands() -> str:
        return "".join(each for each in stream.getvalue() if not each.isprintable() and each != "\n")

    return Case(ConsoleChannel("console", NAMES, stream, 80), fail, stream.getvalue, commands)


def slack_case(server: FaultySlack) -> Case:
    settings = {"token": TOKEN, "channel": "C0000FAULTY", "base_url": server.url, "timeout": 1.0}
    troubles = {PASSING: slack_says.echoing_the_token_as_text, LASTING: slack_says.refusing("invalid_auth")}

    def posts() -> list[dict[str, Any]]:
        return [each for method, each in server.calls if method == "chat.postMessage"]

    return Case(
        build("slack", settings, names=NAMES),
        lambda how: server.fail("chat.postMessage", troubles[how]),
        lambda: "\n".join(each["text"] for post in posts() for each in leaves(post["blocks"])),
        lambda: "\n".join(each["text"] for each in posts()),
    )


def webhook_case(server: FaultySlack) -> Case:
    troubles = {
        PASSING: slack_says.echoing_the_token_as_text,
        LASTING: slack_says.status(403, "invalid_token"),
    }
    return Case(
        build("slack_webhook", {"url": server.hook, "timeout": 1.0}, names=NAMES),
        lambda how: server.fail(slack_says.HOOK, troubles[how]),
        lambda: "\n".join(each["text"] for _, post in server.calls for each in leaves(post["blocks"])),
        lambda: "\n".join(post["text"] for _, post in server.calls),
    )


def own_webhook_case(server: FaultySlack) -> Case:
    troubles = {PASSING: slack_says.status(503, "SECRET"), LASTING: slack_says.status(401, "SECRET")}
    return Case(
        build("webhook", {"url": server.hook, "secret": TOKEN, "timeout": 1.0}, names=NAMES),
        lambda how: server.fail(slack_says.HOOK, troubles[how]),
        lambda: "\n".join(post["data"]["text"] for _, post in server.calls),
        lambda: "",
    )


def email_case(mailbox: Mailbox) -> Case:
    troubles = {PASSING: "451 Try again later, SECRET", LASTING: "550 No such mailbox, SECRET"}
    settings = {**SETTINGS["email"], "host": "127.0.0.1", "port": mailbox.port, "security": "none", "timeout": 2}
    return Case(
        build("email", settings, names=NAMES),
        lambda how: mailbox.troubles.append(troubles[how]),
        lambda: " ".join("\n".join(mailbox.texts()).split()),
        lambda: "".join(name for mail in mailbox.mails for name in mail if name not in HEADERS),
    )


def atom_case(folder: Path) -> Case:
    path = folder / "feed" / "events.atom"
    path.parent.mkdir()
    away = folder / "away"

    def fail(how: str) -> None:
        if how == LASTING:
            path.parent.rename(away)
        else:  # a folder stands where the feed should
            path.mkdir()

    def mend() -> None:
        if path.is_dir():
            path.rmdir()

    def shown() -> str:
        texts = [each.text or "" for each in Xml.parse(path).getroot().iter(f"{ATOM}content")]
        return " ".join(" ".join(texts).split())

    return Case(build("atom", {"path": path}, names=NAMES), fail, shown, lambda: "", mend)


@pytest.fixture(params=["atom", "console", "email", "slack", "slack_webhook", "webhook"])
async def case(
    request: pytest.FixtureRequest, faulty: FaultySlack, mailbox: Mailbox, tmp_path: Path
) -> AsyncIterator[Case]:
    made = {
        "atom": lambda: atom_case(tmp_path),
        "console": console_case,
        "email": lambda: email_case(mailbox),
        "slack": lambda: slack_case(faulty),
        "slack_webhook": lambda: webhook_case(faulty),
        "webhook": lambda: own_webhook_case(faulty),
    }[request.param]()
    yield made
    await made.channel.close()


async def failed(case: Case, how: str) -> DeliveryError:
    case.fail(how)
    with pytest.raises(DeliveryError) as caught:
        await case.channel.send(an_alert(), None)
    case.mend()
    return caught.value


async def test_what_passes_may_be_tried_again_and_then_succeeds(case: Case) -> None:
    assert isinstance(await failed(case, PASSING), RetryLater)
    await case.channel.send(an_alert(), None)
    assert "909 bodies" in case.shown()


async def test_what_lasts_is_refused_with_what_to_do(case: Case) -> None:
    error = await failed(case, LASTING)
    assert isinstance(error, Refused)
    assert "restart" in str(error)


@pytest.mark.parametrize("how", [PASSING, LASTING])
async def test_no_secret_in_a_log_a_repr_or_an_error(case: Case, how: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    error = await failed(case, how)
    told = "".join([caplog.text, repr(case.channel), repr(error), *traceback.format_exception(error)])
    assert "SECRET" not in told
    assert TOKEN not in told


@pytest.mark.parametrize("wicked", [*PINGS, "<https://thief.example|bank.example>", "\x1b[2J\x1b]0;x\x07", "\u202egnp"])
async def test_web_text_is_shown_and_never_obeyed(case: Case, wicked: str) -> None:
    claim = a_claim(909, wicked, f"{wicked} 909 bodies {wicked}", outlet=wicked)
    members = (a_member(1, wicked, wicked),)
    event = an_event(ledger=(a_line("RU", "UA", claim),), parties=(wicked,), members=members, sources=(wicked,))
    await case.channel.send(an_alert(event, detail=wicked), None)
    assert "\x1b" not in case.shown()
    assert "\u202e" not in case.shown()
    assert not any(sign in case.obeyed() for sign in ("<", ">", "\x1b", "\u202e"))
    if wicked.isprintable():
        assert wicked in case.shown()


async def test_parties_have_names_and_thousands_are_set_apart(case: Case) -> None:
    await case.channel.send(an_alert(an_event(ledger=(a_line("RU", "UA", a_claim(1212, None, "1,212 came.")),))), None)
    assert "Russia → Ukraine" in case.shown()
    assert "1,212 bodies" in case.shown()


async def test_what_came_meanwhile_is_told_in_the_same_message(case: Case) -> None:
    later = an_alert(an_event(status="postponed"), id="event-1:2", reason="status changed", detail="now postponed")
    await case.channel.send(an_alert(detail="completed"), None, [later])
    assert "First report: completed" in case.shown()
    assert "Status changed: now postponed" in case.shown()
    assert case.shown().count("exchange of bodies postponed") == 1, "the event as it is known last"


DIGEST = Digest("2025-05-16", "16 May 2025: one exchange", ("909 for 34",), "Coverage: all could be read.", b"PNG")


@pytest.mark.parametrize("case", ["console", "email", "slack", "slack_webhook", "webhook"], indirect=True)
async def test_a_digest_is_told_and_its_troubles_are_those_of_an_alert(case: Case) -> None:
    for how, kind in ((PASSING, RetryLater), (LASTING, Refused)):
        case.fail(how)
        with pytest.raises(kind):
            await case.channel.tell(DIGEST)
        case.mend()
    await case.channel.tell(DIGEST)
    assert "909 for 34" in case.shown()
    assert "all could be read" in case.shown()


async def test_what_quiet_hours_held_back_is_told_an_event_a_line(case: Case) -> None:
    other = an_alert(an_event(id="event-2", status="postponed"), id="event-2:1", event_id="event-2")
    sent = await case.channel.send_together([an_alert(), other])
    assert (sent.message_id, sent.thread_id) == (None, None)
    assert "bodies of the fallen exchanged, 909 for 34" in case.shown()
    assert "exchange of bodies postponed" in case.shown()


async def test_a_chart_stands_in_the_thread_of_its_digest(faulty: FaultySlack) -> None:
    channel = slack_case(faulty).channel
    await channel.tell(DIGEST)
    await channel.close()
    done = dict(faulty.calls)["files.completeUploadExternal"]
    assert (done["channel_id"], done["thread_ts"]) == ("C0000FAULTY", "1750000000.000001")
    assert faulty.uploads == [b"PNG"]


async def test_what_was_never_sent_is_not_found(case: Case) -> None:
    assert await case.channel.find(an_alert(), None) is None


async def test_what_cannot_be_edited_is_left(case: Case) -> None:
    await case.channel.show(an_alert(), "1749.1")


async def test_a_channel_that_hears_nothing_says_so_at_once(case: Case) -> None:
    class Nobody:
        def event(self, event_id: str) -> None:
            raise AssertionError

        def say(self, given: object) -> None:
            raise AssertionError

    await case.channel.listen(Nobody())


async def test_a_channel_may_be_closed_twice(case: Case) -> None:
    await case.channel.close()
    await case.channel.close()


SETTINGS: dict[str, dict[str, object]] = {
    "atom": {"path": "events.atom"},
    "console": {},
    "email": {
        "host": "mail.example",
        "user": "desk",
        "password": TOKEN,
        "sender": "watch@desk.example",
        "to": ["desk@desk.example"],
    },
    "webhook": {"url": "https://desk.example/SECRET", "secret": TOKEN},
    "slack": {"token": TOKEN, "channel": "C012AB3CD45"},
    "slack_webhook": {"url": "https://hooks.slack.com/services/T0/B0/SECRET"},
}


@pytest.mark.parametrize("kind", REGISTRY)
async def test_every_channel_of_the_registry_can_be_built_under_any_name(kind: str) -> None:
    assert build(kind, SETTINGS[kind], names=NAMES).name == kind
    assert build(kind, SETTINGS[kind], names=NAMES, name="second").name == "second"


@pytest.mark.parametrize(
    ("kind", "settings", "problems"),
    [
        (
            "pigeon",
            {},
            ["'pigeon' is no kind of channel; allowed are " + ", ".join(REGISTRY)],
        ),
        ("console", {"colour": 1, "width": 5}, ["alerts.console.colour: no such setting", "alerts.console.width: 5"]),
        ("atom", {"path": "", "colour": 1}, ["alerts.atom.colour: no such setting", "alerts.atom.path: ''"]),
        (
            "email",
            {"sender": "nobody", "to": ["a@b.example\r\nBcc: c@d.example"], "security": "safe", "pause": 7},
            ["alerts.email.host: missing", "email.sender: 'nobody'", "email.to: ", "email.security", "email.pause: 7"],
        ),
        (
            "webhook",
            {"url": "http://thief.example/SECRET", "secret": "SECRET", "timeout": 0, "pause": 7},
            ["alerts.webhook.url: missing", "alerts.webhook.secret", "timeout: 0", "pause: 7"],
        ),
        ("slack", {}, ["alerts.slack.token: missing", "alerts.slack.channel: None; allowed: the channel's id"]),
        ("slack", {"token": TOKEN, "channel": "#desk"}, ["'#desk'; allowed: the channel's id (C…), not its name"]),
        (
            "slack_webhook",
            {"url": "https://thief.example/SECRET", "timeout": 0, "pause": 7, "colour": 1},
            ["colour: no such setting", "alerts.slack_webhook.url: missing", "timeout: 0", "pause: 7"],
        ),
        (
            "slack",
            {
                "token": "SECRET",
                "channel": "C012AB3CD45",
                "base_url": "http://elsewhere.example",
                "timeout": 0,
                "pause": 7,
                "app_token": "xoxb-SECRET",
            },
            [
                "alerts.slack.token",
                "alerts.slack.base_url",
                "alerts.slack.timeout: 0",
                "alerts.slack.app_token",
                "alerts.slack.pause: 7",
            ],
        ),
    ],
)
def test_wrong_settings_are_told_all_at_once_without_the_secret(
    kind: str, settings: dict[str, object], problems: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        build(kind, settings, names=NAMES)
    assert len(caught.value.problems) == len(problems)
    assert all(part in told for part, told in zip(problems, caught.value.problems, strict=True))
    assert "SECRET" not in str(caught.value)
