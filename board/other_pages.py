"""What the desk did, the archives, and the way in and out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from board import doors
from board.asking import moment
from board.doors import Reader, TheHouse, now
from board.rendering import page

pages = APIRouter(include_in_schema=False)

_A_PAGE = 60
_UNITS = 40
_STILL = timedelta(minutes=10)  # whoever reads writes down how far it has come more often
_END = datetime.max.replace(tzinfo=UTC)


@pages.get("/")
def first(request: Request) -> Response:
    """The list of events."""
    return RedirectResponse("/events", 302)


@pages.get("/acts")
def acts(request: Request, who: Reader, house: TheHouse) -> Response:
    """What people of the desk did, on the board, in Slack and on the command line; the last first."""
    before = moment(request.query_params.get("before")) or _END
    found = house.store.browse.acts(before, _A_PAGE)
    behind = found[-1].at.isoformat() if len(found) == _A_PAGE else ""
    events = {each.about for each in found if house.store.browse.is_event(each.about)}
    return page(request, "acts.html", who, {"acts": found, "next": behind, "events": events})


@pages.get("/archives")
def archives(request: Request, who: Reader, house: TheHouse) -> Response:
    """How far archives were read, what is being read now, and what failed."""
    browse, at = house.store.browse, now()
    running = [(unit, at - unit.updated > _STILL) for unit in browse.archive_units("running", _UNITS)]
    shown = {"progress": browse.archives(), "running": running, "failed": browse.archive_units("failed", _UNITS)}
    return page(request, "archives.html", who, shown)


pages.get("/login")(doors.ask)
pages.post("/login")(doors.enter)
pages.post("/logout")(doors.leave)
pages.post("/me")(doors.call_me)
