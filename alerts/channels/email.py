"""An alert to a mailbox: plain text over SMTP, one thread for each event, as mail programs show it."""

from __future__ import annotations

import asyncio
import hashlib
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal, cast

from alerts.channels import Channel, Desk, Sent, unknown_settings
from alerts.channels.slack import PAUSE
from alerts.digest import Digest, held
from alerts.digest import as_text as digest_text
from alerts.message import as_text, compose
from core.errors import ConfigError, DeliveryError, Refused, RetryLater
from core.model import Alert

_TIMEOUT = 30.0
_WIDTH = 76
_CURES: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "the mail server knows no such user or password; mend that"),
    (smtplib.SMTPRecipientsRefused, "the mail server refuses the mailbox; check alerts.email.to"),
    (smtplib.SMTPResponseException, "the mail server refused; mend what its own log says"),
    (smtplib.SMTPNotSupportedError, "the mail server lacks what alerts.email asks for; change that"),
    (ssl.SSLError, "no safe connection to the mail server; check alerts.email"),
)

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True, repr=False)
class Mailbox:
    """The server that takes mail, and from whom to whom it goes."""

    host: str
    port: int
    security: Security
    user: str | None
    password: str | None
    sender: str
    to: tuple[str, ...]


class EmailChannel:
    """Sends each alert as a mail; its Message-ID is made of the alert's id, so that one sent twice is known as one."""

    def __init__(
        self,
        name: str,
        names: Mapping[str, str],
        box: Mailbox,
        *,
        timeout: float = _TIMEOUT,
        pause: timedelta = PAUSE,
    ) -> None:
        self.name = name
        self.pause = pause
        self._names, self._box, self._timeout = names, box, timeout

    def __repr__(self) -> str:
        return f"<EmailChannel {self.name}>"

    async def send(self, alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        """Send an alert, with later ones in the same mail, as an answer to the event's first."""
        mail = _mail(alert, later, thread, self._names, self._box)
        await self._send(mail)
        return Sent(mail["Message-ID"], thread or mail["Message-ID"])

    async def send_together(self, alerts: Sequence[Alert]) -> Sent:
        """Send them as one mail."""
        await self.tell(held(alerts, self._names))
        return Sent(None, None, tuple(each.id for each in alerts))

    async def tell(self, digest: Digest) -> None:
        """Send a day's digest, with the chart of the month."""
        mail = _begun(self._box, " ".join((digest.kind, digest.day, *digest.alerts)), datetime.now(UTC))
        mail["Subject"] = digest.title
        mail.set_content(digest_text(digest, _WIDTH) + "\n", cte="quoted-printable")
        if digest.chart is not None:
            mail.add_attachment(digest.chart, "image", "png", filename=f"exchanges-{digest.day}.png")
        await self._send(mail)

    async def _send(self, mail: EmailMessage) -> None:
        try:
            await asyncio.to_thread(self._post, mail)
        except (smtplib.SMTPException, OSError) as error:
            # `from None`: a server's words may hold whatever it was sent.
            raise _translated(self.name, error) from None

    def _post(self, mail: EmailMessage) -> None:
        box, safely = self._box, ssl.create_default_context()
        if box.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(box.host, box.port, timeout=self._timeout, context=safely)
        else:
            server = smtplib.SMTP(box.host, box.port, timeout=self._timeout)
        with server:
            if box.security == "starttls":
                server.starttls(context=safely)
            if box.user and box.password:
                server.login(box.user, box.password)
            server.send_message(mail, box.sender, box.to)

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        """None: a mailbox cannot be looked into; a mail sent again has the Message-ID of the first."""
        return None

    async def show(self, alert: Alert, thread: str) -> None:
        """Nothing: what was sent stays."""

    async def listen(self, desk: Desk) -> None:
        """Nothing: answers are read by people."""

    async def close(self) -> None:
        """Nothing to let go of: each mail has a connection of its own."""


def _mail(
    alert: Alert, later: Sequence[Alert], thread: str | None, names: Mapping[str, str], box: Mailbox
) -> EmailMessage:
    message = compose(alert, names, later)
    mail = _begun(box, alert.id, (later[-1] if later else alert).created)
    # A subject that stays the same keeps the thread together in programs that go by it.
    mail["Subject"] = f"Re: {message.headline}" if thread else message.headline
    if thread:
        mail["In-Reply-To"] = mail["References"] = thread
    mail.set_content(as_text(message, _WIDTH) + "\n", cte="quoted-printable")
    return mail


def _begun(box: Mailbox, identifier: str, at: datetime) -> EmailMessage:
    """A mail with all but its subject and text."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(addr_spec=box.sender)
    mail["To"] = [Address(addr_spec=each) for each in box.to]
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{hashlib.sha256(identifier.encode('utf-8', 'replace')).hexdigest()[:32]}@exchangewatch>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers from absent readers
    return mail


def _translated(name: str, error: Exception) -> DeliveryError:
    """An error of smtplib or the network -> RetryLater or Refused (RFC 5321: 4xx passes, 5xx lasts)."""
    for kind, cure in _CURES:
        if isinstance(error, kind) and not _passes(error):
            return Refused(f"{name}: {cure} and restart", whole=True)
    if _passes(error):
        return RetryLater(f"{name}: the mail server is not at its best")
    if isinstance(error, (ConnectionRefusedError, smtplib.SMTPConnectError)):
        return RetryLater(f"{name}: the mail server cannot be reached")
    return RetryLater(f"{name}: the connection to the mail server broke ({type(error).__name__})", in_doubt=True)


def _passes(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code < 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code < 500


def from_settings(name: str, settings: Mapping[str, object], names: Mapping[str, str]) -> Channel:
    """The settings `host`, `port`, `security`, `user`, `password`, `sender`, `to`, `pause`, `timeout` -> the channel.

    Raises ConfigError.
    """
    allowed = ("host", "port", "security", "user", "password", "sender", "to", "pause", "timeout")
    problems = unknown_settings(name, settings, allowed)
    pause = settings.get("pause", PAUSE)
    to = settings.get("to", ())
    every = [to] if isinstance(to, str) else list(cast(Sequence[str], to))
    sender, host = str(settings.get("sender", "")), str(settings.get("host", ""))
    if not host:
        problems.append(f"alerts.{name}.host: missing; allowed: the name of a mail server")
    problems += [
        f"alerts.{name}.{key}: {each!r}; allowed: an address as in desk@example.org"
        for key, each in (("sender", sender), *(("to", one) for one in every or [""]))
        if not _is_address(each)
    ]
    security = settings.get("security", "starttls")
    if security not in ("starttls", "tls", "none"):
        problems.append(f"alerts.{name}.security: {security!r}; allowed: starttls, tls, none")
    if not isinstance(pause, timedelta) or pause < timedelta():
        problems.append(f"alerts.{name}.pause: {pause!r}; allowed: a duration of 0 or more")
    if problems:
        raise ConfigError(problems)
    port = int(str(settings.get("port") or (465 if security == "tls" else 587)))
    user, password = settings.get("user"), settings.get("password")
    box = Mailbox(
        host,
        port,
        cast(Security, security),
        str(user) if user else None,
        str(password) if password else None,
        sender,
        tuple(every),
    )
    timeout = float(str(settings.get("timeout", _TIMEOUT)))
    return EmailChannel(name, names, box, timeout=timeout, pause=cast(timedelta, pause))


def _is_address(text: str) -> bool:
    if not text.isprintable() or not text.isascii():
        return False
    try:
        return bool(Address(addr_spec=text).domain)
    except (ValueError, IndexError):
        return False
