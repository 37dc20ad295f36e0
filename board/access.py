"""Who asks, what they may do, and whether a form was really sent from a page of ours."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Literal
from urllib.parse import unquote, urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from core.config import Board
from core.errors import ConfigError
from core.wording import clean

SESSION, FORM, NAME = "board_session", "board_form", "board_name"
DAY = 86_400
_SESSION_LASTS = 14 * DAY
_FORM_LASTS = 7 * DAY
_LONGEST_NAME = 60

Way = Literal["open", "token", "session", "proxy"]


@dataclass(frozen=True, slots=True)
class Who:
    """A reader: under which name they act, whether they may change anything, and by what they are known."""

    name: str
    writes: bool
    way: Way


def refuse_the_public(settings: Board) -> None:
    """Raise ConfigError where others could reach a board that asks nobody who they are."""
    if is_loopback(settings.listen.host) or settings.read_token or settings.write_token or settings.user_header:
        return
    raise ConfigError(
        [
            f"board.listen: {settings.listen} can be reached from other machines: set board.read_token and "
            "board.write_token, or board.user_header behind a proxy that names its users, or listen on 127.0.0.1"
        ]
    )


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine only."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Gate:
    """Knows readers by a token, a session that began with one, a proxy's header or, on a loopback, lets all in."""

    def __init__(self, settings: Board, owner: str) -> None:
        """`owner` is the name under which those act who are asked for none."""
        self._owner = owner
        self._write, self._read = (
            each.get_secret_value() if each else None for each in (settings.write_token, settings.read_token)
        )
        self._header = settings.user_header
        self._proxies = [ip_network(each) for each in settings.proxies]
        self.tokens = bool(self._read or self._write)
        self.open = not (self.tokens or self._header)
        # A changed token ends every session; without tokens there is none that outlives the process.
        key = f"{self._write} {self._read}".encode() if self.tokens else secrets.token_bytes(32)
        self._signer = URLSafeTimedSerializer(sha256(b"board " + key).hexdigest())

    def who(self, asked: HTTPConnection) -> Who | None:
        """The reader, or None for a stranger."""
        if self.open:
            return Who(_name(unquote(asked.cookies.get(NAME, ""))) or self._owner, True, "open")
        given = self._by_header(asked.headers)
        if given is not None:
            return given
        if self._header and self._from_proxy(asked):
            name = _name(asked.headers.get(self._header, ""))
            if name:
                return Who(name, True, "proxy")
        return self._by_session(asked.cookies.get(SESSION, ""))

    def enter(self, token: str, name: str) -> str | None:
        """What the cookie of a session holds, for whoever has a token; None for one that is not ours."""
        writes = self._writes(token)
        if writes is None:
            return None
        session: str = self._signer.dumps([_name(name) or "somebody", writes], salt="session")
        return session

    def form(self, nonce: str) -> str:
        """What a form carries to show that it comes from a page that we gave the holder of this cookie."""
        signed: str = self._signer.dumps(nonce, salt="form")
        return signed

    def is_ours(self, asked: HTTPConnection, given: str) -> bool:
        """Whether what a form carries fits the cookie, and the browser says that it was sent from our own page."""
        if not from_here(asked.headers):
            return False
        try:
            nonce = self._signer.loads(given, salt="form", max_age=_FORM_LASTS)
        except BadSignature:
            return False
        return hmac.compare_digest(str(nonce).encode(), asked.cookies.get(FORM, "").encode()) and bool(nonce)

    def _by_header(self, headers: Mapping[str, str]) -> Who | None:
        """By `Authorization: Bearer TOKEN`, or Basic with the token as the password, as feed readers have it."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        name = ""
        if scheme.lower() == "basic":
            try:
                name, _, given = base64.b64decode(given, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return None
        elif scheme.lower() != "bearer":
            return None
        writes = self._writes(given.strip())
        return None if writes is None else Who(_name(name or headers.get("x-desk-name", "")) or "api", writes, "token")

    def _writes(self, token: str) -> bool | None:
        """Whether a token lets its holder write; None where it is none."""
        for own, writes in ((self._write, True), (self._read, False)):
            if own and hmac.compare_digest(own.encode(), token.encode()):
                return writes
        return None

    def _by_session(self, cookie: str) -> Who | None:
        if not (cookie and self.tokens):
            return None
        try:
            name, writes = self._signer.loads(cookie, salt="session", max_age=_SESSION_LASTS)
        except (BadSignature, ValueError, TypeError):
            return None
        return Who(str(name), bool(writes), "session")

    def _from_proxy(self, asked: HTTPConnection) -> bool:
        try:
            address = ip_address(asked.client.host if asked.client else "")
        except ValueError:
            return False
        return any(address in network for network in self._proxies if network.version == address.version)


def from_here(headers: Mapping[str, str]) -> bool:
    """Whether the browser says that a request was made by a page of ours; programs say nothing, and may."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
    except ValueError:
        return False


def _name(given: str) -> str:
    return clean(given[: 4 * _LONGEST_NAME], _LONGEST_NAME)
