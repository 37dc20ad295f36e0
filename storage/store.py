"""The database in the words of the newsroom: what was read, what happened, what was told, and what is still to tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine, Select, bindparam, func, select

from core.archives import ArchiveUnit
from core.errors import StorageError
from core.feedback import Hush, Ruling
from core.model import (
    Alert,
    Answer,
    Arrivals,
    Article,
    Coverage,
    CrawlResult,
    Delivery,
    Due,
    Event,
    Kept,
    Kind,
    Rejection,
    Report,
    Reread,
    SourceState,
    Status,
    Total,
    Trouble,
    Version,
)
from storage import archives as ledger
from storage import engine as database
from storage import opinions, outbox, revisions, rows, threads, upkeep, visits
from storage.browse import Browse
from storage.codec import load_detection
from storage.records import Counts, Decision, Thread
from storage.schema import (
    addresses,
    alerts,
    articles,
    decisions,
    deliveries,
    event_parties,
    events,
    rulings,
    unreadable,
)
from storage.unit import Unit
from storage.upgrade import refuse_newer, upgrade

# Asked of every candidate of an archive: to put it together took as long as the rest.
_KNOWN = select(addresses.c.url).where(addresses.c.url.in_(bindparam("urls", expanding=True)))


class Store:
    """An open database. Every method is one transaction and raises StorageError where the database refuses."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """Reach the database of a URL: sqlite:///path or postgresql://user@host/name.

        Raises StorageError, in one line without the password, for a URL, path or server that cannot be used and
        for a database that a newer version has upgraded. Its tables may still be missing or old: see `upgrade`.
        """
        engine = database.connect(url)
        try:
            refuse_newer(engine)
        except StorageError:
            engine.dispose()
            raise
        return cls(engine)

    def upgrade(self) -> None:
        """Make or change the tables to those of this version; nothing if they are. Several processes may try."""
        upgrade(self._engine)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def browse(self) -> Browse:
        """The same database, a page at a time, for readers at a screen."""
        return Browse(self._engine)

    def totals(self) -> list[Total]:
        """Every running total that a stored article claims."""
        with database.reading(self._engine) as connection:
            return rows.read_totals(connection)

    def rulings(self, event_id: str) -> list[Ruling]:
        """What was ruled by hand of an event and of those merged into it, and holds; the oldest first."""
        with database.reading(self._engine) as connection:
            return rows.read_rulings(connection, rulings.c.event_id.in_(rows.family(connection, event_id)))

    def hushes(self, now: datetime) -> dict[int, Hush]:
        """The silences that hold, by their numbers."""
        with database.reading(self._engine) as connection:
            return opinions.hushes(connection, now)

    def add_hush(self, given: Hush) -> int:
        """Store a silence; its number."""
        with database.writing(self._engine) as connection:
            return opinions.hush(connection, given)

    def end_hush(self, number: int, now: datetime) -> bool:
        """End a silence that holds; False where there is none."""
        with database.writing(self._engine) as connection:
            return opinions.end_hush(connection, number, now)

    def coverage(self, since: datetime, until: datetime) -> Coverage:
        """What was asked and read from `since` on and before `until`."""
        with database.reading(self._engine) as connection:
            return visits.coverage(connection, since, until)

    def changed_events(self, since: datetime, until: datetime) -> list[Event]:
        """The events of which something new was learnt from `since` on and before `until`, the newest first."""
        with database.reading(self._engine) as connection:
            changed = select(events.c.id).where(
                events.c.updated >= since, events.c.updated < until, events.c.merged_into.is_(None), ~events.c.closed
            )
            return rows.read_events(connection, list(connection.scalars(changed.order_by(events.c.updated.desc()))))

    def begin_digest(self, day: str, channel: str, at: datetime) -> bool:
        """Write down, before it is sent, that a day's digest goes to a channel; False where it went before."""
        with database.writing(self._engine) as connection:
            return visits.begin_digest(connection, day, channel, at)

    def forget_digest(self, day: str, channel: str) -> None:
        """A channel did not take a day's digest: it may be sent again."""
        with database.writing(self._engine) as connection:
            visits.forget_digest(connection, day, channel)

    def due_rereads(self, now: datetime, limit: int = 20) -> list[Reread]:
        """The articles that are to be read again now, the longest due first."""
        with database.reading(self._engine) as connection:
            return revisions.due(connection, now, limit)

    def next_reread(self) -> datetime | None:
        """When an article is next to be read again; None where none is."""
        with database.reading(self._engine) as connection:
            return revisions.next_due(connection)

    def record_reread(self, article_id: str, done: int, again: datetime | None) -> None:
        """Write down that an article was read again, and when it is next, if it is."""
        with database.writing(self._engine) as connection:
            revisions.record(connection, article_id, done, again)

    def versions(self, article_ids: Collection[str]) -> list[Version]:
        """What these articles said before they were changed, the oldest first."""
        with database.reading(self._engine) as connection:
            return revisions.of(connection, article_ids)

    def back_up(self, to: Path) -> int:
        """Copy the database to a file while it is in use, whole or not at all; its bytes."""
        return upkeep.back_up(self._engine, to)

    def problems(self) -> list[str]:
        """What is wrong with the database, in words; nothing where all is well."""
        with database.reading(self._engine) as connection:
            return upkeep.problems(connection)

    def write(self) -> AbstractContextManager[Unit]:
        """A transaction that no other writer of any process runs beside; its changes are kept whole or not at all."""
        return self._write()

    @contextmanager
    def _write(self) -> Iterator[Unit]:
        with database.writing(self._engine) as connection:
            yield Unit(connection)

    def begin_archive(
        self, unit: ArchiveUnit, may_take: Callable[[ArchiveUnit], bool], again: bool = False
    ) -> ArchiveUnit | None:
        """Take a unit of an archive to read it, and say how far it has come; None where there is nothing to do.

        `may_take` says of a unit that another process has begun whether that is over; `again` reads what is done.
        """
        with database.writing(self._engine) as connection:
            return ledger.begin(connection, unit, may_take, again)

    def archives(self, method: str | None = None, source: str | None = None) -> list[ArchiveUnit]:
        """How far archives were read: all, or those of a method or source."""
        with database.reading(self._engine) as connection:
            return ledger.units(connection, method, source)

    def covered_days(self) -> dict[str, set[date]]:
        """The days of each source that an archive or a visit has covered."""
        with database.reading(self._engine) as connection:
            return ledger.covered(connection)

    def begin_delivery(self, due: Due, at: datetime, lease: timedelta = timedelta(seconds=30)) -> bool:
        """Write down, before anything is sent, that sending begins. False: another has begun it, or it is done.

        Should nothing ever be recorded of it, it is due again after `lease`, and then in doubt.
        """
        with database.writing(self._engine) as connection:
            return outbox.begin(connection, due, at, lease)

    def reclaim_deliveries(self, now: datetime) -> int:
        """Make due now what was begun and never recorded; how many. Only for who knows that nobody else delivers."""
        with database.writing(self._engine) as connection:
            return outbox.reclaim(connection, now)

    def retry_kept(self, now: datetime, channels: Collection[str] | None = None) -> int:
        """Make due what was kept until somebody mended a channel; how many. For who has reason to think it mended."""
        with database.writing(self._engine) as connection:
            return outbox.revive(connection, ("kept",), channels, now)

    def retry_refused(self, now: datetime) -> int:
        """Make due all that was kept or refused in any channel, because an operator says so; how many."""
        with database.writing(self._engine) as connection:
            return outbox.revive(connection, ("kept", "refused"), None, now)

    def record_delivery(self, delivery: Delivery) -> None:
        """Write down what a channel did with an alert; a retry is due again at `retry_at` or after a growing wait."""
        with database.writing(self._engine) as connection:
            outbox.record(connection, delivery)

    def record_crawl(self, result: CrawlResult, next_due: datetime | None, stanza: str = "") -> None:
        """Write down a visit to a source, and when it is next due; `stanza` tells how its answers were read."""
        with database.writing(self._engine) as connection:
            visits.record(connection, result, next_due, stanza)

    def answers(self, source: str, stanza: str) -> list[Answer]:
        """What a source answered when it was last read to the end, by the same stanza."""
        with database.reading(self._engine) as connection:
            return visits.known_answers(connection, source, stanza)

    def troubles(self) -> dict[str, Trouble]:
        """What the operators were told of and is not over, by subject."""
        with database.reading(self._engine) as connection:
            return upkeep.troubles(connection)

    def put_trouble(self, trouble: Trouble) -> None:
        """Write down that the operators were told of a trouble."""
        with database.writing(self._engine) as connection:
            upkeep.put_trouble(connection, trouble)

    def end_trouble(self, subject: str) -> None:
        """Write down that the operators were told that a trouble is over."""
        with database.writing(self._engine) as connection:
            upkeep.end_trouble(connection, subject)

    def forget_articles(self, before: datetime, limit: int = 200) -> int:
        """Delete articles that are no reports and were fetched before a time, so many at once; how many it were.

        Their addresses stay known, so that they are not fetched again.
        """
        with database.writing(self._engine) as connection:
            return upkeep.forget_articles(connection, before, limit)

    def forget_crawls(self, before: datetime, limit: int = 1000) -> int:
        """Delete what is written down of visits before a time, so many at once; how many it were."""
        with database.writing(self._engine) as connection:
            return upkeep.forget_crawls(connection, before, limit)

    def forget_evidence(self, files: Sequence[str]) -> None:
        """Files of evidence are gone."""
        with database.writing(self._engine) as connection:
            upkeep.forget_evidence(connection, files)

    def kept(self, article_ids: Collection[str]) -> list[Kept]:
        """Where the pages behind these articles are kept, the oldest first."""
        with database.reading(self._engine) as connection:
            return upkeep.kept(connection, article_ids)

    def told_after(self, since: datetime) -> list[float]:
        """How many seconds each alert that was accepted since a time had waited for it."""
        with database.reading(self._engine) as connection:
            return outbox.told_after(connection, since)

    def overdue(self, before: datetime) -> dict[str, int]:
        """How many alerts of each channel have been waiting since before a time."""
        with database.reading(self._engine) as connection:
            return outbox.overdue(connection, before)

    def lags(self, source: str, limit: int = 30) -> list[timedelta]:
        """How long after their publication the last articles of a source were fetched, the oldest first."""
        with database.reading(self._engine) as connection:
            return visits.lags(connection, source, limit)

    def visits(self, source: str, limit: int = 30) -> list[CrawlResult]:
        """The last visits to a source, the oldest first, without the single failures of each."""
        with database.reading(self._engine) as connection:
            return visits.last(connection, source, limit)

    def arrivals(self, source: str, now: datetime, limit: int = 30) -> Arrivals:
        """The last articles of a source, and what it brought before in the hours that it has been silent for."""
        with database.reading(self._engine) as connection:
            return visits.arrivals(connection, source, now, limit)

    def last_report(self, source: str) -> datetime | None:
        """When the last article of a source was fetched that is a report; None where there was none."""
        with database.reading(self._engine) as connection:
            return visits.last_report(connection, source)

    def known(self, urls: Iterable[str]) -> set[str]:
        """Those of the URLs that are done: their article, or that it is unreadable, is stored."""
        asked = {rows.address(url): url for url in urls}
        found: set[str] = set()
        with database.reading(self._engine) as connection:
            for part in rows.in_parts(asked):
                found.update(connection.scalars(_KNOWN, {"urls": part}))
        return {asked[key] for key in found}

    def articles(
        self,
        source: str | None = None,
        reports_only: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Article]:
        """Stored articles, the newest first, by publication or, where unknown, by fetching."""
        query = select(articles).order_by(articles.c.moment.desc(), articles.c.id).limit(limit)
        query = query if source is None else query.where(articles.c.source == source)
        query = query.where(articles.c.relevant) if reports_only else query
        query = query if since is None else query.where(articles.c.moment >= since)
        query = query if until is None else query.where(articles.c.moment <= until)
        with database.reading(self._engine) as connection:
            return rows.read_articles(connection, query)

    def article(self, id_or_url: str) -> Article | None:
        """The article of an id or of any of its URLs."""
        with database.reading(self._engine) as connection:
            found = rows.read_articles(connection, _one_article(select(articles), id_or_url))
        return found[0] if found else None

    def detection(self, id_or_url: str) -> Report | Rejection | None:
        """What detection made of a stored article."""
        with database.reading(self._engine) as connection:
            text = connection.scalar(_one_article(select(articles.c.detection), id_or_url))
        return None if text is None else load_detection(text)

    def events(
        self,
        since: date | None = None,
        until: date | None = None,
        kind: Kind | None = None,
        party: str | None = None,
        status: Status | None = None,
        *,
        limit: int | None = None,
        closed: bool = False,
    ) -> list[Event]:
        """Events, the newest first, of the days from `since` to `until`, both included.

        Those that the desk closed are left out unless `closed`. The day of an event without a date is that of its first
        publication.
        """
        query = select(events.c.id).where(events.c.merged_into.is_(None))
        query = query if closed else query.where(~events.c.closed)
        query = query if since is None else query.where(events.c.day >= since.isoformat()[:10])
        query = query if until is None else query.where(events.c.day <= until.isoformat()[:10])
        query = query if kind is None else query.where(events.c.kind == kind)
        query = query if status is None else query.where(events.c.status == status)
        if party is not None:
            query = query.where(events.c.id.in_(select(event_parties.c.event_id).where(event_parties.c.party == party)))
        newest = query.order_by(events.c.day.desc(), events.c.first_seen.desc(), events.c.id).limit(limit)
        with database.reading(self._engine) as connection:
            return rows.read_events(connection, list(connection.scalars(newest)))

    def event(self, event_id: str) -> Event | None:
        """The event of an id, or the one that it was merged into."""
        with database.reading(self._engine) as connection:
            found = rows.read_events(connection, [rows.current_id(connection, event_id)])
        return found[0] if found else None

    def alerts(self, event_id: str | None = None, limit: int | None = None) -> list[Alert]:
        """The alerts of an event (with those of the events merged into it), or of all; the newest first."""
        query = select(alerts).order_by(alerts.c.number.desc()).limit(limit)
        with database.reading(self._engine) as connection:
            if event_id is not None:
                query = query.where(alerts.c.event_id.in_(rows.family(connection, event_id)))
            return [rows.read_alert(row) for row in connection.execute(query)]

    def decisions(self, event_id: str) -> list[Decision]:
        """Why changes of an event (and of those merged into it) were told or not, the oldest first."""
        with database.reading(self._engine) as connection:
            mine = decisions.c.event_id.in_(rows.family(connection, event_id))
            found = connection.execute(select(decisions).where(mine).order_by(decisions.c.number))
            return [Decision(row.event_id, row.at, row.reason, row.alert_id) for row in found]

    def deliveries(self, alert_id: str) -> list[Delivery]:
        """What became of an alert in each channel that was tried."""
        with database.reading(self._engine) as connection:
            return outbox.of_alert(connection, alert_id)

    def due_deliveries(
        self, channels: Collection[str], now: datetime, limit: int = 100, pause: timedelta = timedelta()
    ) -> list[Due]:
        """What is to be sent now, oldest first: of one event in one channel only the oldest, so that order is kept.

        With a pause, nothing of what was told less than that ago, and what came meanwhile along with the oldest.
        """
        with database.reading(self._engine) as connection:
            return outbox.due(connection, channels, now, limit, pause)

    def next_delivery_due(
        self, now: datetime, channels: Collection[str] | None = None, pause: timedelta = timedelta()
    ) -> datetime | None:
        """When something is next to be sent, not before `now`; None where nothing waits."""
        with database.reading(self._engine) as connection:
            return outbox.next_due(connection, now, channels, pause)

    def stale_threads(self, channels: Collection[str], now: datetime, limit: int = 100) -> list[Thread]:
        """The threads whose first message does not show its event as it is, and is to be edited now."""
        with database.reading(self._engine) as connection:
            return threads.stale(connection, channels, now, limit)

    def next_thread_due(self, now: datetime, channels: Collection[str]) -> datetime | None:
        """When a thread's first message is next to be edited, not before `now`; None where all are up to date."""
        with database.reading(self._engine) as connection:
            return threads.next_due(connection, now, channels)

    def record_thread(self, thread: Thread, shown: bool, due: datetime) -> None:
        """Write down that a thread shows its event as it was given, or not; nothing is done with it before `due`."""
        with database.writing(self._engine) as connection:
            threads.record(connection, thread, shown, due)

    def source_states(self) -> dict[str, SourceState]:
        """What is known of every source, by its name."""
        with database.reading(self._engine) as connection:
            return visits.states(connection)

    def source_wishes(self) -> dict[str, SourceState]:
        """The state of the sources of which the desk ever wanted something, without what they gave."""
        with database.reading(self._engine) as connection:
            return visits.wishes(connection)

    def counts(self) -> Counts:
        """How much is stored."""
        current = select(events.c.id).where(events.c.merged_into.is_(None), ~events.c.closed)
        pending = select(deliveries.c.alert_id).where(deliveries.c.state == "pending")
        counted: tuple[Select[Any], ...] = (
            select(articles.c.id),
            select(unreadable.c.url),
            select(articles.c.id).where(articles.c.relevant),
            current,
            select(alerts.c.id),
            pending,
        )
        with database.reading(self._engine) as connection:
            return Counts(
                *(connection.scalar(select(func.count()).select_from(each.subquery())) or 0 for each in counted)
            )


def _one_article(query: Select[Any], id_or_url: str) -> Select[Any]:
    by_url = select(addresses.c.article_id).where(addresses.c.url == rows.address(id_or_url)).scalar_subquery()
    return query.where((articles.c.id == id_or_url) | (articles.c.id == by_url)).limit(1)
