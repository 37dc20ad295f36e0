"""The board's data as JSON, and what the desk does as calls; /api/openapi.json describes all of it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.security import HTTPBearer
from starlette.requests import Request

from board import figures
from board.access import Who, from_here
from board.answers import (
    ActOut,
    Address,
    ArchiveOut,
    Correction,
    Day,
    DayOut,
    EventOut,
    EventPage,
    Merging,
    Moment,
    Name,
    Pasted,
    Problem,
    SourceOut,
    Splitting,
    SumOut,
    Undone,
    Url,
    Verdict,
    WhyOut,
    Words,
    act_out,
    archive_out,
    day_out,
    event_out,
)
from board.asking import Filters, cursor, event_place
from board.doors import ForbiddenError, NoSuchError, TheHouse, now, reader_of
from board.lent import Explained, House
from board.source_pages import SourceRow, do, named, source_rows
from board.why_pages import stored
from core.errors import InputError
from core.feedback import Feedback
from core.model import Event, Kind, Rejection, Status
from core.urls import is_fetchable

_told: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": words}
    for code, words in (
        (400, "No address or body can be so"),
        (401, "A token is wanted"),
        (403, "This reader may not"),
        (404, "Not there"),
        (409, "It cannot be done as things are"),
        (413, "Too large"),
        (421, "The board does not go by this name"),
        (422, "The request is not of its form"),
        (502, "What lies beyond did not answer"),
        (503, "The database cannot be used"),
    )
}


def writer_of(request: Request) -> Who:
    """A reader who may write. Raises StrangerError, ForbiddenError."""
    who = reader_of(request)
    # A browser sends sessions along by itself, but JSON to another site only after asking, which nobody answers.
    if not from_here(request.headers):
        raise ForbiddenError("This call comes from a page that is not of the board.")
    if request.headers.get("content-type", "application/json").partition(";")[0].strip() != "application/json":
        raise ForbiddenError("Calls carry JSON: Content-Type: application/json.")
    if not who.writes:
        raise ForbiddenError("This token may read, not write.")
    return who


Reader = Annotated[Who, Depends(reader_of)]
Writer = Annotated[Who, Depends(writer_of)]
EventId = Annotated[Name, Path(description="As the list of events has it.")]
SourceName = Annotated[Name, Path(description="A name from the configuration.")]

calls = APIRouter(
    prefix="/api", responses=_told, dependencies=[Depends(HTTPBearer(auto_error=False, description="A token"))]
)


@calls.get("/openapi.json", include_in_schema=False)
def openapi(request: Request, who: Reader) -> dict[str, Any]:
    """The description of all calls."""
    described: dict[str, Any] = request.app.openapi()
    return described


@calls.get("/events")
def list_events(
    who: Reader,
    house: TheHouse,
    party: Words = "",
    kind: Kind | None = None,
    status: Status | None = None,
    disputed: bool = False,
    unreviewed: bool = False,
    closed: bool = False,
    since: Day | None = None,
    until: Day | None = None,
    q: Annotated[Words, Query(description="Words that all have to be found.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str, Query(pattern="^[A-Za-z0-9_-]{0,600}$", description="As the page before gave it.")] = "",
) -> EventPage:
    """The events that fit, the newest day first."""
    days = {"since": since.isoformat() if since else "", "until": until.isoformat() if until else ""}
    filters = Filters(party, kind or "", status or "", disputed, unreviewed, closed, **days, q=q)
    if after and event_place(after) is None:
        raise NoSuchError("No page begins at this `after`.")
    found = house.store.browse.events(filters.wanted(house.names), limit, event_place(after))
    return EventPage(events=[event_out(each) for each in found.events], after=cursor(found.behind) or None)


@calls.get("/events/{event_id}")
def one_event(event_id: EventId, who: Reader, house: TheHouse) -> EventOut:
    """One event; an id that was merged into another gives that."""
    return event_out(_event(house, event_id))


@calls.post("/events/{event_id}/words")
def say(event_id: EventId, word: Verdict | Correction, who: Writer, house: TheHouse) -> EventOut:
    """Confirm, dismiss, mute or unmute an event, or correct a figure of it."""
    event = _event(house, event_id)
    given = Feedback(f"api-{uuid.uuid4().hex}", event.id, word.verdict, who.name, now())
    if isinstance(word, Correction):
        given = _corrected(event, word, given)
    house.hand.say(given)
    return event_out(_event(house, event.id))


@calls.post("/events/{event_id}/merge")
def merge(event_id: EventId, merging: Merging, who: Writer, house: TheHouse) -> EventOut:
    """Make another event part of this one."""
    _event(house, event_id)
    return event_out(house.hand.merge(event_id, merging.other, who.name, now()))


@calls.post("/events/{event_id}/split")
def split(event_id: EventId, splitting: Splitting, who: Writer, house: TheHouse) -> EventOut:
    """Make what some articles tell an event of its own, and give that."""
    _event(house, event_id)
    return event_out(house.hand.split(event_id, splitting.articles, who.name, now()))


@calls.post("/events/{event_id}/undo")
def undo(event_id: EventId, who: Writer, house: TheHouse) -> Undone:
    """Take back what was done last by hand to an event."""
    _event(house, event_id)
    return Undone(undone=house.hand.undo(event_id, who.name, now()))


@calls.get("/sources")
def list_sources(who: Reader, house: TheHouse) -> list[SourceOut]:
    """How each source is doing."""
    return [_source_out(each) for each in source_rows(house, house.sources(), now())]


@calls.post("/sources/{name}/pause")
def pause(name: SourceName, who: Writer, house: TheHouse) -> SourceOut:
    """No visits until somebody resumes it."""
    return _done(house, name, "pause", who)


@calls.post("/sources/{name}/resume")
def resume(name: SourceName, who: Writer, house: TheHouse) -> SourceOut:
    """Visits again."""
    return _done(house, name, "resume", who)


@calls.post("/sources/{name}/visit")
def visit(name: SourceName, who: Writer, house: TheHouse) -> SourceOut:
    """A visit as soon as the monitor can."""
    return _done(house, name, "visit", who)


@calls.get("/coverage")
def coverage(who: Reader, house: TheHouse, days: Annotated[int, Query(ge=1, le=92)] = 28) -> list[DayOut]:
    """What every source was asked and gave, by day."""
    return [day_out(each) for each in house.store.browse.days(now().date() - timedelta(days=days - 1))]


@calls.get("/archives")
def archives(who: Reader, house: TheHouse) -> list[ArchiveOut]:
    """How far archives were read, by method and source; the last at work first."""
    return [archive_out(each) for each in house.store.browse.archives()]


@calls.get("/charts")
def charts(
    who: Reader,
    house: TheHouse,
    party: Words = "",
    since: Day | None = None,
    until: Day | None = None,
) -> list[SumOut]:
    """Who was handed over by month and direction, with the disputed range."""
    sums = house.store.browse.sums(since, until, party or None)
    return [SumOut.model_validate(each) for each in figures.by_month(sums)]


@calls.get("/acts")
def acts(
    who: Reader, house: TheHouse, limit: Annotated[int, Query(ge=1, le=200)] = 50, before: Moment | None = None
) -> list[ActOut]:
    """What people of the desk did, the last first."""
    return [act_out(each) for each in house.store.browse.acts(before or datetime.max.replace(tzinfo=UTC), limit)]


@calls.get("/articles/why")
def why_stored(article: Url, who: Reader, house: TheHouse) -> WhyOut:
    """Why a stored article, named by id or URL, is a report or none under the rules of now."""
    return _why_out(stored(house, article))


@calls.post("/why")
def why(asked: Address | Pasted, who: Writer, house: TheHouse) -> WhyOut:
    """The same of an address, which is fetched, or of a text. Nothing is stored."""
    if isinstance(asked, Address):
        if not is_fetchable(asked.url):
            raise InputError("url begins with http:// or https:// and names a host")
        return _why_out(house.rules.fetch(asked.url))
    return _why_out(house.rules.explain(asked.title, asked.text, asked.published, asked.language))


def _event(house: House, event_id: str) -> Event:
    found = house.store.event(event_id)
    if found is None:
        raise NoSuchError(f"There is no event {event_id}.")
    return found


def _corrected(event: Event, word: Correction, given: Feedback) -> Feedback:
    ends = (word.giver, word.receiver, word.what)
    if ends not in {(each.giver, each.receiver, each.what) for each in event.ledger}:
        raise InputError("the event has no such direction")
    return replace(given, giver=word.giver, receiver=word.receiver, what=word.what, figure=word.figure)


def _done(house: House, name: str, act: str, who: Who) -> SourceOut:
    source = named(house, name)
    do(house, source, act, who.name)
    return _source_out(source_rows(house, [source], now())[0])


def _source_out(row: SourceRow) -> SourceOut:
    return SourceOut(
        name=row.source.name,
        url=row.source.url,
        type=row.source.type,
        enabled=row.source.enabled,
        state=row.state,
        words=row.words,
        alarming=row.alarming,
        paused=row.known.paused is not None,
        last_success=row.known.last_success,
        next_due=row.known.next_due,
        articles=row.known.articles,
        reports=row.known.reports,
        articles_in_7_days=row.week[0],
        reports_in_7_days=row.week[1],
        lag_seconds=row.lag.total_seconds() if row.lag else None,
    )


def _why_out(explained: Explained) -> WhyOut:
    told = explained.detection
    rejected = isinstance(told, Rejection)
    return WhyOut(
        url=explained.article.url,
        title=explained.article.title,
        language=told.language,
        relevant=not rejected,
        score=round(told.score, 4),
        gate=told.gate if isinstance(told, Rejection) else None,
        reasons=[told.reason] if isinstance(told, Rejection) else list(told.reasons),
        tree=explained.tree,
    )
