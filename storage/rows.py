"""Rows to core types: articles, members, and events with their ledgers, in as few queries as tables."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, select

from core.feedback import Feedback, Ruling, feedback
from core.model import Alert, Article, Claim, Event, Evidence, Exchange, LedgerLine, Member, Total
from storage.codec import loads, words
from storage.schema import addresses, alerts, articles, claims, events, ledger_lines, members, rulings, totals
from storage.schema import feedback as opinions

T = TypeVar("T")
_AT_ONCE = 500  # values in one IN (...), well under what SQLite allows
_LONGEST_KEY = 1000  # characters; PostgreSQL refuses to index much longer ones


def address(url: str) -> str:
    """The URL as a key: itself or, where no index would take it, its beginning and a hash."""
    if len(url) <= _LONGEST_KEY:
        return url
    return url[:100] + "#sha256:" + hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()


def in_parts(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in lists that fit into one query."""
    every = list(values)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]


def read_articles(connection: Connection, query: Select[Any]) -> list[Article]:
    """The articles of a query on that table, each with its aliases."""
    rows = connection.execute(query).all()
    aliases = defaultdict(list)
    for ids in in_parts(row.id for row in rows):
        asked = select(addresses).where(addresses.c.article_id.in_(ids)).order_by(addresses.c.url)
        for url, article_id in connection.execute(asked):
            aliases[article_id].append(url)
    return [_article(row, aliases[row.id]) for row in rows]


def read_members(connection: Connection, condition: Any) -> list[Member]:
    """The members for which `condition` holds, in the order of their keys."""
    wanted = (members, articles.c.url, articles.c.outlet, articles.c.title)
    query = select(*wanted).join(articles, articles.c.id == members.c.article_id).where(condition)
    return sorted((_member(row) for row in connection.execute(query)), key=lambda member: member.key)


def read_events(connection: Connection, ids: Sequence[str]) -> list[Event]:
    """The whole events of these ids, in this order, with what the desk said of them."""
    found: dict[str, Event] = {}
    for part in in_parts(ids):
        lines = _lines(connection, part)
        told_by = _members_by_event(connection, part)
        said = read_feedback(connection, part)
        for row in connection.execute(select(events).where(events.c.id.in_(part))):
            found[row.id] = feedback(_event(row, lines.get(row.id, ()), told_by.get(row.id, ())), said.get(row.id, ()))
    return [found[each] for each in ids if each in found]


def read_feedback(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Feedback, ...]]:
    """What the desk said of each of these events, the first word first."""
    said = select(opinions).where(opinions.c.event_id.in_(ids)).order_by(opinions.c.at, opinions.c.id)
    return _divided((_feedback(row) for row in connection.execute(said)), lambda each: each.event_id)


def _feedback(row: Row[Any]) -> Feedback:
    return Feedback(row.id, row.event_id, row.verdict, row.by, row.at, row.giver, row.receiver, row.what, row.figure)


def read_rulings(connection: Connection, condition: Any) -> list[Ruling]:
    """The rulings that hold and for which `condition` does, the oldest first."""
    asked = select(rulings).where(rulings.c.undone.is_(None), condition).order_by(rulings.c.number)
    return [
        Ruling(row.event_id, row.what, words(row.keys), row.by, row.at, row.number) for row in connection.execute(asked)
    ]


def read_totals(connection: Connection) -> list[Total]:
    """Every running total that an article claims; an outlet speaks for itself where it names nobody."""
    asked = select(totals, articles.c.outlet, articles.c.url, articles.c.moment).join(
        articles, articles.c.id == totals.c.article_id
    )
    return [
        Total(
            row.giver,
            row.receiver,
            row.what,
            row.low,
            row.best,
            row.high,
            row.claimed_side or row.claimed_by or row.outlet,
            row.moment.date(),
            row.outlet,
            row.url,
            loads(Evidence, row.evidence).quote,
        )
        for row in connection.execute(asked.order_by(totals.c.number))
    ]


def read_alert(row: Row[Any]) -> Alert:
    """The alert of a row of that table."""
    return Alert(row.id, row.event_id, row.reason, row.detail, loads(Event, row.event), row.created)


def family(connection: Connection, event_id: str) -> list[str]:
    """The id of the event that `event_id` belongs to now, and after it those of all that were merged into it."""
    kept = current_id(connection, event_id)
    merged = select(events.c.id).where(events.c.merged_into == kept).order_by(events.c.id)
    return [kept, *connection.scalars(merged)]


def current_id(connection: Connection, event_id: str) -> str:
    """The id of the event that `event_id` was merged into, or itself."""
    return connection.scalar(select(events.c.merged_into).where(events.c.id == event_id)) or event_id


def last_told(connection: Connection, event_id: str) -> Event | None:
    """The event as it was when it was last told; what was merged into it counts as itself."""
    mine = alerts.c.event_id.in_(family(connection, event_id))
    row = connection.execute(select(alerts).where(mine).order_by(alerts.c.number.desc()).limit(1)).first()
    return None if row is None else read_alert(row).event


def _article(row: Row[Any], urls: Sequence[str]) -> Article:
    return Article(
        url=row.url,
        source=row.source,
        outlet=row.outlet,
        title=row.title,
        text=row.text,
        language=row.language,
        published=row.published,
        fetched_at=row.fetched_at,
        aliases=tuple(url for url in urls if url != address(row.url)),
        id=row.id,
    )


@lru_cache(maxsize=4096)
def _exchange(text: str) -> Exchange:
    """Frozen, and read again with every near report of the next days, so it is kept for a while."""
    return loads(Exchange, text)


def _member(row: Row[Any]) -> Member:
    return Member(
        key=row.key,
        article_id=row.article_id,
        url=row.url,
        outlet=row.outlet,
        outlet_kind=row.outlet_kind,
        language=row.language,
        title=row.title,
        published=row.published,
        first_seen=row.first_seen,
        score=row.score,
        exchange=_exchange(row.exchange),
        outlet_side=row.outlet_side,
        sketch=row.sketch,
        joined=row.joined,
        state=row.state,
    )


def _members_by_event(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Member, ...]]:
    query = select(members.c.key, members.c.event_id).where(members.c.event_id.in_(ids))
    event_of = {row.key: row.event_id for row in connection.execute(query)}
    return _divided(read_members(connection, members.c.event_id.in_(ids)), lambda member: event_of[member.key])


def _lines(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[LedgerLine, ...]]:
    said = _claims(connection, ids)
    order = (ledger_lines.c.event_id, ledger_lines.c.position)
    rows = connection.execute(select(ledger_lines).where(ledger_lines.c.event_id.in_(ids)).order_by(*order))
    by_event = _divided(rows, lambda row: str(row.event_id))
    return {
        event_id: tuple(
            LedgerLine(
                row.giver, row.receiver, row.what, row.low, row.best, row.high, said.get((event_id, row.position), ())
            )
            for row in lines
        )
        for event_id, lines in by_event.items()
    }


def _claims(connection: Connection, ids: Sequence[str]) -> dict[tuple[str, int], tuple[Claim, ...]]:
    query = (
        select(claims, articles.c.url, articles.c.outlet)
        .join(articles, articles.c.id == claims.c.article_id)
        .where(claims.c.event_id.in_(ids))
        .order_by(claims.c.event_id, claims.c.line, claims.c.position)
    )
    by_line = _divided(connection.execute(query), lambda row: (str(row.event_id), int(row.line)))
    return {line: tuple(_claim(row) for row in rows) for line, rows in by_line.items()}


def _claim(row: Row[Any]) -> Claim:
    return Claim(
        low=row.low,
        best=row.best,
        high=row.high,
        claimed_by=row.claimed_by,
        outlet=row.outlet,
        url=row.url,
        article_id=row.article_id,
        language=row.language,
        evidence=loads(Evidence, row.evidence),
        figure_text=row.figure_text,
        first_seen=row.first_seen,
        side=row.claimed_side,
        state=row.state,
    )


def _event(row: Row[Any], ledger: tuple[LedgerLine, ...], told_by: tuple[Member, ...]) -> Event:
    return Event(
        id=row.id,
        kind=row.kind,
        status=row.status,
        date=row.date,
        parties=words(row.parties),
        ledger=ledger,
        discrepancies=words(row.discrepancies),
        mediators=words(row.mediators),
        sources=words(row.sources),
        members=told_by,
        score=row.score,
        first_seen=row.first_seen,
        updated=row.updated,
    )


K = TypeVar("K")


def _divided(rows: Iterable[T], key: Callable[[T], K]) -> dict[K, tuple[T, ...]]:
    parts: dict[K, list[T]] = defaultdict(list)
    for row in rows:
        parts[key(row)].append(row)
    return {name: tuple(part) for name, part in parts.items()}
