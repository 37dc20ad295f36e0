"""A request -> the reader behind it, or the way to the door; and the forms that only a page of ours can send."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Form
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from board.access import NAME, SESSION, Gate, Who
from board.lent import House
from board.rendering import keep, page, tell

_KEPT = 14 * 86_400


class StrangerError(Exception):
    """Nobody who may read."""


class ForbiddenError(Exception):
    """Somebody who may read, and wants to change something; or a form that is none of ours."""


class NoSuchError(Exception):
    """What is asked for is not there."""


def house_of(request: Request) -> House:
    """What the board is made of."""
    house: House = request.app.state.house
    return house


def gate_of(request: Request) -> Gate:
    """Who knows the readers."""
    gate: Gate = request.app.state.gate
    return gate


def reader_of(request: Request) -> Who:
    """The reader. Raises StrangerError."""
    who = gate_of(request).who(request)
    if who is None:
        raise StrangerError
    return who


async def sent_form(request: Request) -> FormData:
    """What a form of ours carries. Raises StrangerError; ForbiddenError for readers, and for forms from elsewhere."""
    who = reader_of(request)
    form = await request.form(max_files=0, max_fields=200)
    token = form.get("form")
    if not gate_of(request).is_ours(request, token if isinstance(token, str) else ""):
        raise ForbiddenError("This page is too old, or the form came from elsewhere: load the page again.")
    if not who.writes:
        raise ForbiddenError("You may read, not write: enter with the write token to change something.")
    return form


Reader = Annotated[Who, Depends(reader_of)]
Sent = Annotated[FormData, Depends(sent_form)]
TheHouse = Annotated[House, Depends(house_of)]


def field(form: FormData, name: str, longest: int = 300) -> str:
    """What a field carries, as text of bearable length."""
    given = form.get(name)
    return given.strip()[:longest] if isinstance(given, str) else ""


def now() -> datetime:
    """The time (UTC) at which something is asked."""
    return datetime.now(UTC)


def parties_of(house: House) -> list[tuple[str, str]]:
    """The sides that events have, each with its name, in the order of the names."""
    codes = house.store.browse.parties()
    return sorted(((code, house.names.get(code, code)) for code in codes), key=lambda each: each[1].casefold())


def back(request: Request, to: str, words: str) -> Response:
    """To a page, which says what was done."""
    answer = RedirectResponse(to, 303)
    tell(request, answer, words)
    return answer


def to_the_door(request: Request) -> Response:
    """Where strangers go; they come back to what they wanted to read."""
    if not gate_of(request).tokens:
        words = "The proxy before this board did not say who you are."
        return page(request, "problem.html", None, {"words": words, "title": "Not known"}, 401)
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    goal = f"/login?to={quote(wanted, safe='')}" if request.method == "GET" else "/login"
    return RedirectResponse(goal, 303)


def ask(request: Request, to: str = "/events", wrong: bool = False) -> Response:
    """The page that asks for a token."""
    return page(request, "login.html", None, {"to": _own(to), "wrong": wrong}, 401 if wrong else 200)


def enter(
    request: Request,
    token: Annotated[str, Form(max_length=300)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    to: Annotated[str, Form(max_length=600)] = "/events",
    form: Annotated[str, Form(max_length=600)] = "",
) -> Response:
    """Begin a session for whoever has a token."""
    gate = gate_of(request)
    if not gate.is_ours(request, form):
        raise ForbiddenError("This page is too old, or the form came from elsewhere: load the page again.")
    session = gate.enter(token.strip(), name)
    if session is None:
        return ask(request, to, wrong=True)
    answer = RedirectResponse(_own(to), 303)
    keep(request, answer, SESSION, session, _KEPT)
    return answer


def leave(request: Request, form: Sent) -> Response:
    """End a session."""
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(SESSION, path="/")
    return answer


def call_me(request: Request, form: Sent) -> Response:
    """Keep the name of whoever works at a board that asks nobody who they are."""
    answer = RedirectResponse("/acts", 303)
    keep(request, answer, NAME, quote(field(form, "name", 60), safe=" "), 365 * 86_400)
    return answer


def _own(to: str) -> str:
    """An address of ours; the list of events for any other."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() else "/events"
