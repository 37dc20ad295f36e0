"""A mail server on loopback that keeps what it is sent, or refuses it as it is told; the protocol is the real one."""

from __future__ import annotations

import logging
import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

# The server writes down whatever it is sent; what is tested is the log of who sends.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

HEADERS = {
    *("From", "To", "Date", "Subject", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding"),
    *("MIME-Version", "In-Reply-To", "References"),
}


class Mailbox:
    """Answers each mail with the next trouble, or else takes it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.troubles: list[str] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, auth_require_tls=False, authenticator=_anybody
        )

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """What the server says to a mail."""
        if self.troubles:
            return self.troubles.pop(0)
        self.mails.append(cast(EmailMessage, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def texts(self) -> list[str]:
        """The texts of the mails."""
        return [(mail.get_body(("plain",)) or mail).get_content() for mail in self.mails]


def _anybody(*_: object) -> AuthResult:
    return AuthResult(success=True)
