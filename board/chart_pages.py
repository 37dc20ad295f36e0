"""Bodies and prisoners by month and direction: the page, the picture and the table to take along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from board import drawing, figures
from board.asking import day
from board.doors import Reader, TheHouse, parties_of
from board.lent import House
from board.rendering import page
from storage.browse import Sum

pages = APIRouter(include_in_schema=False)

_BARS = 24
_TITLES: tuple[tuple[figures.Group, str], ...] = (("bodies", "Bodies"), ("people", "Prisoners and civilians"))


@pages.get("/charts")
def charts(request: Request, who: Reader, house: TheHouse) -> Response:
    """Both groups, by month and summed up."""
    sums, query = _sums(request, house)
    months = figures.months(sums)
    last = months[-_BARS:]  # more would be hairs
    shown = []
    for group, title in _TITLES:
        series = figures.series(sums, group, house.names)
        by_month = drawing.bars(series, last, f"{title} handed over by month") if series else None
        summed = drawing.curves(series, months, f"{title} handed over, summed up") if series else None
        shown.append({"title": title, "series": series, "bars": by_month, "curves": summed})
    more: dict[str, Any] = {
        "charts": shown,
        "months": months,
        "shown": last,
        "parties": parties_of(house),
        "query": query,
    }
    return page(request, "charts.html", who, more | {"asked": _asked(request)})


@pages.get("/charts.csv")
def table(request: Request, who: Reader, house: TheHouse) -> Response:
    """The same as CSV."""
    sums, _ = _sums(request, house)
    headers = {"Content-Disposition": 'attachment; filename="handed-over.csv"'}
    return Response(figures.as_csv(sums), media_type="text/csv; charset=utf-8", headers=headers)


@pages.get("/charts.png")
def picture(request: Request, who: Reader, house: TheHouse) -> Response:
    """The same as a picture; with `summed` what it comes to month after month."""
    sums, _ = _sums(request, house)
    group = request.query_params.get("group", "bodies")
    chosen = [each for each in sums if figures.group_of(each) == group]
    summed = request.query_params.get("summed") == "1"
    what = next((title for name, title in _TITLES if name == group), "Nobody")
    title = f"{what} handed over, {'summed up' if summed else 'by month'}"
    headers = {"Content-Disposition": 'attachment; filename="handed-over.png"'}
    return Response(house.picture(chosen, title, summed), media_type="image/png", headers=headers)


def _asked(request: Request) -> dict[str, str]:
    given = request.query_params
    days = {name: given.get(name, "") if day(given.get(name)) else "" for name in ("since", "until")}
    return {"party": given.get("party", "")[:100], **days}


def _sums(request: Request, house: House) -> tuple[Sequence[Sum], str]:
    asked = _asked(request)
    query = urlencode({name: value for name, value in asked.items() if value})
    return house.store.browse.sums(day(asked["since"]), day(asked["until"]), asked["party"] or None), query
