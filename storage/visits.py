"""Visits to sources into the state of each source, and the states back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, delete, func, insert, select, update

from core.model import Act, Answer, Arrival, Arrivals, Coverage, CrawlResult, SourceDay, SourceState
from storage.codec import dumps
from storage.schema import acts, answers, articles, crawls, digests, source_days, sources

_DAY = timedelta(days=1)
# Who has brought something within this time is not asked what he brought before.
_A_WHILE = timedelta(minutes=20)


def record(connection: Connection, result: CrawlResult, next_due: datetime | None, stanza: str = "") -> None:
    """Write down one visit, and when the source is next due; `stanza` tells how its answers were read."""
    visit = {name: getattr(result, name) for name in ("source", "started", "finished", "problem")}
    counted = {name: getattr(result, name) for name in ("links", "new_links", "pages", "requests", "unreadable")}
    connection.execute(insert(crawls).values(**visit, **counted, failures=dumps(result.failures)))
    state: dict[str, Any] = {"last_started": result.started, "last_problem": result.problem, "next_due": next_due}
    state["not_before"] = result.not_before
    if result.problem is None:
        state |= {"last_success": result.finished, "consecutive_problems": 0}
    else:
        state["consecutive_problems"] = sources.c.consecutive_problems + 1
    _change(connection, result.source, state)
    tally(connection, result.source, result.finished.date(), visits=1, failed=int(result.problem is not None))
    if result.answers:
        connection.execute(delete(answers).where(answers.c.source == result.source))
        connection.execute(
            insert(answers), [{"source": result.source, "stanza": stanza, **asdict(each)} for each in result.answers]
        )


def _change(connection: Connection, source: str, state: dict[str, Any]) -> None:
    mine = sources.c.name == source
    if connection.scalar(select(sources.c.name).where(mine)) is None:
        connection.execute(insert(sources).values(name=source, consecutive_problems=0))
    connection.execute(update(sources).where(mine).values(state))


def tally(connection: Connection, source: str, day: date, **more: int) -> None:
    """Add to what a source was asked (`visits`, `failed`) and gave (`articles`, `reports`) on a day (UTC)."""
    mine = (source_days.c.source == source, source_days.c.day == day.isoformat())
    added = {name: source_days.c[name] + count for name, count in more.items()}
    if not connection.execute(update(source_days).where(*mine).values(added)).rowcount:
        nothing = {"visits": 0, "failed": 0, "articles": 0, "reports": 0}
        connection.execute(insert(source_days).values({"source": source, "day": day.isoformat()} | nothing | more))


def days(connection: Connection, since: date) -> list[SourceDay]:
    """What every source was asked and gave, each day from `since` on, the oldest first."""
    asked = select(source_days).where(source_days.c.day >= since.isoformat())
    rows = connection.execute(asked.order_by(source_days.c.day, source_days.c.source))
    return [SourceDay(**row._mapping) for row in rows]


def pause(connection: Connection, source: str, by: str, at: datetime) -> None:
    """The desk wants no visits to a source until it says otherwise."""
    _change(connection, source, {"paused": at, "paused_by": by})
    act(connection, Act(at, by, "paused", source))


def resume(connection: Connection, source: str, by: str, at: datetime) -> None:
    """The desk wants visits to a source again."""
    _change(connection, source, {"paused": None, "paused_by": None})
    act(connection, Act(at, by, "resumed", source))


def ask(connection: Connection, source: str, by: str, at: datetime) -> None:
    """The desk wants a visit to a source now."""
    _change(connection, source, {"asked": at})
    act(connection, Act(at, by, "asked for a visit to", source))


def act(connection: Connection, done: Act) -> None:
    """Write down what somebody did."""
    connection.execute(insert(acts).values(at=done.at, by=done.by, what=done.what, about=done.about))


def known_answers(connection: Connection, source: str, stanza: str) -> list[Answer]:
    """What a source answered when it was last read to the end, by the same stanza."""
    mine = (answers.c.source == source, answers.c.stanza == stanza)
    query = select(answers.c.url, answers.c.etag, answers.c.modified, answers.c.digest).where(*mine)
    return [Answer(*row) for row in connection.execute(query)]


def lags(connection: Connection, source: str, limit: int) -> list[timedelta]:
    """How long after their publication the last articles of a source were fetched, the oldest first."""
    query = select(articles.c.published, articles.c.fetched_at).where(
        articles.c.source == source, articles.c.published.is_not(None)
    )
    newest = connection.execute(query.order_by(articles.c.fetched_at.desc()).limit(limit)).all()
    return [max(timedelta(), fetched - published) for published, fetched in reversed(newest)]


def last(connection: Connection, source: str, limit: int) -> list[CrawlResult]:
    """The last visits to a source, the oldest first."""
    told = ("source", "started", "finished", "links", "new_links", "pages", "requests", "unreadable", "problem")
    query = select(*(crawls.c[name] for name in told)).where(crawls.c.source == source)
    rows = connection.execute(query.order_by(crawls.c.number.desc()).limit(limit)).all()
    return [CrawlResult(**row._mapping) for row in reversed(rows)]


def last_report(connection: Connection, source: str) -> datetime | None:
    """When the last report of a source came in."""
    query = select(func.max(articles.c.fetched_at)).where(articles.c.source == source, articles.c.relevant)
    found: datetime | None = connection.scalar(query)
    return found


def arrivals(connection: Connection, source: str, now: datetime, limit: int) -> Arrivals:
    """The last articles of a source, and what it brought in the same hours before."""
    query = select(articles.c.fetched_at, articles.c.published).where(articles.c.source == source)
    rows = connection.execute(query.order_by(articles.c.fetched_at.desc()).limit(limit)).all()
    if not rows:
        return Arrivals()
    since = rows[0].fetched_at
    before = _before(connection, source, since, now) if now - since > _A_WHILE else ()
    return Arrivals(tuple(Arrival(*row) for row in reversed(rows)), before)


def _before(connection: Connection, source: str, since: datetime, now: datetime) -> tuple[int, ...]:
    """How many articles came between the same hours of earlier days, or days of earlier weeks, while it was watched."""
    step, times = (_DAY, 7) if now - since <= _DAY else (7 * _DAY, 3)
    mine = articles.c.source == source
    first = connection.scalar(select(func.min(articles.c.fetched_at)).where(mine))
    counts = []
    for back in (step * number for number in range(1, times + 1)):
        if since - back > first:
            within = (articles.c.fetched_at > since - back, articles.c.fetched_at <= now - back)
            counts.append(connection.scalar(select(func.count()).where(mine, *within)) or 0)
    return tuple(counts)


def states(connection: Connection) -> dict[str, SourceState]:
    """What is known of every source that was ever visited or gave an article."""
    told = _told(connection)
    found = {name: SourceState(name, articles=read, reports=reports) for name, (read, reports) in told.items()}
    for row in connection.execute(select(sources)):
        read, reports = told.get(row.name, (0, 0))
        found[row.name] = SourceState(**row._mapping, articles=read, reports=reports)
    return dict(sorted(found.items()))


def wishes(connection: Connection) -> dict[str, SourceState]:
    """The state of the sources of which the desk ever wanted something, without what they gave."""
    query = select(sources).where(sources.c.paused.is_not(None) | sources.c.asked.is_not(None))
    return {row.name: SourceState(**row._mapping) for row in connection.execute(query)}


def _told(connection: Connection) -> dict[str, tuple[int, int]]:
    """Articles and reports of each source."""
    reports: Any = func.sum(case((articles.c.relevant, 1), else_=0))
    query = select(articles.c.source, func.count(), reports).group_by(articles.c.source)
    return {source: (read, int(told)) for source, read, told in connection.execute(query)}


def coverage(connection: Connection, since: datetime, until: datetime) -> Coverage:
    """What was asked and read from `since` on and before `until`."""
    in_time = (crawls.c.finished >= since, crawls.c.finished < until)
    read: Any = func.sum(case((crawls.c.problem.is_(None), 1), else_=0))
    rows = connection.execute(select(crawls.c.source, func.count(), read).where(*in_time).group_by(crawls.c.source))
    asked = {source: (visits, int(well)) for source, visits, well in rows}
    reports: Any = func.coalesce(func.sum(case((articles.c.relevant, 1), else_=0)), 0)
    stored = (articles.c.fetched_at >= since, articles.c.fetched_at < until)
    (told,) = connection.execute(select(func.count(), reports).where(*stored)).all()
    return Coverage(
        since,
        until,
        len(asked),
        sum(visits for visits, _ in asked.values()),
        tuple(sorted(source for source, (_, well) in asked.items() if not well)),
        int(told[0]),
        int(told[1]),
    )


def begin_digest(connection: Connection, day: str, channel: str, at: datetime) -> bool:
    """Write down that a day's digest goes to a channel now; False where it went before."""
    gone = select(digests.c.day).where(digests.c.day == day, digests.c.channel == channel)
    if connection.scalar(gone) is not None:
        return False
    connection.execute(insert(digests).values(day=day, channel=channel, at=at))
    return True


def forget_digest(connection: Connection, day: str, channel: str) -> None:
    """A day's digest did not go to a channel after all."""
    connection.execute(delete(digests).where(digests.c.day == day, digests.c.channel == channel))
