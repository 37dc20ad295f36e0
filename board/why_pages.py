"""Why an article is a report or none: stored ones, pasted addresses and texts; and one click makes a labelled case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from board import cases
from board.asking import article_place, cursor, day
from board.doors import NoSuchError, Reader, Sent, TheHouse, back, field, now
from board.lent import Explained, House
from board.rendering import page
from core import wording
from core.errors import InputError
from core.model import Act, Exchange, Figure, Rejection, Report
from core.urls import is_fetchable

pages = APIRouter(include_in_schema=False)

_A_PAGE = 40
LONGEST_TEXT = 100_000
_LONGEST_URL = 2_000


@pages.get("/articles")
def articles(request: Request, who: Reader, house: TheHouse) -> Response:
    """The stored articles, the last fetched first, each with what detection made of it."""
    given = request.query_params
    names = sorted(each.name for each in house.sources())
    source, reports = given.get("source", ""), given.get("reports") in ("1", "on")
    found = house.store.browse.articles(source or None, reports, _A_PAGE, article_place(given.get("after")))
    shown: dict[str, Any] = {"articles": found.articles, "next": cursor(found.behind), "sources": names}
    return page(request, "articles.html", who, shown | {"source": source[:80], "reports": reports})


@pages.get("/why")
def ask(request: Request, who: Reader, house: TheHouse) -> Response:
    """The form for an address or a text, or a stored article, named by `article` (its id or any of its addresses)."""
    wanted = request.query_params.get("article", "").strip()
    if not wanted:
        return page(request, "why.html", who, {"explained": None})
    return page(request, "why.html", who, _shown(stored(house, wanted)) | {"stored": wanted})


@pages.post("/why")
def explain(request: Request, who: Reader, form: Sent, house: TheHouse) -> Response:
    """Why a pasted address or text is a report, or none."""
    return page(request, "why.html", who, _shown(_asked(house, form)))


@pages.post("/why/case")
def keep(request: Request, who: Reader, form: Sent, house: TheHouse) -> Response:
    """Keep an article as a labelled case: right as it was found, a report that was missed, or none at all."""
    explained, label = _asked(house, form), field(form, "label")
    file = cases.write(house.settings.cases, explained, house.rules.label(explained), label, who.name, now())
    house.store.browse.put_act(Act(now(), who.name, "kept as a labelled case", str(file)))
    return back(request, "/why", f"Kept as {file}: look it over before it is learnt from.")


def stored(house: House, wanted: str) -> Explained:
    """A stored article under the rules as they are now. Raises NoSuchError."""
    article = house.store.article(wanted)
    if article is None:
        raise NoSuchError(f"No article is stored under {wanted[:200]}.")
    when = article.published or article.fetched_at
    told = house.rules.explain(article.title, article.text, when, article.language)
    return Explained(article, told.detection, told.tree)


def _asked(house: House, form: FormData) -> Explained:
    if wanted := field(form, "article", _LONGEST_URL):
        return stored(house, wanted)
    if url := field(form, "url", _LONGEST_URL):
        if not is_fetchable(url):
            raise InputError("an address is wanted that begins with http:// or https:// and names a host")
        return house.rules.fetch(url)
    text = form.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InputError("paste an address or a text")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"a text of {LONGEST_TEXT:,} characters at most is read")
    title, published = field(form, "title", 500) or None, day(field(form, "published"))
    told = house.rules.explain(title, text.replace("\r\n", "\n"), published, field(form, "language", 2) or None)
    origin = field(form, "from", _LONGEST_URL)  # of a page that was fetched before
    return replace(told, article=replace(told.article, url=origin)) if is_fetchable(origin) else told


def _shown(explained: Explained) -> dict[str, Any]:
    told = explained.detection
    figures = [figure.text for _, exchange in _exchanges(told) for figure in _figures(exchange)]
    paragraphs = [each for each in wording.visible(explained.article.text[:LONGEST_TEXT]).split("\n") if each.strip()]
    return {
        "explained": explained,
        "is_report": isinstance(told, Report),
        "exchanges": list(_exchanges(told)),
        "paragraphs": [wording.parts(each, wording.places(each, figures)) for each in paragraphs],
        "stored": "",
    }


def _exchanges(told: Report | Rejection) -> Iterator[tuple[str, Exchange]]:
    if isinstance(told, Report):
        yield from (("news", each) for each in told.exchanges)
    yield from (("background", each) for each in told.background)


def _figures(exchange: Exchange) -> Iterator[Figure]:
    yield from (each.count for each in exchange.transfers if each.count)
