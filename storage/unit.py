"""One transaction's changes: articles, members, events and alerts into rows, all of them or none."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, insert, select, true, update

from core.archives import ArchiveUnit
from core.errors import StorageError
from core.feedback import Feedback, Hush, Ruling
from core.model import (
    Alert,
    Article,
    ClaimState,
    Event,
    LedgerLine,
    Member,
    Rejection,
    Report,
    Silence,
    Transfer,
    Unreadable,
)
from storage import archives, opinions, revisions, rows, threads, visits
from storage.codec import dump_detection, dumps
from storage.rows import address
from storage.schema import (
    addresses,
    alerts,
    articles,
    claims,
    decisions,
    deliveries,
    event_parties,
    events,
    evidence,
    ledger_lines,
    members,
    rulings,
    unreadable,
)
from storage.schema import totals as totals_table

_MOST_WORDS = 20_000  # characters by which an event is found
_SAME_TEXT_WITHIN = timedelta(days=7)  # a standing text that an outlet prints anew next year is another article


class Unit:
    """The changes of one transaction; `Store.write` makes it, and nothing of it is kept if the block fails."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_article(self, article: Article, detection: Report | Rejection) -> str | None:
        """Store an article and return its id, or None where it was stored before: then only new URLs are added.

        The same article is one under a known URL, or the same text of the same outlet within a week. An id that
        the article brings is kept; StorageError if another article has it.
        """
        known = self._stored_as(article)
        article_id = known or article.id or short_id(article.url)
        if known is None:
            self._insert_article(article_id, article, detection)
        self._point((article.url, *article.aliases), article_id)
        return None if known else article_id

    def add_unreadable(self, page: Unreadable) -> bool:
        """Store that a page gave no article, so that it is not fetched again. False if any of its URLs is known."""
        urls = {address(url) for url in (page.url, *page.aliases)}
        known = set(self._connection.scalars(select(addresses.c.url).where(addresses.c.url.in_(urls))))
        self._insert(addresses, [{"url": url} for url in sorted(urls - known)])
        if known:
            return False
        row = {"source": page.source, "reason": page.reason, "fetched_at": page.fetched_at}
        self._insert(unreadable, [{"url": address(page.url), **row}])
        return True

    def add_member(self, member: Member, bucket: str, day: date) -> None:
        """Store one exchange of a stored article's report, findable by `neighbours` under `bucket` and `day`."""
        row = {
            "key": member.key,
            "article_id": member.article_id,
            "bucket": bucket,
            "day": day.isoformat(),
            "outlet_kind": member.outlet_kind,
            "language": member.language,
            "published": member.published,
            "first_seen": member.first_seen,
            "score": member.score,
            "exchange": dumps(member.exchange),
            "outlet_side": member.outlet_side,
            "sketch": member.sketch,
        }
        self._insert(members, [row])

    def put_archive(self, unit: ArchiveUnit) -> bool:
        """Write down how far a unit of an archive has come; False where it is another process's by now."""
        return archives.put(self._connection, unit)

    def add_totals(self, article_id: str, totals: Iterable[Transfer]) -> None:
        """Store the running totals that a stored article claims; those without a number are passed over."""
        values = [
            {
                "article_id": article_id,
                "giver": each.giver,
                "receiver": each.receiver,
                "what": each.what,
                "best": each.count.best,
                "low": each.count.low,
                "high": each.count.high,
                "claimed_by": each.claimed_by,
                "claimed_side": each.claimed_side,
                "evidence": dumps(each.evidence),
            }
            for each in totals
            if each.count is not None
        ]
        self._insert(totals_table, values)

    def members_of(self, event_ids: Iterable[str]) -> list[Member]:
        """The members of these events, and of those into which they were merged."""
        ids = {rows.current_id(self._connection, each) for each in event_ids}
        return rows.read_members(self._connection, members.c.event_id.in_(sorted(ids)))

    def put_ruling(self, ruling: Ruling) -> None:
        """Store what was ruled by hand; whoever calls it groups the members anew."""
        row = {name: getattr(ruling, name) for name in ("event_id", "what", "by", "at")}
        self._insert(rulings, [{**row, "keys": dumps(ruling.keys)}])

    def rulings(self, keys: Iterable[str]) -> list[Ruling]:
        """The rulings that hold and are about any of these members, the oldest first."""
        wanted = set(keys)
        return [each for each in rows.read_rulings(self._connection, true()) if wanted.intersection(each.keys)]

    def undo_ruling(self, number: int, at: datetime) -> None:
        """A ruling holds no more; whoever calls it groups the members anew."""
        self._connection.execute(update(rulings).where(rulings.c.number == number).values(undone=at))

    def plan_reread(self, article_id: str, begun: datetime, due: datetime) -> None:
        """A stored article is to be read again at `due`."""
        revisions.plan(self._connection, article_id, begun, due)

    def members_of_article(self, article_id: str) -> list[Member]:
        """All that an article tells, and told before it was changed."""
        return rows.read_members(self._connection, members.c.article_id == article_id)

    def put_evidence(self, article_id: str, file: str, position: int, at: datetime) -> None:
        """Write down where a page behind an article is kept."""
        row = {"article_id": article_id, "file": file, "position": position, "at": at}
        self._connection.execute(insert(evidence).values(row))

    def replace_article(self, article_id: str, new: Article, detection: Report | Rejection, at: datetime) -> int:
        """Keep what an article said as a version, and store what it says now; how many versions there are then."""
        return revisions.replace(self._connection, article_id, new, detection, _fingerprint(new), at)

    def mark_members(self, keys: Collection[str], state: ClaimState) -> None:
        """What these members tell holds no more."""
        revisions.mark(self._connection, keys, state)

    def says(self, article_id: str, article: Article) -> bool:
        """Whether a stored article says just this, title and text."""
        now = self._connection.scalar(select(articles.c.fingerprint).where(articles.c.id == article_id))
        return now == _fingerprint(article)

    def neighbours(self, bucket: str, first: date, last: date) -> list[Member]:
        """The members of `bucket` from one day to another, and whatever shares an event with one of them."""
        near = and_(members.c.bucket == bucket, members.c.day.between(first.isoformat(), last.isoformat()))
        shared = select(members.c.event_id).where(near, members.c.event_id.is_not(None)).distinct()
        return rows.read_members(self._connection, near | members.c.event_id.in_(shared))

    def events_of(self, keys: Iterable[str]) -> dict[str, set[str]]:
        """The ids of the stored events of these members, the first seen first; of each, those members' keys."""
        found: list[tuple[datetime, str, str]] = []
        for part in rows.in_parts(keys):
            asked = select(events.c.first_seen, events.c.id, members.c.key).join(
                members, members.c.event_id == events.c.id
            )
            found += [
                (row.first_seen, row.id, row.key)
                for row in self._connection.execute(asked.where(members.c.key.in_(part)))
            ]
        held: dict[str, set[str]] = defaultdict(set)
        for _, event_id, key in sorted(found):
            held[event_id].add(key)
        return dict(held)

    def taken(self, event_id: str) -> bool:
        """Whether an event of this id is or was stored; the id of a merged one is never given anew."""
        return self._connection.scalar(select(events.c.id).where(events.c.id == event_id)) is not None

    def told(self, event_id: str) -> Event | None:
        """The event as it was when it was last told, or None if it never was."""
        return rows.last_told(self._connection, event_id)

    def put_event(self, event: Event) -> None:
        """Store an event with its ledger, in place of what was stored under its id; its members now belong to it."""
        row = _event_row(event)
        if self.taken(event.id):
            self._connection.execute(update(events).where(events.c.id == event.id).values(row))
            self._empty(event.id)
            threads.changed(self._connection, event.id)
        else:
            self._insert(events, [{"id": event.id, **row}])
        self._insert(event_parties, [{"event_id": event.id, "party": each} for each in sorted(set(event.parties))])
        self._insert(ledger_lines, [_line_row(event.id, n, line) for n, line in enumerate(event.ledger)])
        self._insert(claims, [row for n, line in enumerate(event.ledger) for row in _claim_rows(event.id, n, line)])
        belong = [{"member": each.key, "event": event.id, "reason": each.joined} for each in event.members]
        if belong:
            mine = update(members).where(members.c.key == bindparam("member"))
            self._connection.execute(mine.values(event_id=bindparam("event"), joined=bindparam("reason")), belong)

    def remove_event(self, event_id: str, merged_into: str) -> None:
        """Retire an event whose members belong to another; its id leads to that one from now on.

        Its deliveries go on as those of the other, in one order and one rhythm with them.
        """
        self._empty(event_id)
        mine = (events.c.id == event_id) | (events.c.merged_into == event_id)
        self._connection.execute(update(events).where(mine).values(merged_into=merged_into))
        its_own = deliveries.c.event_id == event_id
        self._connection.execute(update(deliveries).where(its_own).values(event_id=merged_into))
        threads.moved(self._connection, event_id, merged_into)
        opinions.merged(self._connection, event_id, merged_into)

    def put_alert(self, alert: Alert, channels: Collection[str] | Mapping[str, datetime]) -> bool:
        """Store an alert and one row of the outbox for each channel. False, and no change, if its id is known.

        A mapping tells when each is due; otherwise all are at once.
        """
        dues = channels if isinstance(channels, Mapping) else dict.fromkeys(channels, alert.created)
        if self._connection.scalar(select(alerts.c.id).where(alerts.c.id == alert.id)) is not None:
            return False
        row = {"event_id": alert.event_id, "reason": alert.reason, "detail": alert.detail, "created": alert.created}
        self._insert(alerts, [{"id": alert.id, "event": dumps(alert.event), **row}])
        self._decide(alert.event_id, alert.created, f"{alert.reason}: {alert.detail}", alert.id)
        row = {"alert_id": alert.id, "event_id": alert.event_id, "state": "pending"}
        row |= {"attempts": 0, "in_doubt": False, "detail": ""}
        self._insert(
            deliveries,
            [{"channel": each, "due": due, "held": due > alert.created, **row} for each, due in sorted(dues.items())],
        )
        return True

    def put_feedback(self, given: Feedback) -> bool:
        """Store and do what somebody of the desk said of an event. False, and no change, if the click is known.

        Raises StorageError for an event that there is not.
        """
        event = opinions.put(self._connection, given)
        if event is not None:
            self._decide(event.id, given.at, given.in_words(), None)
        return event is not None

    def feedback(self, event_id: str) -> tuple[Feedback, ...]:
        """What the desk said of an event."""
        return rows.read_feedback(self._connection, [event_id]).get(event_id, ())

    def hush(self, event: Event, now: datetime) -> Hush | None:
        """The silence that holds for an event, the one that ends last; None where none does."""
        holds = [each for each in opinions.hushes(self._connection, now).values() if each.covers(event)]
        return max(holds, key=lambda each: each.until, default=None)

    def put_silence(self, silence: Silence, at: datetime) -> None:
        """Store why a change of an event is not told."""
        self._decide(silence.event_id, at, silence.reason, None)

    def _stored_as(self, article: Article) -> str | None:
        urls = [address(url) for url in (article.url, *article.aliases)]
        by_url = select(addresses.c.article_id).where(addresses.c.url.in_(urls), addresses.c.article_id.is_not(None))
        known = self._connection.scalar(by_url.order_by(addresses.c.article_id).limit(1))
        if known is not None:
            return str(known)
        moment = article.published or article.fetched_at
        same_text = select(articles.c.id).where(
            articles.c.outlet == article.outlet,
            articles.c.fingerprint == _fingerprint(article),
            articles.c.moment.between(moment - _SAME_TEXT_WITHIN, moment + _SAME_TEXT_WITHIN),
        )
        return self._connection.scalar(same_text.order_by(articles.c.id).limit(1))

    def _insert_article(self, article_id: str, article: Article, detection: Report | Rejection) -> None:
        other = self._connection.scalar(select(articles.c.url).where(articles.c.id == article_id))
        if other is not None:
            raise StorageError(f"the article id {article_id} of {article.url} already belongs to {other}")
        row = {
            "id": article_id,
            "url": article.url,
            "source": article.source,
            "outlet": article.outlet,
            "title": article.title,
            "text": article.text,
            "language": article.language,
            "published": article.published,
            "fetched_at": article.fetched_at,
            "moment": article.published or article.fetched_at,
            "fingerprint": _fingerprint(article),
            "relevant": isinstance(detection, Report),
            "detection": dump_detection(detection),
        }
        self._insert(articles, [row])
        day = article.fetched_at.astimezone(UTC).date()
        visits.tally(self._connection, article.source, day, articles=1, reports=int(isinstance(detection, Report)))

    def _point(self, urls: Sequence[str], article_id: str) -> None:
        """Let URLs lead to an article: new ones, and those that were unreadable until now."""
        keys = {address(url) for url in urls}
        known = set(self._connection.scalars(select(addresses.c.url).where(addresses.c.url.in_(keys))))
        now_read = (addresses.c.url.in_(known), addresses.c.article_id.is_(None))
        self._connection.execute(update(addresses).where(*now_read).values(article_id=article_id))
        self._connection.execute(delete(unreadable).where(unreadable.c.url.in_(known)))
        self._insert(addresses, [{"url": url, "article_id": article_id} for url in sorted(keys - known)])

    def _empty(self, event_id: str) -> None:
        for table in (claims, ledger_lines, event_parties):
            self._connection.execute(delete(table).where(table.c.event_id == event_id))

    def _decide(self, event_id: str, at: datetime, reason: str, alert_id: str | None) -> None:
        self._insert(decisions, [{"event_id": event_id, "at": at, "reason": reason, "alert_id": alert_id}])

    def _insert(self, table: Table, values: list[dict[str, Any]]) -> None:
        if values:
            self._connection.execute(insert(table), values)


def short_id(url: str) -> str:
    """The id of an article that brings none: the same for the same URL, always."""
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:16]


def _fingerprint(article: Article) -> str:
    told = " ".join(f"{article.title or ''}\n{article.text}".split())
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def _event_row(event: Event) -> dict[str, Any]:
    exact = event.date is not None and len(event.date) == len("2025-06-13")
    first_told = min((member.published for member in event.members), default=event.first_seen)
    return {
        "kind": event.kind,
        "status": event.status,
        "date": event.date,
        "day": event.date if exact else first_told.date().isoformat(),
        "parties": dumps(event.parties),
        "discrepancies": dumps(event.discrepancies),
        "mediators": dumps(event.mediators),
        "sources": dumps(event.sources),
        "score": event.score,
        "first_seen": event.first_seen,
        "updated": event.updated,
        "words": _words(event),
    }


def _words(event: Event) -> str:
    """What an event is found by: its sides, kind and names, those who claim, its outlets and their headlines."""
    claimed = (claim.claimed_by for line in event.ledger for claim in line.claims)
    told = (name for member in event.members for name in (member.outlet, member.title))
    own = (event.id, event.kind, event.status, event.date, *event.parties, *event.sources, *event.mediators)
    return "\n".join(sorted({each for each in (*own, *claimed, *told) if each})).casefold()[:_MOST_WORDS]


def _line_row(event_id: str, position: int, line: LedgerLine) -> dict[str, Any]:
    ends = {"giver": line.giver, "receiver": line.receiver, "what": line.what}
    return {"event_id": event_id, "position": position, **ends, "low": line.low, "best": line.best, "high": line.high}


def _claim_rows(event_id: str, line: int, told: LedgerLine) -> list[dict[str, Any]]:
    return [
        {
            "event_id": event_id,
            "line": line,
            "position": position,
            "article_id": claim.article_id,
            "low": claim.low,
            "best": claim.best,
            "high": claim.high,
            "claimed_by": claim.claimed_by,
            "claimed_side": claim.side,
            "state": claim.state,
            "language": claim.language,
            "figure_text": claim.figure_text,
            "evidence": dumps(claim.evidence),
            "first_seen": claim.first_seen,
        }
        for position, claim in enumerate(told.claims)
    ]
