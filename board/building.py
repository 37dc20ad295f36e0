"""What the house lends -> the board as a web application, and a server of it in a thread of its own."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from board import api, chart_pages, event_pages, feeds, other_pages, source_pages, why_pages
from board.access import Gate, is_loopback, refuse_the_public
from board.doors import ForbiddenError, NoSuchError, StrangerError, to_the_door
from board.lent import House
from board.rendering import environment, page
from board.safety import Safety
from core.config import Board
from core.errors import ConfigError, ExchangeWatchError, InputError, StorageError

_MOST_AT_ONCE = 100
_STOP_WITHIN = 2

# The first that fits.
_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (ForbiddenError, 403),
    (NoSuchError, 404),
    (InputError, 400),
    (StorageError, 503),
    (ExchangeWatchError, 502),
)

_log = logging.getLogger(__name__)


def application(house: House) -> Safety:
    """The board. Raises ConfigError where it would be open to others who are asked for nothing."""
    refuse_the_public(house.settings)
    app = FastAPI(
        title="ExchangeWatch",
        summary="Exchanges between warring sides: what is known, who says so, and what the desk says of it.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.house, app.state.gate, app.state.templates = house, Gate(house.settings, house.owner), environment()
    app.state.secure = bool(house.settings.url and house.settings.url.startswith("https:"))
    for pages in (feeds, event_pages, chart_pages, source_pages, why_pages, other_pages):
        app.include_router(pages.pages)
    app.include_router(api.calls)
    app.mount("/static", Assets(directory=Path(__file__).parent / "static"), name="static")
    app.add_exception_handler(Exception, _answer)
    for kind in (StrangerError, ForbiddenError, NoSuchError, ExchangeWatchError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer)
    return Safety(app, _hosts(house.settings))


class Assets(StaticFiles):
    """Files whose addresses change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As Starlette has it, to be kept for good."""
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


@contextmanager
def listening(settings: Board) -> Iterator[socket.socket]:
    """The board's address, taken while inside. Raises ConfigError where it cannot be had, or others could come in."""
    refuse_the_public(settings)
    listen = settings.listen
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        taken = socket.create_server((listen.host, listen.port), family=family, backlog=128)
    except OSError as error:
        raise ConfigError([f"board.listen: {listen}: {error.strerror or error}"]) from None
    with taken:
        yield taken


@contextmanager
def served(house: House, at: socket.socket) -> Iterator[str]:
    """Serve the board at an address that was taken, while inside; gives the address as readers call it."""
    settings = uvicorn.Config(
        application(house),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=_STOP_WITHIN,
        lifespan="off",
        ws="none",
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    server = uvicorn.Server(settings)
    thread = Thread(target=server.run, args=([at],), name="board", daemon=True)
    thread.start()
    try:
        yield house.settings.url or f"http://{_named(house.settings.listen.host)}:{at.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_STOP_WITHIN + 0.5)


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _hosts(settings: Board) -> set[str]:
    """The names by which a board on a loopback may be called; elsewhere a token or a proxy asks who comes."""
    if not is_loopback(settings.listen.host):
        return set()
    own = {urlsplit(settings.url).hostname or ""} if settings.url else set()
    return {"localhost", "127.0.0.1", "::1", settings.listen.host.lower(), *own}


async def _answer(request: Request, error: Exception) -> Response:
    """An error as a page that says what to do or, to programs, as JSON with the same words."""
    status, words = _in_words(error)
    if request.url.path.startswith("/api/"):
        status = 409 if isinstance(error, InputError) else status
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else getattr(error, "headers", None)
        return JSONResponse({"detail": words}, status, headers)
    if isinstance(error, StrangerError):
        return to_the_door(request)
    if status == 500:
        _log.error("%s %s: %s", request.method, request.url.path, words, exc_info=error)
    gate: Gate = request.app.state.gate
    titles = {403: "Not allowed", 404: "Not there", 503: "The database cannot be used", 500: "An error"}
    shown = {"words": words, "title": titles.get(status, "That cannot be done")}
    return page(request, "problem.html", gate.who(request), shown, status)


def _in_words(error: Exception) -> tuple[int, str]:
    """The status of an error, and what to do about it."""
    if isinstance(error, StrangerError):
        return 401, "A token is wanted: Authorization: Bearer TOKEN."
    if isinstance(error, RequestValidationError):
        told = error.errors()[0]
        return 422, f"{'.'.join(str(each) for each in told['loc'])}: {told['msg']}"
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail)
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    wrong = f"an error that should not happen: {type(error).__name__}; the log has it, please report it"
    return status, str(error) if status != 500 else wrong
