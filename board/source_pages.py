"""How the sources are doing, one by one and day by day; paused, asked at once or tried on the desk's word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from board.doors import NoSuchError, Reader, Sent, TheHouse, back, now
from board.drawing import spark
from board.lent import House
from board.rendering import page
from core.config import Source
from core.errors import InputError
from core.model import CrawlResult, SourceDay, SourceState
from storage.browse import KnownSource

pages = APIRouter(include_in_schema=False)

_WEEK = 7
_DAYS, _SPANS = 28, (7, 28, 92)
_LEVELS = (1, 5, 15, 40, 100)  # articles a day from which on a cell of the map is darker
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source as the list tells it."""

    source: Source
    state: str
    words: str
    alarming: bool
    known: SourceState
    rhythm: timedelta | None
    lag: timedelta | None
    late: timedelta | None
    articles: Markup
    reports: Markup
    week: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """One source on one day: how dark, whether something failed, and all of it in words."""

    level: int
    failed: bool
    words: str
    reports: int


@pages.get("/sources")
def sources(request: Request, who: Reader, house: TheHouse) -> Response:
    """All of them, those in trouble first."""
    rows = sorted(source_rows(house, house.sources(), now()), key=_trouble)
    return page(request, "sources.html", who, {"rows": rows})


@pages.get("/sources/{name}")
def source(request: Request, name: str, who: Reader, house: TheHouse) -> Response:
    """One source, its last visits and articles."""
    return page(request, "source.html", who, _one(house, name))


@pages.post("/sources/{name}/{act}")
def change(request: Request, name: str, act: str, who: Reader, form: Sent, house: TheHouse) -> Response:
    """Pause it, resume it, have it visited at once, or try it."""
    chosen = named(house, name)
    if act == "check":
        shown = _one(house, name) | {"checked": list(house.check(chosen))}
        return page(request, "source.html", who, shown)
    do(house, chosen, act, who.name)
    words = {"pause": "is paused: no visits until somebody resumes it", "resume": "is visited again"}
    told = words.get(act, "is visited within seconds, if the monitor runs")
    return back(request, request.url_for("source", name=name).path, f"{name} {told}.")


def do(house: House, source: Source, act: str, by: str) -> None:
    """Pause, resume or visit a source. Raises InputError."""
    browse = house.store.browse
    acts = {"pause": browse.pause, "resume": browse.resume, "visit": browse.ask}
    if act not in acts:
        raise NoSuchError(f"There is nothing called {act[:40]} to do with a source.")
    if act == "visit" and house.store.browse.sources([source.name], now())[source.name].state.paused:
        raise InputError(f"{source.name} is paused: resume it first")
    acts[act](source.name, by, now())


@pages.get("/coverage")
def coverage(request: Request, who: Reader, house: TheHouse) -> Response:
    """The map of sources by day."""
    count = next((each for each in _SPANS if str(each) == request.query_params.get("days")), _DAYS)
    days = _last(count, now())
    told = _by_source(house.store.browse.days(days[0]))
    names = [each.name for each in house.sources()]
    more = sorted(told.keys() - set(names))  # those that are configured no more
    lines = [
        (name, [_cell(told.get(name, {}).get(day.isoformat()), name, day) for day in days]) for name in names + more
    ]
    sums = [sum(told[name][day.isoformat()].reports for name in told if day.isoformat() in told[name]) for day in days]
    shown: dict[str, Any] = {"days": days, "lines": lines, "count": count, "sums": sums, "levels": _LEVELS}
    return page(request, "coverage.html", who, shown | {"choices": _SPANS})


def source_rows(house: House, chosen: Sequence[Source], at: datetime) -> list[SourceRow]:
    """What is known of sources."""
    known = house.store.browse.sources([each.name for each in chosen], at)
    days = _last(_WEEK, at)
    told = _by_source(house.store.browse.days(days[0]))
    return [_row(house, each, known[each.name], told.get(each.name, {}), days, at) for each in chosen]


def named(house: House, name: str) -> Source:
    """The source of a name. Raises NoSuchError."""
    found = next((each for each in house.sources() if each.name == name), None)
    if found is None:
        raise NoSuchError(f"The configuration has no source {name[:80]}.")
    return found


def _row(
    house: House, source: Source, known: KnownSource, told: Mapping[str, SourceDay], days: Sequence[date], at: datetime
) -> SourceRow:
    doing = house.health(known.visits, known.arrivals, at)
    state, words, alarming = doing.state, doing.words, doing.alarming
    if not source.enabled:
        state, words, alarming = "off", "not enabled in the configuration", False
    elif known.state.paused:
        state, words, alarming = "paused", f"paused by {known.state.paused_by}", False
    week = [told.get(each.isoformat()) for each in days]
    articles, reports = [each.articles if each else 0 for each in week], [each.reports if each else 0 for each in week]
    lags = sorted(known.lags)
    gaps = [later - earlier for earlier, later in pairwise(each.fetched for each in known.arrivals.last)]
    return SourceRow(
        source,
        *(state, words, alarming, known.state),
        rhythm=_middle(gaps),
        lag=_middle(lags),
        late=lags[int(len(lags) * 0.95)] if lags else None,
        articles=spark(articles, f"articles in {_WEEK} days: {', '.join(map(str, articles))}"),
        reports=spark(reports, f"reports in {_WEEK} days: {', '.join(map(str, reports))}"),
        week=(sum(articles), sum(reports)),
    )


def _one(house: House, name: str) -> dict[str, Any]:
    chosen, browse = named(house, name), house.store.browse
    (row,) = source_rows(house, [chosen], now())
    visits: Sequence[CrawlResult] = browse.sources([name], now())[name].visits[::-1]
    return {"row": row, "visits": visits, "articles": browse.articles(name, False, 12).articles, "checked": None}


def _middle(spans: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(each.total_seconds() for each in spans)) if len(spans) >= _FEWEST else None


def _last(count: int, at: datetime) -> list[date]:
    return [at.date() - timedelta(days=back) for back in range(count - 1, -1, -1)]


def _by_source(days: Sequence[SourceDay]) -> dict[str, dict[str, SourceDay]]:
    found: dict[str, dict[str, SourceDay]] = defaultdict(dict)
    for each in days:
        found[each.source][each.day] = each
    return found


def _cell(told: SourceDay | None, name: str, day: date) -> Cell:
    if told is None:
        return Cell(0, False, f"{name}, {day}: nothing asked", 0)
    level = sum(told.articles >= each for each in _LEVELS)
    return Cell(level, bool(told.failed), f"{name}, {day}: {', '.join(_counts(told))}", told.reports)


def _counts(told: SourceDay) -> Iterator[str]:
    yield f"{told.articles:,} articles"
    yield f"{told.reports:,} reports"
    yield f"{told.visits:,} visits"
    if told.failed:
        yield f"{told.failed:,} of them failed"


def _trouble(row: SourceRow) -> tuple[bool, bool, bool, str]:
    return not row.alarming, row.state not in ("shaky", "paused"), not row.source.enabled, row.source.name
