"""An alert to an address of the operator's own: JSON, signed as Standard Webhooks (www.standardwebhooks.com) has it.

The `webhook-id` of a message is the alert's and never changes, so that a receiver knows one that is sent again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import urlsplit

import aiohttp

from alerts.channels import Channel, Desk, Sent, unknown_settings
from alerts.channels.slack import PAUSE
from alerts.digest import Digest, held
from alerts.digest import as_text as digest_text
from alerts.message import as_text, compose
from core import wording
from core.errors import ConfigError, DeliveryError, Refused, RetryLater
from core.model import Alert
from events.shape import shape

_TIMEOUT = 30.0
_LONGEST_WAIT = 3600.0
_PASSING = (408, 409, 425, 429)


class WebhookChannel:
    """Posts to one address. Neither the address, which may hold a token, nor the secret is ever told."""

    def __init__(
        self,
        name: str,
        names: Mapping[str, str],
        *,
        url: str,
        secret: bytes,
        timeout: float = _TIMEOUT,
        pause: timedelta = PAUSE,
    ) -> None:
        self.name = name
        self.pause = pause
        self._names, self._url, self._secret = names, url, secret
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"<WebhookChannel {self.name}>"

    async def send(self, alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        """Post an alert, with later ones in the same message: the event as the last of them knows it."""
        await self._post(alert.id, _message(alert, later, self._names))
        return Sent(None, None)

    async def send_together(self, alerts: Sequence[Alert]) -> Sent:
        """Post them as one digest."""
        await self.tell(held(alerts, self._names))
        return Sent(None, None, tuple(each.id for each in alerts))

    async def tell(self, digest: Digest) -> None:
        """Post a day's digest, without the chart."""
        data: dict[str, object] = {
            "day": digest.day,
            "text": digest_text(digest),
            "lines": digest.lines,
            "coverage": digest.coverage,
        }
        now = datetime.now(UTC).isoformat()
        data |= {"alerts": digest.alerts} if digest.alerts else {}
        await self._post(
            digest.alerts[0] if digest.alerts else f"{digest.kind}/{digest.day}",
            {"type": f"exchange.{digest.kind}", "timestamp": now, "data": data},
        )

    async def _post(self, identifier: str, message: Mapping[str, object]) -> None:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        body = json.dumps(message).encode()
        headers = {"content-type": "application/json", **signed(identifier, datetime.now(UTC), body, self._secret)}
        try:
            async with self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
                trouble = _answered(self.name, answer.status, answer.headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise RetryLater(f"{self.name}: the receiver cannot be reached ({type(error).__name__})") from None
        except TimeoutError:
            raise RetryLater(f"{self.name}: the receiver did not answer in time", in_doubt=True) from None
        except (aiohttp.ClientError, OSError) as error:
            raise RetryLater(f"{self.name}: the connection broke ({type(error).__name__})", in_doubt=True) from None
        if trouble is not None:
            raise trouble

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        """None: it is sent again under the id by which the receiver knows it."""
        return None

    async def show(self, alert: Alert, thread: str) -> None:
        """Nothing: what was posted stays."""

    async def listen(self, desk: Desk) -> None:
        """Nothing: a receiver does not answer back."""

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


def signed(identifier: str, at: datetime, body: bytes, secret: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks: id, time in seconds, and the HMAC-SHA256 of both and the body."""
    seconds = str(int(at.timestamp()))
    said = b".".join((identifier.encode("ascii", "backslashreplace"), seconds.encode(), body))
    digest = base64.b64encode(hmac.new(secret, said, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": identifier.encode("ascii", "backslashreplace").decode(),
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{digest}",
    }


def _message(alert: Alert, later: Sequence[Alert], names: Mapping[str, str]) -> dict[str, object]:
    told = (alert, *later)
    return {
        "type": "exchange.alert",
        "timestamp": told[-1].created.isoformat(),
        "data": {
            "alerts": [{"id": each.id, "reason": each.reason, "detail": wording.clean(each.detail)} for each in told],
            "text": as_text(compose(alert, names, later)),
            "event": shape(told[-1].event),
        },
    }


def _answered(name: str, status: int, headers: Mapping[str, str]) -> DeliveryError | None:
    if 200 <= status < 300:
        return None
    if status in _PASSING or status >= 500:
        told = headers.get("retry-after", "")
        wait = min(float(told), _LONGEST_WAIT) if re.fullmatch(r"\d{1,9}", told) else None
        return RetryLater(f"{name}: the receiver answered HTTP {status}", wait, in_doubt=status >= 500)
    if status == 413:
        return Refused(f"{name}: the receiver finds this alert too large (HTTP 413); let it take more, and restart")
    return Refused(
        f"{name}: the receiver refused (HTTP {status}); check its address and secret and restart", whole=True
    )


def from_settings(name: str, settings: Mapping[str, object], names: Mapping[str, str]) -> Channel:
    """The settings `url`, `secret` (24 characters or more; "whsec_" and base64, or any words), `pause`, `timeout`.

    Raises ConfigError.
    """
    problems = unknown_settings(name, settings, ("url", "secret", "pause", "timeout"))
    url, secret = str(settings.get("url", "")), str(settings.get("secret", ""))
    timeout, pause = settings.get("timeout", _TIMEOUT), settings.get("pause", PAUSE)
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and local)):
        problems.append(f"alerts.{name}.url: missing or not https; allowed: https://…, or http:// on this machine")
    if len(secret) < 24:
        problems.append(f"alerts.{name}.secret: missing or short; allowed: 24 characters or more")
    if not isinstance(timeout, (int, float)) or timeout <= 0:
        problems.append(f"alerts.{name}.timeout: {timeout!r}; allowed: seconds, more than 0")
    if not isinstance(pause, timedelta) or pause < timedelta():
        problems.append(f"alerts.{name}.pause: {pause!r}; allowed: a duration of 0 or more")
    if problems:
        raise ConfigError(problems)
    key = _key(secret)
    return WebhookChannel(name, names, url=url, secret=key, timeout=float(str(timeout)), pause=cast(timedelta, pause))


def _key(secret: str) -> bytes:
    """The bytes of a secret: those that "whsec_" and base64 stand for, or its own."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            pass
    return secret.encode()
