"""An alert to a Slack incoming webhook: a message of its own each time, for whoever may not install an app's bot.

The poorer way: a webhook has no threads, its messages can be neither edited nor looked for, and have no buttons.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from alerts.channels import Channel, Desk, Sent, unknown_settings
from alerts.channels.blocks import Element, as_blocks, digest_blocks
from alerts.channels.slack import PAUSE
from alerts.channels.slack_errors import answer_of_webhook, translated
from alerts.digest import Digest, held
from alerts.message import compose
from core.errors import ConfigError
from core.model import Alert

_TIMEOUT = 30.0
_URL = re.compile(r"https://hooks\.slack(-gov)?\.com/\S+|http://(127\.0\.0\.1|localhost)[:/]\S+")

# slack-sdk writes addresses and bodies to its logger, and the address is the secret.
_sdk_log = logging.getLogger(f"{__name__}.sdk")
_sdk_log.setLevel(logging.CRITICAL)


class SlackWebhookChannel:
    """Posts to one address, which is the secret; it tries each post once, for the outbox is what tries again."""

    def __init__(
        self, name: str, names: Mapping[str, str], *, url: str, timeout: float = _TIMEOUT, pause: timedelta = PAUSE
    ) -> None:
        self.name = name
        self.pause = pause
        self._names = names
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._client = AsyncWebhookClient(url, retry_handlers=[], logger=_sdk_log)

    def __repr__(self) -> str:
        return f"<SlackWebhookChannel {self.name}>"

    async def send(self, alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        """Post an alert, with later ones in the same message: the event as it is, and what is new about it."""
        notice, blocks = as_blocks(compose(alert, self._names, later))
        await self._post(notice, blocks)
        return Sent(None, None)

    async def send_together(self, alerts: Sequence[Alert]) -> Sent:
        """Post them as one message."""
        await self.tell(held(alerts, self._names))
        return Sent(None, None, tuple(each.id for each in alerts))

    async def tell(self, digest: Digest) -> None:
        """Post a day's digest, without the chart, which a webhook cannot bring."""
        await self._post(*digest_blocks(digest))

    async def _post(self, notice: str, blocks: list[Element]) -> None:
        if self._client.session is None or self._client.session.closed:
            self._client.session = aiohttp.ClientSession(timeout=self._timeout)
        post = {"text": notice, "blocks": blocks, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}
        try:
            answer = await self._client.send_dict(post)
        except Exception as error:
            # `from None`: the error holds the address.
            raise translated(self.name, error) from None
        trouble = answer_of_webhook(self.name, answer.status_code, answer.body, answer.headers)
        if trouble is not None:
            raise trouble

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        """None: a webhook cannot look, so that an alert in doubt may stand there twice rather than never."""
        return None

    async def show(self, alert: Alert, thread: str) -> None:
        """Nothing: a webhook cannot edit."""

    async def listen(self, desk: Desk) -> None:
        """Nothing: a webhook has no buttons."""

    async def close(self) -> None:
        """Close the connections to Slack."""
        if self._client.session is not None:
            await self._client.session.close()


def from_settings(name: str, settings: Mapping[str, object], names: Mapping[str, str]) -> Channel:
    """The settings `url` (the secret itself), `pause` and, for a stand-in, `timeout` -> the channel.

    Raises ConfigError.
    """
    problems = unknown_settings(name, settings, ("url", "pause", "timeout"))
    url, timeout, pause = settings.get("url"), settings.get("timeout", _TIMEOUT), settings.get("pause", PAUSE)
    if not isinstance(url, str) or not _URL.fullmatch(url):
        problems.append(f"alerts.{name}.url: missing or no webhook; allowed: an address at https://hooks.slack.com/")
    if not isinstance(timeout, (int, float)) or timeout <= 0:
        problems.append(f"alerts.{name}.timeout: {timeout!r}; allowed: seconds, more than 0")
    if not isinstance(pause, timedelta) or pause < timedelta():
        problems.append(f"alerts.{name}.pause: {pause!r}; allowed: a duration of 0 or more")
    if problems:
        raise ConfigError(problems)
    return SlackWebhookChannel(name, names, url=str(url), timeout=float(str(timeout)), pause=cast(timedelta, pause))
