"""Events -> an Atom feed and a CSV table, for feed readers and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree import ElementTree as Xml

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from board.asking import Filters
from board.doors import Reader, TheHouse
from core import wording
from core.model import Event
from events.headline import amount, headline
from events.table import COLUMNS, harmless, lines

pages = APIRouter(include_in_schema=False)

_ATOM = "http://www.w3.org/2005/Atom"
_ENTRIES = 60
_MOST_LINES = 10_000
_AT_ONCE = 500

Xml.register_namespace("", _ATOM)


@pages.get("/events.atom")
def atom(request: Request, who: Reader, house: TheHouse) -> Response:
    """The events that changed last, an entry each, replaced as its event grows."""
    root = house.settings.url.rstrip("/") if house.settings.url else str(request.base_url).rstrip("/")
    found = house.store.browse.latest(_ENTRIES)
    feed = Xml.Element(_name("feed"))
    _put(feed, "id", "urn:exchangewatch:board")
    _put(feed, "title", "Exchanges between warring sides")
    _put(feed, "updated", _moment(max((each.updated for each in found), default=datetime.now(UTC))))
    _put(Xml.SubElement(feed, _name("author")), "name", "ExchangeWatch")
    Xml.SubElement(feed, _name("link"), rel="self", href=f"{root}/events.atom")
    Xml.SubElement(feed, _name("link"), rel="alternate", href=f"{root}/events", type="text/html")
    for event in found:
        _entry(feed, event, root, house.names)
    return Response(Xml.tostring(feed, "utf-8", xml_declaration=True), media_type="application/atom+xml")


@pages.get("/events.csv")
def table(request: Request, who: Reader, house: TheHouse) -> Response:
    """The events that the filters want, a line for each direction of each, 10,000 events at most."""
    filters = Filters.of(request.query_params)
    found: list[Event] = []
    behind = None
    while len(found) < _MOST_LINES:
        some = house.store.browse.events(filters.wanted(house.names), _AT_ONCE, behind)
        found += some.events
        behind = some.behind
        if behind is None:
            break
    headers = {"Content-Disposition": 'attachment; filename="events.csv"'}
    return Response(_csv(found), media_type="text/csv; charset=utf-8", headers=headers)


def _csv(found: Iterable[Event]) -> str:
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in line] for event in found for line in lines(event))
    return sheet.getvalue()


def _entry(feed: Xml.Element, event: Event, root: str, names: Mapping[str, str]) -> None:
    entry = Xml.SubElement(feed, _name("entry"))
    _put(entry, "id", f"urn:exchangewatch:event:{quote(event.id)}")
    _put(entry, "title", wording.clean(headline(event, names), 200))
    _put(entry, "updated", _moment(max([event.updated, *(each.at for each in event.feedback)])))
    _put(entry, "published", _moment(event.first_seen))
    Xml.SubElement(entry, _name("link"), rel="alternate", href=f"{root}/events/{quote(event.id, safe='')}")
    for term in (event.kind, event.status):
        Xml.SubElement(entry, _name("category"), term=term)
    _put(entry, "content", "\n".join(_told(event, names)))


def _told(event: Event, names: Mapping[str, str]) -> Iterator[str]:
    yield f"{wording.day(event.date)}, {event.status}"
    for line in event.ledger:
        yield f"{wording.direction(line.giver, line.receiver, names)}: {amount(line)}"
    yield from (wording.clean(wording.spelled(each, names)) for each in event.discrepancies)
    yield from (wording.clean(each.in_words()) for each in event.feedback[-3:])
    outlets: Sequence[str] = list(dict.fromkeys(member.outlet for member in event.members))
    yield wording.clean(f"reported by {wording.listed(outlets, 6)}")


def _put(parent: Xml.Element, tag: str, text: str) -> None:
    Xml.SubElement(parent, _name(tag)).text = text


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _name(tag: str) -> str:
    return f"{{{_ATOM}}}{tag}"
