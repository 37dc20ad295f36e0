"""The list of events and the page of each, and what the desk does with them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from board import telling
from board.access import Who
from board.asking import KINDS, STATUSES, Filters, cursor, day, event_place
from board.doors import NoSuchError, Reader, Sent, TheHouse, back, field, now, parties_of
from board.lent import House
from board.pieces import pieces
from board.rendering import page
from core.errors import InputError
from core.feedback import Feedback, Verdict, standing
from core.model import Event
from storage.browse import Wanted

pages = APIRouter(include_in_schema=False)

_A_PAGE = 40
_NEAR = 60
_REACH = timedelta(days=14)
_LARGEST_FIGURE = 10_000_000
_DONE: dict[Verdict, str] = {
    "confirm": "Confirmed",
    "dismiss": "Closed as no exchange",
    "mute": "Muted",
    "unmute": "No longer muted",
    "correct": "Figure corrected",
}


@pages.get("/events")
def events(request: Request, who: Reader, house: TheHouse) -> Response:
    """The list. With `rows` only its rows, and nothing at all where nothing is new since `mark`."""
    filters = Filters.of(request.query_params)
    mark, browse = house.store.browse.mark(), house.store.browse
    rows_only = request.query_params.get("rows") == "1"
    if rows_only and request.query_params.get("mark") == str(mark):
        return Response(status_code=204)
    wanted = filters.wanted(house.names)
    behind = event_place(request.query_params.get("after"))
    found = browse.events(wanted, _A_PAGE, behind)
    shown: dict[str, Any] = {
        "filters": filters,
        "rows": [telling.row(each, house.names) for each in found.events],
        "mark": mark,
        "next": cursor(found.behind),
        "after": request.query_params.get("after", "") if behind else "",
    }
    if rows_only:
        return page(request, "event_rows.html", who, shown)
    shown |= {"count": browse.count(wanted), "kinds": KINDS, "statuses": STATUSES, "parties": parties_of(house)}
    return page(request, "events.html", who, shown)


@pages.get("/events/{event_id}")
def event(request: Request, event_id: str, who: Reader, house: TheHouse) -> Response:
    """All that is known of one event. An id that was merged into another leads there."""
    found = _event(house, event_id)
    if found.id != event_id:
        return RedirectResponse(request.url_for("event", event_id=found.id).path, 301)
    return page(request, "event.html", who, _shown(house, found))


@pages.get("/events/{event_id}/row")
def row(request: Request, event_id: str, who: Reader, house: TheHouse) -> Response:
    """One event as a row of the list."""
    return page(request, "event_row.html", who, {"row": telling.row(_event(house, event_id), house.names)})


@pages.get("/events/{event_id}/fresh")
def fresh(request: Request, event_id: str, who: Reader, house: TheHouse) -> Response:
    """Whether an event has changed since it was shown: nothing, or a word that it has."""
    found = _event(house, event_id)
    if request.query_params.get("state") == _state(found):
        return Response(status_code=204)
    return page(request, "fresh.html", who, {"event_id": found.id})


@pages.post("/events/{event_id}/say")
def say(request: Request, event_id: str, who: Reader, form: Sent, house: TheHouse) -> Response:
    """What somebody of the desk says of an event."""
    event = _event(house, event_id)
    given = _feedback(event, form, who)
    words = f"{_DONE[given.verdict]} by {who.name}. Undo takes it back."
    if given.verdict in {each.verdict for each in standing(event)} - {"correct"}:
        words = "That was said before, and holds."
    else:
        house.hand.say(given)
    if field(form, "as") == "row":
        return row(request, given.event_id, who, house)
    return back(request, _address(request, given.event_id), words)


@pages.post("/events/{event_id}/merge")
def merge(request: Request, event_id: str, who: Reader, form: Sent, house: TheHouse) -> Response:
    """Make another event part of this one."""
    made = house.hand.merge(event_id, field(form, "other"), who.name, now())
    return back(request, _address(request, made.id), f"{field(form, 'other')} is part of this event now.")


@pages.post("/events/{event_id}/split")
def split(request: Request, event_id: str, who: Reader, form: Sent, house: TheHouse) -> Response:
    """Make what some articles tell an event of its own."""
    chosen = [each for each in form.getlist("article") if isinstance(each, str)]
    if not chosen:
        raise InputError("tick the articles that belong to another event")
    made = house.hand.split(event_id, chosen, who.name, now())
    words = f"Set apart from {event_id}. Undo there, not here, takes it back."
    return back(request, _address(request, made.id), words)


@pages.post("/events/{event_id}/undo")
def undo(request: Request, event_id: str, who: Reader, form: Sent, house: TheHouse) -> Response:
    """Take back what was done last by hand."""
    done = house.hand.undo(event_id, who.name, now())
    if field(form, "as") == "row":
        return row(request, event_id, who, house)
    return back(request, _address(request, _event(house, event_id).id), f"Taken back: {done}.")


def _shown(house: House, found: Event) -> dict[str, Any]:
    names, store = house.names, house.store
    articles = {member.article_id for member in found.members}
    versions = store.versions(articles)
    changed = {each.article_id for each in versions}
    now_says = {each: article for each in changed if (article := store.article(each)) is not None}
    links = [(each.channel, house.thread_url(each.channel, each.thread_id)) for each in store.browse.posted(found.id)]
    return {
        "event": found,
        "title": telling.title(found, names),
        "row": telling.row(found, names),
        "facts": list(telling.facts(found, names)),
        "tables": telling.tables(found, names),
        "voices": telling.voices(found, names),
        "discrepancies": telling.discrepancies(found, names),
        "timeline": telling.timeline(found, store.decisions(found.id), names),
        "pieces": pieces(found, versions, now_says, store.kept(articles)),
        "standing": [each.in_words() for each in standing(found)],
        "silent": telling.silent(found),
        "said": found.feedback,
        "rulings": store.rulings(found.id),
        "threads": [(channel, link) for channel, link in links if link],
        "near": [telling.row(each, names) for each in _around(house, found) if each.id != found.id],
        "state": _state(found),
    }


def _around(house: House, found: Event) -> tuple[Event, ...]:
    """Events of the same side within two weeks, or just the newest: those that this one may be part of."""
    wanted = Wanted(found.parties[0] if found.parties else None)
    if told := day(found.date):
        wanted = replace(wanted, since=told - _REACH, until=told + _REACH)
    return house.store.browse.events(wanted, _NEAR).events


def _feedback(event: Event, form: FormData, who: Who) -> Feedback:
    """Raises InputError for what makes no sense."""
    verdict = next((each for each in get_args(Verdict) if each == field(form, "verdict")), None)
    if verdict is None or verdict not in _DONE:
        raise InputError("say confirm, dismiss, mute, unmute or correct")
    given = Feedback(f"board-{uuid.uuid4().hex}", event.id, verdict, who.name, now())
    if verdict != "correct":
        return given
    return corrected(given, event, field(form, "line"), field(form, "figure"))


def corrected(given: Feedback, event: Event, line: str, figure: str) -> Feedback:
    """The word with the line, by its number, and the right figure for it. Raises InputError."""
    number = figure.replace(",", "").replace(" ", "").replace("\u00a0", "").replace(".", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 9 and int(number) <= _LARGEST_FIGURE):
        raise InputError(f"{figure[:30]!r} is no figure: write digits, such as 1,200")
    if not (line.isascii() and line.isdecimal() and len(line) < 5 and int(line) < len(event.ledger)):
        raise InputError("this event has no such line any more: load the page again")
    told = event.ledger[int(line)]
    return replace(given, giver=told.giver, receiver=told.receiver, what=told.what, figure=int(number))


def _event(house: House, event_id: str) -> Event:
    found = house.store.event(event_id)
    if found is None:
        raise NoSuchError(f"There is no event {event_id[:100]}.")
    return found


def _address(request: Request, event_id: str) -> str:
    return request.url_for("event", event_id=event_id).path


def _state(found: Event) -> str:
    """What changes whenever the page of an event would."""
    last = max([found.updated, *(each.at for each in found.feedback)])
    return f"{last.timestamp():.6f}-{len(found.members)}-{len(found.feedback)}"
