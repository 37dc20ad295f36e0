"""Events -> what the pages tell of them, in the order and the words in which a desk reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core import wording
from core.feedback import hushed, is_closed, standing
from core.model import Claim, Event, LedgerLine, Member
from events.headline import amount, differs, headline, span
from events.independence import independent
from events.voices import in_words
from storage.records import Decision

Names = Mapping[str, str]
Parts = Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Amount:
    """One direction as a row of the list tells it."""

    direction: str
    words: str
    disputed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One event as the list tells it."""

    id: str
    day: str
    dated: bool  # False: the day is that of the first report
    what: str
    sides: str
    status: str
    amounts: tuple[Amount, ...]
    disputed: bool
    reviewed: str  # by whom and how, in words
    closed: bool
    muted: bool
    outlets: int
    articles: int
    updated: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One claim of the ledger: the figure, who gives it, and the sentence that proves it with the figure marked."""

    figure: str
    who: str
    outlet: str
    url: str | None
    language: str
    quote: Parts
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Table:
    """One direction of the ledger: its claims by who speaks through them, each side and then everybody else."""

    line: LedgerLine
    direction: str
    amount: str
    disputed: bool
    corrected: str
    groups: tuple[tuple[str, tuple[Said, ...]], ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """What became known, or was decided, when."""

    at: datetime
    words: str
    kind: str  # report, told, quiet


def row(event: Event, names: Names) -> Row:
    """An event as a row of the list."""
    amounts = tuple(
        Amount(
            wording.direction(line.giver, line.receiver, names), wording.counted(span(line), line.what), differs(line)
        )
        for line in event.ledger[:4]
    )
    said = standing(event)
    return Row(
        id=event.id,
        day=_day(event),
        dated=event.date is not None,
        what=wording.what_happened(event.kind, event.status),
        sides=wording.listed((wording.named(each, names) for each in event.parties), 4) or "Sides not named",
        status=event.status,
        amounts=amounts,
        disputed=bool(event.discrepancies),
        reviewed="; ".join(each.in_words() for each in said),
        closed=is_closed(event),
        muted=any(each.verdict == "mute" for each in said),
        outlets=len({each.outlet for each in event.members}),
        articles=len({each.article_id for each in event.members}),
        updated=max([event.updated, *(each.at for each in event.feedback)]),
    )


def facts(event: Event, names: Names) -> Iterator[tuple[str, str]]:
    """What is known of the whole, as names and values."""
    yield "Day", wording.day(event.date)
    mediators = wording.listed((wording.named(each, names) for each in event.mediators), 6)
    cited = wording.listed((wording.named(each, names) for each in event.sources), 6)
    if mediators:
        yield "Mediated by", mediators
    if cited:
        yield "Sources cited", cited
    outlets, alone = len({each.outlet for each in event.members}), independent(event)
    yield "Reported by", f"{outlets} {'outlet' if outlets == 1 else 'outlets'}, {alone} independent"
    if event.members:
        yield "Confidence", f"{event.score:.0%}"


def title(event: Event, names: Names) -> str:
    """The headline."""
    return wording.clean(headline(event, names), 200)


def tables(event: Event, names: Names) -> list[Table]:
    """The ledger."""
    right = {(each.giver, each.receiver, each.what): each for each in standing(event) if each.verdict == "correct"}
    found = []
    for line in event.ledger:
        corrected = right.get((line.giver, line.receiver, line.what))
        found.append(
            Table(
                line,
                wording.direction(line.giver, line.receiver, names),
                amount(line) if corrected is None else wording.counted(span(line), line.what),
                differs(line),
                corrected.in_words() if corrected else "",
                tuple(_groups(line, event.parties[:2], names)),
            )
        )
    return found


def voices(event: Event, names: Names) -> list[str]:
    """What each side says, in words."""
    return [wording.spelled(each, names) for each in in_words(event)]


def discrepancies(event: Event, names: Names) -> list[str]:
    """Where the accounts disagree, in words."""
    return [wording.spelled(each, names) for each in event.discrepancies]


def timeline(event: Event, decisions: Iterable[Decision], names: Names) -> list[Moment]:
    """What became known when, and what was told of it or not; the first thing first."""
    found = [Moment(each.at, wording.spelled(each.reason, names), _told(each)) for each in decisions]
    by_article: dict[str, list[Member]] = {}
    for member in event.members:
        by_article.setdefault(member.key, []).append(member)
    for members in by_article.values():
        found.append(Moment(members[0].first_seen, _report(members, names), "report"))
    return sorted(found, key=lambda each: (each.at, each.kind != "report"))


def silent(event: Event) -> str:
    """Why nothing more is told of an event, in words; nothing where it is."""
    why = hushed(event)
    return why.in_words() if why else ""


def _day(event: Event) -> str:
    """The day or, where nobody tells it, that of the first report, by which the list is sorted."""
    if event.date is not None or not event.members:
        return wording.day(event.date)
    return wording.day(min(each.published for each in event.members).date().isoformat())


def _groups(line: LedgerLine, sides: Sequence[str], names: Names) -> Iterator[tuple[str, tuple[Said, ...]]]:
    for side in sides:
        own = tuple(_said(each, names) for each in line.claims if each.side == side)
        if own:
            yield f"{wording.named(side, names)} says", own
    others = tuple(_said(each, names) for each in line.claims if each.side not in sides)
    if others:
        yield "Others say", others


def _said(claim: Claim, names: Names) -> Said:
    quote = wording.clean(claim.evidence.quote, 1_000)
    return Said(
        figure=wording.span(claim.low, claim.best, claim.high) or wording.number(claim.best),
        who=wording.named(claim.claimed_by, names) if claim.claimed_by else "",
        outlet=claim.outlet,
        url=wording.clean_url(claim.url),
        language=claim.language,
        quote=wording.parts(quote, wording.places(quote, [wording.clean(claim.figure_text, 200)])),
        at=claim.first_seen,
        state=claim.state,
    )


def _report(members: Sequence[Member], names: Names) -> str:
    told = [
        f"{wording.counted(wording.span(each.count.low, each.count.best, each.count.high), each.what)} "
        f"{wording.direction(each.giver, each.receiver, names)}"
        for member in members
        for each in member.exchange.transfers
        if each.count
    ]
    what = wording.listed(told, 4) or wording.what_happened(members[0].exchange.kind, members[0].exchange.status)
    return f"{members[0].outlet} reports: {what}"


def _told(decision: Decision) -> str:
    return "told" if decision.alert_id else "quiet"
