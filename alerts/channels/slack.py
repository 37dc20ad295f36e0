"""An alert to a Slack channel: one thread for each event, its first message kept at the event's present state."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from alerts.channels import Channel, Desk, Sent, unknown_settings
from alerts.channels.blocks import as_blocks, digest_blocks
from alerts.channels.slack_buttons import buttons
from alerts.channels.slack_desk import SlackDesk, Tokens
from alerts.channels.slack_errors import code_of, translated
from alerts.digest import Digest, held
from alerts.message import compose
from core.errors import ConfigError, RetryLater
from core.model import Alert

EVENT_TYPE = "exchangewatch_alert"
SLACK = "https://slack.com/api/"
PAUSE = timedelta(seconds=10)
_TIMEOUT = 30.0
_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{8,20}")
_PAGE = 200
_MENTION = re.compile(r"here|channel|[US][A-Z0-9]{8,20}")
# Of other news a thread's readers are told by Slack itself.
_WORTH_A_CALL = ("first report", "status changed")
# Slack's clock names the messages, ours the alerts.
_CLOCKS_APART = timedelta(hours=1)

# Slack looks for no names, channels or addresses in the notice.
_LITERAL = {"parse": "none", "link_names": False}

# The first message of a thread is gone for good: what is new begins a thread of its own.
_ROOT_GONE = frozenset({"message_not_found", "thread_not_found"})
# It stands but may not be edited any more: what is new is still told below it.
_ROOT_FIXED = frozenset({"edit_window_closed", "cant_update_message"})

# slack-sdk writes requests and answers to its logger whole; a token that a proxy echoes would stand there.
_sdk_log = logging.getLogger(f"{__name__}.sdk")
_sdk_log.setLevel(logging.WARNING)
_log = logging.getLogger(__name__)


class SlackChannel:
    """Posts through the Web API; it tries each call once, for the outbox is what tries again."""

    def __init__(
        self,
        name: str,
        names: Mapping[str, str],
        *,
        token: str,
        channel: str,
        base_url: str = SLACK,
        timeout: float = _TIMEOUT,
        pause: timedelta = PAUSE,
        app_token: str | None = None,
        mention: str | None = None,
    ) -> None:
        self.name = name
        self._token, self._app_token, self._base_url = token, app_token, base_url
        self.pause = pause
        self.channel = channel
        self._names = names
        self._timeout = timeout
        self._mention = mention
        # Without handlers: those of slack-sdk repeat a post whose connection broke, and so may post it twice.
        self._client = AsyncWebClient(token=token, base_url=base_url, retry_handlers=[], logger=_sdk_log)

    def __repr__(self) -> str:
        return f"<SlackChannel {self.name} to {self.channel}>"

    async def send(self, alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        """Post an alert, with later ones in the same message; in a thread, bring its first message up to date before.

        The edit comes first because it may be repeated without harm, where a reply may not. Raises RetryLater or
        Refused, see `slack_errors.translated`.
        """
        if thread is not None and not await self._updated((alert, *later)[-1], thread):
            thread = None
        answer = await self._call("chat.postMessage", self._post(alert, thread, later))
        posted = answer.get("ts")
        if not isinstance(posted, str) or not posted:
            raise RetryLater(f"{self.name}: Slack did not say where the message stands", in_doubt=True)
        return Sent(posted, thread or posted, (alert.id, *(each.id for each in later)))

    def _post(self, alert: Alert, thread: str | None, later: Sequence[Alert]) -> dict[str, Any]:
        called = self._mention if any(each.reason in _WORTH_A_CALL for each in (alert, *later)) else None
        notice, blocks = as_blocks(compose(alert, self._names, later), update=thread is not None, mention=called)
        blocks += self._buttons((alert, *later)[-1]) if thread is None else []
        payload: dict[str, Any] = {"alert_id": alert.id, "event_id": alert.event_id}
        payload |= {"later": [each.id for each in later]} if later else {}
        post = {
            "channel": self.channel,
            "text": notice,
            "blocks": blocks,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": payload},
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
            **_LITERAL,
        }
        return post if thread is None else post | {"thread_ts": thread}

    async def _updated(self, alert: Alert, root: str) -> bool:
        """Edit the thread's first message to the event's present state; whether there still is such a message."""
        notice, blocks = as_blocks(compose(alert, self._names))
        blocks += self._buttons(alert)
        # Without metadata: Slack keeps those of the first alert, by which it may have to be found.
        edit = {
            "channel": self.channel,
            "ts": root,
            "text": notice,
            "blocks": blocks,
            "parse": "none",
            "link_names": False,
        }
        answer = await self._call("chat.update", edit, pardoned=_ROOT_GONE | _ROOT_FIXED)
        code = answer.get("error")
        gone = code in _ROOT_GONE
        if code:
            what = "is gone, the next news begins a new thread" if gone else "can be edited no more"
            _log.warning("%s: the first message of event %s %s (%s)", self.name, alert.event_id, what, code)
        return not gone

    def _buttons(self, alert: Alert) -> list[dict[str, Any]]:
        """The buttons below a thread's first message, where clicks on them are heard."""
        return [buttons(alert.event)] if self._app_token else []

    async def listen(self, desk: Desk) -> None:
        """Hear clicks on the buttons over Socket Mode, where there is an app token."""
        if self._app_token:
            tokens = Tokens(self._token, self._app_token, self._base_url)
            await SlackDesk(self.name, self.channel, self._names, desk, tokens).listen()

    async def send_together(self, alerts: Sequence[Alert]) -> Sent:
        """Post them as one message."""
        await self.tell(held(alerts, self._names))
        return Sent(None, None, tuple(each.id for each in alerts))

    async def tell(self, digest: Digest) -> None:
        """Post a day's digest, and below it, in its thread, the chart of the month."""
        notice, blocks = digest_blocks(digest)
        post: dict[str, Any] = {"channel": self.channel, "text": notice, "blocks": blocks, "mrkdwn": False, **_LITERAL}
        if digest.alerts:
            payload = {"alert_id": digest.alerts[0], "later": list(digest.alerts[1:])}
            post["metadata"] = {"event_type": EVENT_TYPE, "event_payload": payload}
        answer = await self._call("chat.postMessage", post)
        if digest.chart is None:
            return
        try:
            await self._client.files_upload_v2(
                channel=self.channel,
                thread_ts=str(answer.get("ts", "")),
                filename=f"exchanges-{digest.day}.png",
                title="The last thirty days",
                content=digest.chart,
            )
        except Exception as error:
            # The digest stands there already: sent again, it would stand there twice.
            _log.warning("%s: the digest has no chart: %s", self.name, translated(self.name, error))

    async def show(self, alert: Alert, thread: str) -> None:
        """Edit the first message of a thread; one that is gone is left so until there is news."""
        await self._updated(alert, thread)

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        """Look for an alert by its metadata: among the thread's replies, then in the channel since it was created."""
        since = str((alert.created - _CLOCKS_APART).timestamp())
        if thread is not None:
            reply = await self._searched("conversations.replies", {"ts": thread, "oldest": since}, alert.id)
            if reply is not None:
                return reply._replace(thread_id=thread)
        return await self._searched("conversations.history", {"oldest": since}, alert.id)

    async def _searched(self, method: str, asked: Mapping[str, object], alert_id: str) -> Sent | None:
        """The message that an alert stands in, through all pages of a thread or of the channel."""
        page = {"channel": self.channel, "limit": _PAGE, "include_all_metadata": True, **asked}
        while True:
            answer = await self._call(method, page, pardoned=_ROOT_GONE)
            for message in answer.get("messages") or ():
                told = _alert_ids(message)
                if alert_id in told:
                    return Sent(str(message["ts"]), str(message["ts"]), told)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
            page["cursor"] = cursor

    async def _call(
        self, method: str, arguments: Mapping[str, object], pardoned: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """Slack's answer; with a `pardoned` error, only its code. Raises RetryLater or Refused for every other."""
        if self._client.session is None or self._client.session.closed:
            self._client.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout))
        # A post is sent as JSON; the methods that ask take a form only.
        asks = method.startswith("conversations.")
        body, form = (None, _as_form(arguments)) if asks else (dict(arguments), None)
        try:
            answer = await self._client.api_call(method, json=body, data=form)
        except Exception as error:
            # `from None`: the error of slack-sdk holds the request with its token.
            if code_of(error) in pardoned:
                return {"error": code_of(error)}
            raise translated(self.name, error) from None
        return answer.data if isinstance(answer.data, dict) else {}

    async def close(self) -> None:
        """Close the connections to Slack."""
        if self._client.session is not None:
            await self._client.session.close()


def _as_form(arguments: Mapping[str, object]) -> dict[str, object]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in arguments.items()}


def _alert_ids(message: Mapping[str, Any]) -> tuple[str, ...]:
    """The alerts that a message in the channel was posted for; none for what others wrote."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return ()
    payload = metadata.get("event_payload") or {}
    told = [payload.get("alert_id"), *(payload.get("later") or ())]
    return tuple(each for each in told if isinstance(each, str))


def from_settings(name: str, settings: Mapping[str, object], names: Mapping[str, str]) -> Channel:
    """The settings `token`, `channel` (its id), `app_token`, `pause`, `base_url`, `timeout`, `mention` -> the channel.

    The tokens are the secrets themselves, which the configuration reads from the environment; without an app token
    there are no buttons. `base_url` is that of a stand-in of Slack. Raises ConfigError.
    """
    problems = unknown_settings(
        name, settings, ("token", "channel", "app_token", "pause", "base_url", "timeout", "mention")
    )
    token, channel = settings.get("token"), settings.get("channel")
    base_url, timeout = settings.get("base_url", SLACK), settings.get("timeout", _TIMEOUT)
    if not isinstance(token, str) or not token.startswith("xox"):
        problems.append(f"alerts.{name}.token: missing or no Slack token; allowed: a bot token, which begins xoxb-")
    if not isinstance(channel, str) or not _CHANNEL_ID.fullmatch(channel):
        problems.append(f"alerts.{name}.channel: {channel!r}; allowed: the channel's id (C…), not its name")
    if not isinstance(base_url, str) or not base_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        problems.append(f"alerts.{name}.base_url: {base_url!r}; allowed: an https address")
    if not isinstance(timeout, (int, float)) or timeout <= 0:
        problems.append(f"alerts.{name}.timeout: {timeout!r}; allowed: seconds, more than 0")
    app_token, pause = settings.get("app_token"), settings.get("pause", PAUSE)
    if app_token is not None and not (isinstance(app_token, str) and app_token.startswith("xapp-")):
        problems.append(f"alerts.{name}.app_token: no Slack app token; allowed: an app-level token, begins xapp-")
    if not isinstance(pause, timedelta) or pause < timedelta():
        problems.append(f"alerts.{name}.pause: {pause!r}; allowed: a duration of 0 or more")
    mention = settings.get("mention")
    if mention is not None and not (isinstance(mention, str) and _MENTION.fullmatch(mention)):
        problems.append(f"alerts.{name}.mention: {mention!r}; allowed: here, channel, or the id of a user or group")
    if problems:
        raise ConfigError(problems)
    return SlackChannel(
        name,
        names,
        token=str(token),
        channel=str(channel),
        base_url=str(base_url),
        timeout=float(str(timeout)),
        pause=cast(timedelta, pause),
        app_token=cast("str | None", app_token),
        mention=str(mention) if mention else None,
    )
