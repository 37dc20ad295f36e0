"""Around every answer: hosts that are ours, requests of bearable size, and headers that let nothing foreign run."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LARGEST = 1_000_000  # bytes of a request
_TOO_LARGE = f"More than {_LARGEST:,} bytes are not taken."
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with none at all browsers give forms no origin to be known by
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Safety:
    """An ASGI application within these walls."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        """`hosts` are those by which readers may call the board, in small letters; none: any."""
        self._app, self._hosts = app, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
        else:
            await self._app(scope, _bounded(receive), send_guarded)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        # A name that somebody else let point to this machine would let their page read ours (DNS rebinding).
        if self._hosts and _host(headers.get("host", "")) not in self._hosts:
            return _said(scope, 421, "The board does not go by this name; board.url says by which it does.")
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            return _said(scope, 400, "No address has a zero byte.")
        length = headers.get("content-length", "0")
        return _said(scope, 413, _TOO_LARGE) if length.isdecimal() and int(length) > _LARGEST else None


def _said(scope: Scope, status: int, words: str) -> Response:
    if scope["path"].startswith("/api/"):
        return JSONResponse({"detail": words}, status)
    return PlainTextResponse(f"{words}\n", status)


def _bounded(receive: Receive) -> Receive:
    read = 0

    async def receive_some() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > _LARGEST:
            raise HTTPException(413, _TOO_LARGE)
        return message

    return receive_some


def _host(given: str) -> str:
    """ "[::1]:8030" -> "::1", "Desk.example:443" -> "desk.example"."""
    host, colon, port = given.rpartition(":")
    name = host if colon and port.isdecimal() else given
    return name.strip("[]").lower().rstrip(".")
