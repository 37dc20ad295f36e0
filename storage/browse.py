"""What readers at a screen ask for -> one page of it, never more than a page's worth of work for the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, exists, func, or_, select, tuple_

from core.archives import ArchiveProgress, ArchiveUnit, UnitState
from core.feedback import Feedback
from core.model import (
    Act,
    Arrivals,
    Article,
    CrawlResult,
    Event,
    Kind,
    Rejection,
    Report,
    SourceDay,
    SourceState,
    Status,
)
from storage import archives, rows, visits
from storage.codec import load_detection
from storage.engine import reading, writing
from storage.schema import (
    acts,
    articles,
    deliveries,
    event_parties,
    events,
    ledger_lines,
    members,
    rulings,
)
from storage.schema import decisions as decisions_table
from storage.schema import feedback as opinions

_MOST_COUNTED = 1_000
_MOST_CHARTED = 20_000
_LOOKED_BACK = 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are wanted; what is left out fits all.

    `words` all have to be found, each in any of its spellings, in small letters.
    """

    party: str | None = None
    kind: Kind | None = None
    status: Status | None = None
    disputed: bool = False
    unreviewed: bool = False
    closed: bool = False
    since: date | None = None
    until: date | None = None
    words: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class EventPlace:
    """Where in the list a page of events ended: the next begins behind it."""

    day: str
    first_seen: datetime
    id: str


@dataclass(frozen=True, slots=True)
class ArticlePlace:
    """Where in the list a page of articles ended."""

    fetched_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of events, and where the next begins, if there is one."""

    events: tuple[Event, ...]
    behind: EventPlace | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A stored article and what detection made of it; the event that it is behind, if any."""

    article: Article
    detection: Report | Rejection
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """A page of articles, and where the next begins, if there is one."""

    articles: tuple[Judged, ...]
    behind: ArticlePlace | None


@dataclass(frozen=True, slots=True)
class Sum:
    """One direction of one completed event, as charts need it."""

    date: str
    giver: str | None
    receiver: str | None
    what: str
    low: int | None
    best: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a channel keeps the thread of an event."""

    channel: str
    thread_id: str


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source, its last visits and when its last articles came, the oldest first; `lags` from publication on."""

    state: SourceState
    visits: tuple[CrawlResult, ...]
    arrivals: Arrivals
    lags: tuple[timedelta, ...]


class Browse:
    """Reads for a screen. Every method is one transaction and raises StorageError where the database refuses."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def mark(self) -> int:
        """A number that grows with everything that is learnt or said of any event."""
        with reading(self._engine) as connection:
            return connection.scalar(select(func.max(decisions_table.c.number))) or 0

    def events(self, wanted: Wanted, limit: int, behind: EventPlace | None = None) -> EventPage:
        """The events wanted, the newest day first, `limit` of them from `behind` on."""
        query = _chosen(select(events.c.day, events.c.first_seen, events.c.id), wanted)
        place = (events.c.day, events.c.first_seen, events.c.id)
        if behind is not None:
            query = query.where(tuple_(*place) < tuple_(behind.day, behind.first_seen, behind.id))
        with reading(self._engine) as connection:
            newest = query.order_by(*(each.desc() for each in place)).limit(limit + 1)
            found = connection.execute(newest).all()
            page = rows.read_events(connection, [row.id for row in found[:limit]])
        last = found[limit - 1] if len(found) > limit else None
        return EventPage(tuple(page), None if last is None else EventPlace(last.day, last.first_seen, last.id))

    def count(self, wanted: Wanted) -> int:
        """How many events are wanted, counted up to 1,001."""
        some = _chosen(select(events.c.id), wanted).limit(_MOST_COUNTED + 1)
        with reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(some.subquery())) or 0

    def parties(self) -> list[str]:
        """The codes of all sides of events."""
        with reading(self._engine) as connection:
            return list(connection.scalars(select(event_parties.c.party).distinct().order_by(event_parties.c.party)))

    def latest(self, limit: int) -> list[Event]:
        """The events of which something was learnt last, the latest first; also those that were closed."""
        current = select(events.c.id).where(events.c.merged_into.is_(None))
        with reading(self._engine) as connection:
            changed = connection.scalars(current.order_by(events.c.updated.desc()).limit(limit))
            return rows.read_events(connection, list(changed))

    def articles(
        self, source: str | None, reports_only: bool, limit: int, behind: ArticlePlace | None = None
    ) -> ArticlePage:
        """Stored articles, the last fetched first, `limit` of them from `behind` on."""
        place = (articles.c.fetched_at, articles.c.id)
        query = select(articles).order_by(*(each.desc() for each in place)).limit(limit + 1)
        query = query if source is None else query.where(articles.c.source == source)
        query = query.where(articles.c.relevant) if reports_only else query
        if behind is not None:
            query = query.where(tuple_(*place) < tuple_(behind.fetched_at, behind.id))
        with reading(self._engine) as connection:
            found = rows.read_articles(connection, query)
            page = _judged(connection, found[:limit])
        last = found[limit - 1] if len(found) > limit else None
        return ArticlePage(page, None if last is None else ArticlePlace(last.fetched_at, str(last.id)))

    def posted(self, event_id: str) -> list[Posted]:
        """Where channels keep the threads of an event, each thread once."""
        with reading(self._engine) as connection:
            mine = deliveries.c.event_id.in_(rows.family(connection, event_id))
            threads = select(deliveries.c.channel, deliveries.c.thread_id).where(
                mine, deliveries.c.thread_id.is_not(None)
            )
            return [Posted(*row) for row in connection.execute(threads.distinct().order_by(*threads.selected_columns))]

    def sums(self, since: date | None, until: date | None, party: str | None) -> list[Sum]:
        """The figures of every completed event with a date and a figure, the oldest first; no closed ones."""
        wanted = Wanted(party, status="completed", since=since, until=until)
        with reading(self._engine) as connection:
            found = connection.execute(_figures(wanted).limit(_MOST_CHARTED)).all()
            corrected = select(opinions.c.event_id).where(opinions.c.verdict == "correct").distinct()
            ids = {row.id for row in found} & set(connection.scalars(corrected))
            right = {
                (event.id, line.giver, line.receiver, line.what): line
                for event in rows.read_events(connection, sorted(ids))
                for line in event.ledger
            }
        return [_sum(row, right.get((row.id, row.giver, row.receiver, row.what), row)) for row in found]

    def sources(self, names: Sequence[str], now: datetime) -> dict[str, KnownSource]:
        """What is known of sources, those that were never asked included."""
        with reading(self._engine) as connection:
            states = visits.states(connection)
            return {
                name: KnownSource(
                    states.get(name, SourceState(name)),
                    tuple(visits.last(connection, name, _LOOKED_BACK)),
                    visits.arrivals(connection, name, now, _LOOKED_BACK),
                    tuple(visits.lags(connection, name, _LOOKED_BACK)),
                )
                for name in names
            }

    def archives(self) -> list[ArchiveProgress]:
        """How far archives were read, by method and source; the last at work first."""
        with reading(self._engine) as connection:
            return archives.progress(connection)

    def archive_units(self, state: UnitState, limit: int) -> list[ArchiveUnit]:
        """The files, days or sitemaps of a state, the last at work first."""
        with reading(self._engine) as connection:
            return archives.latest(connection, state, limit)

    def days(self, since: date) -> list[SourceDay]:
        """What every source was asked and gave, each day (UTC) from `since` on, the oldest first."""
        with reading(self._engine) as connection:
            return visits.days(connection, since)

    def acts(self, before: datetime, limit: int) -> list[Act]:
        """What people of the desk did before a time, anywhere, the last first."""
        with reading(self._engine) as connection:
            said = select(opinions).where(opinions.c.at < before).order_by(opinions.c.at.desc()).limit(limit)
            found = [_said(row) for row in connection.execute(said)]
            ruled = select(rulings).where(rulings.c.at < before).order_by(rulings.c.at.desc()).limit(limit)
            found += [Act(row.at, row.by, _ruled(row), row.event_id) for row in connection.execute(ruled)]
            done = select(acts).where(acts.c.at < before).order_by(acts.c.at.desc()).limit(limit)
            found += [Act(row.at, row.by, row.what, row.about) for row in connection.execute(done)]
        return sorted(found, key=lambda each: each.at, reverse=True)[:limit]

    def is_event(self, event_id: str) -> bool:
        """Whether an event of this id is or was stored."""
        with reading(self._engine) as connection:
            return connection.scalar(select(events.c.id).where(events.c.id == event_id)) is not None

    def pause(self, source: str, by: str, at: datetime) -> None:
        """The desk wants no visits to a source until it says otherwise."""
        with writing(self._engine) as connection:
            visits.pause(connection, source, by, at)

    def resume(self, source: str, by: str, at: datetime) -> None:
        """The desk wants visits to a source again."""
        with writing(self._engine) as connection:
            visits.resume(connection, source, by, at)

    def ask(self, source: str, by: str, at: datetime) -> None:
        """The desk wants a visit to a source now."""
        with writing(self._engine) as connection:
            visits.ask(connection, source, by, at)

    def put_act(self, act: Act) -> None:
        """Write down what somebody of the desk did."""
        with writing(self._engine) as connection:
            visits.act(connection, act)


def _chosen(query: Select[Any], wanted: Wanted) -> Select[Any]:
    query = query.where(events.c.merged_into.is_(None))
    query = query if wanted.closed else query.where(~events.c.closed)
    query = query.where(events.c.discrepancies != "[]") if wanted.disputed else query
    query = query.where(~events.c.reviewed) if wanted.unreviewed else query
    query = query if wanted.kind is None else query.where(events.c.kind == wanted.kind)
    query = query if wanted.status is None else query.where(events.c.status == wanted.status)
    query = query if wanted.since is None else query.where(events.c.day >= wanted.since.isoformat())
    query = query if wanted.until is None else query.where(events.c.day <= wanted.until.isoformat())
    if wanted.party is not None:
        query = query.where(
            exists().where(event_parties.c.event_id == events.c.id, event_parties.c.party == wanted.party)
        )
    for spellings in wanted.words:
        query = query.where(or_(*(events.c.words.contains(each, autoescape=True) for each in spellings)))
    return query


def _figures(wanted: Wanted) -> Select[Any]:
    """The lines of the ledgers of events, without what the desk corrected."""
    columns = (ledger_lines.c.giver, ledger_lines.c.receiver, ledger_lines.c.what)
    figures = (ledger_lines.c.low, ledger_lines.c.best, ledger_lines.c.high)
    query = select(events.c.id, events.c.date, *columns, *figures).join(
        ledger_lines, ledger_lines.c.event_id == events.c.id
    )
    query = query.where(events.c.date.is_not(None), ledger_lines.c.best.is_not(None))
    return _chosen(query, wanted).order_by(events.c.day, events.c.id, ledger_lines.c.position)


def _sum(row: Any, line: Any) -> Sum:
    return Sum(row.date, row.giver, row.receiver, row.what, line.low, line.best, line.high)


def _judged(connection: Connection, found: Sequence[Article]) -> tuple[Judged, ...]:
    ids = [str(each.id) for each in found]
    told = select(articles.c.id, articles.c.detection).where(articles.c.id.in_(ids))
    detections = {row.id: load_detection(row.detection) for row in connection.execute(told)}
    behind = select(members.c.article_id, members.c.event_id).where(members.c.article_id.in_(ids))
    event_of = {row.article_id: row.event_id for row in connection.execute(behind)}
    return tuple(Judged(each, detections[str(each.id)], event_of.get(str(each.id))) for each in found)


def _said(row: Any) -> Act:
    said = Feedback(row.id, row.event_id, row.verdict, row.by, row.at, row.giver, row.receiver, row.what, row.figure)
    return Act(row.at, row.by, said.act(), row.event_id)


def _ruled(row: Any) -> str:
    done = "put together with another" if row.what == "merge" else "set reports apart from"
    return done if row.undone is None else f"{done} (taken back {row.undone:%Y-%m-%d %H:%M} UTC)"
