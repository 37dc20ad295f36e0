"""One article and what detection made of it to rows, events and alerts, in one transaction: all of it or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerts.decide import decide
from alerts.routing import routes
from core.config import Watch
from core.feedback import feedback, hushed
from core.model import Alert, Article, Event, Member, OutletKind, Rejection, Report, Silence, Transfer
from events.copies import sketch
from events.match import REACH, group
from events.rulings import ruled
from events.settle import settle
from events.sides import bucket, home
from storage.store import Store
from storage.unit import Unit

# An outlet corrects itself soon or hardly ever: an article behind an event is read again so long after it came.
REREAD_AFTER = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
_PAST = "backfill"

# An article, what detection made of it, and of what kind its outlet is and for which party it speaks.
Past = tuple[Article, Report | Rejection, tuple[OutletKind, str | None]]


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of an article: stored or known before, the events that it changed, what was decided to tell."""

    stored: bool
    article_id: str | None = None
    events: tuple[str, ...] = ()
    alerts: tuple[Alert, ...] = ()
    silences: tuple[Silence, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """To whom news is told: the channels, how old it may be, and whether it is told at all (not for a backfill)."""

    channels: Sequence[str]
    max_age: timedelta
    page: bool = True
    watches: Sequence[Watch] = ()


def take_in(
    store: Store,
    item: Article,
    detection: Report | Rejection,
    now: datetime,
    channels: Sequence[str],
    *,
    max_age: timedelta,
    page: bool = True,
    outlet_kind: OutletKind = "outlet",
    outlet_side: str | None = None,
    watches: Sequence[Watch] = (),
    kept: tuple[str, int] | None = None,
) -> Intake:
    """Store an article, put its exchanges where they belong, and put what is new into the outbox.

    An article that is stored already changes nothing. `page=False` is for backfills: events are made, nothing is
    told. `outlet_side` is the party for which an official outlet speaks; `watches` say which channel hears of what.
    `kept` is the file, and the byte in it, where the page is kept.
    Raises StorageError, and then nothing of it is stored.
    """
    desk = Desk(channels, max_age, page, watches)
    with store.write() as unit:
        return add(unit, item, detection, now, desk, (outlet_kind, outlet_side), kept)


def add(
    unit: Unit,
    item: Article,
    detection: Report | Rejection,
    now: datetime,
    desk: Desk,
    outlet: tuple[OutletKind, str | None] = ("outlet", None),
    kept: tuple[str, int] | None = None,
) -> Intake:
    """As `take_in`, within a transaction that holds more."""
    new = _kept(unit, item, detection, now, outlet, kept)
    if new is None:
        return Intake(stored=False)
    article_id, members = new
    taken = settled(unit, article_id, members, members, now, desk)
    if desk.page and taken.events:
        unit.plan_reread(article_id, now, now + REREAD_AFTER[0])
    return taken


def add_past(unit: Unit, found: Iterable[Past]) -> int:
    """Store articles of the past, and put the exchanges of all of them where they belong; how many were new.

    Nothing of it is told. Each counts as seen when it was published: what archives make does not depend on the order in
    which they are read.
    """
    told: list[tuple[datetime, str]] = []
    new: list[Member] = []
    for article, detection, outlet in found:
        moment = article.published or article.fetched_at
        kept = _kept(unit, article, detection, moment, outlet)
        if kept is not None:
            told.append((moment, kept[0]))
            new += kept[1]
    _put_members(unit, new)
    if new:
        for event in regroup(unit, new, max(moment for moment, _ in told), {member.key for member in new}):
            for moment, article_id in told:
                if _tells(event, article_id):
                    unit.put_silence(Silence(event.id, _PAST), moment)
    return len(told)


def _kept(
    unit: Unit,
    item: Article,
    detection: Report | Rejection,
    now: datetime,
    outlet: tuple[OutletKind, str | None],
    evidence: tuple[str, int] | None = None,
) -> tuple[str, list[Member]] | None:
    """Store an article and its totals; its id and what it tells as news, or None where it is known."""
    article_id = unit.add_article(item, detection)
    if article_id is None:
        return None
    if evidence is not None:
        unit.put_evidence(article_id, *evidence, now)
    unit.add_totals(article_id, _totals(detection))
    return article_id, members_of(article_id, item, detection, outlet, now)


def _put_members(unit: Unit, new: Iterable[Member]) -> None:
    for member in new:
        unit.add_member(member, bucket(member.exchange), home(member))


def settled(
    unit: Unit, article_id: str, new: Sequence[Member], touched: Sequence[Member], now: datetime, desk: Desk
) -> Intake:
    """Store new members of an article, group them and all that was touched anew, and decide what to tell."""
    _put_members(unit, new)
    changed = regroup(unit, touched, now, {member.key for member in touched})
    decided = [_decide(unit, event, now, desk) for event in changed if _tells(event, article_id)]
    return Intake(
        stored=True,
        article_id=article_id,
        events=tuple(event.id for event in changed),
        alerts=tuple(each for each in decided if isinstance(each, Alert)),
        silences=tuple(each for each in decided if isinstance(each, Silence)),
    )


def members_of(
    article_id: str,
    item: Article,
    detection: Report | Rejection,
    outlet: tuple[OutletKind, str | None],
    now: datetime,
    version: str = "",
) -> list[Member]:
    """What a report tells as news; totals since the start are about no one event. `version` makes keys unique."""
    if isinstance(detection, Rejection):
        return []
    return [
        Member(
            key=f"{article_id}#{version}{place}",
            article_id=article_id,
            url=item.url,
            outlet=item.outlet,
            outlet_kind=outlet[0],
            language=detection.language,
            title=item.title,
            published=item.published or item.fetched_at,
            first_seen=now,
            score=detection.score,
            exchange=exchange,
            outlet_side=outlet[1],
            sketch=sketch(item.text),
        )
        for place, exchange in enumerate(detection.exchanges)
        if not exchange.cumulative
    ]


def _totals(detection: Report | Rejection) -> list[Transfer]:
    """What an article tells as a total since the start, as news or beside it."""
    told = detection.background if isinstance(detection, Rejection) else (*detection.exchanges, *detection.background)
    return [transfer for exchange in told if exchange.cumulative for transfer in exchange.transfers]


def regroup(unit: Unit, members: Iterable[Member], now: datetime, touched: Collection[str] = ()) -> list[Event]:
    """Group stored members with all that are near them, as the rules and the desk want it; the changed events, stored.

    `touched` are the keys of members of which something has changed. Events that lose all their members are merged
    into where these went, with a decision that says why.
    """
    near = {member.key: member for span in _spans(members) for member in unit.neighbours(*span)}
    groups = ruled(group(near.values()), unit.rulings(near))
    changes = settle(groups, unit.events_of(near), unit.taken, touched)
    for event in changes.events:
        unit.put_event(event)
    for merged in changes.merged:
        unit.remove_event(merged.event_id, merged.into)
        why = f": {merged.reason}" if merged.reason else ""
        unit.put_silence(
            Silence(merged.into, f"{merged.event_id} is the same exchange, and was merged into it{why}"), now
        )
    return list(changes.events)


def _spans(members: Iterable[Member]) -> Iterator[tuple[str, date, date]]:
    """The days around members within which others may be told of the same: of each bucket, first and last."""
    days: dict[str, set[date]] = defaultdict(set)
    for member in members:
        days[bucket(member.exchange)].add(home(member))
    for name, own in days.items():
        first, *others = sorted(own)
        last = first
        for day in others:
            if day - last > 2 * REACH:
                yield name, first - REACH, last + REACH
                first = day
            last = day
        yield name, first - REACH, last + REACH


def _tells(event: Event, article_id: str) -> bool:
    return any(member.article_id == article_id for member in event.members)


def _decide(unit: Unit, event: Event, now: datetime, desk: Desk) -> Alert | Silence:
    """Decide on an event, and put the alert into the outbox or the reason for silence beside the event."""
    decided: Alert | Silence = Silence(event.id, _PAST)
    said = unit.feedback(event.id)
    event = feedback(event, said)
    silent = hushed(event)
    if desk.page and silent is not None:
        decided = Silence(event.id, f"{silent.in_words()} on {silent.at.date()}")
    elif desk.page and (hush := unit.hush(event, now)) is not None:
        decided = Silence(event.id, hush.in_words())
    elif desk.page:
        told = unit.told(event.id)
        # The desk knows what it said itself: a figure that it corrected is no news.
        decided = decide(event, feedback(told, said) if told else None, now, desk.max_age)
    if isinstance(decided, Alert):
        if unit.put_alert(decided, routes(event, desk.channels, desk.watches, now)):
            return decided
        decided = Silence(event.id, f"{decided.reason}: {decided.detail}: told before")
    unit.put_silence(decided, now)
    return decided
