"""What the API answers and takes: the shapes of its JSON, from which the OpenAPI document is made."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from core.archives import ArchiveProgress
from core.feedback import is_closed, standing
from core.model import Act, Event, Kind, SourceDay, Status, What
from events.shape import shape

# No control characters: no database takes all of them, and none is part of a name or an address.
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PLAIN = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PLAIN)]
Words = Annotated[str, StringConstraints(max_length=100, pattern=_PLAIN)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=_PLAIN)]


def _written(value: object) -> object:
    if not (isinstance(value, (date, datetime)) or (isinstance(value, str) and _DAY.match(value))):
        raise ValueError("a day or a time is wanted as ISO 8601 writes it")
    return value


def _number(value: object) -> object:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ValueError("a number is wanted")
    return value


# Pydantic would take numbers for days since 1970.
Day = Annotated[date, BeforeValidator(_written)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]


class Model(BaseModel):
    """One shape."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Problem(Model):
    """Why something cannot be answered or done, in words."""

    detail: str


class ClaimOut(Model):
    """One figure as one article gives it."""

    count: int
    claimed_by: str | None
    side: str | None
    outlet: str
    url: str


class TransferOut(Model):
    """One direction: the range of the figures claimed for it, and every claim."""

    giver: str | None = Field(alias="from")
    receiver: str | None = Field(alias="to")
    what: What
    low: int | None
    best: int | None
    high: int | None
    claims: list[ClaimOut]


class ArticleOut(Model):
    """An article behind an event."""

    id: str
    url: str
    outlet: str
    published: str


class SaidOut(Model):
    """What somebody of the desk said, and when."""

    verdict: Literal["confirm", "dismiss", "correct", "mute", "unmute", "withdraw"]
    by: str
    at: datetime
    words: str


class EventOut(Model):
    """One exchange: as `exchangewatch events --format jsonl` writes it, and what the desk made of it."""

    id: str
    kind: Kind
    status: Status
    date: str | None
    parties: list[str]
    transfers: list[TransferOut]
    discrepancies: list[str]
    articles: list[ArticleOut]
    mediators: list[str]
    sources: list[str]
    score: float
    first_seen: datetime
    updated: datetime
    closed: bool
    standing: list[str]
    said: list[SaidOut]


class EventPage(Model):
    """Some events, and what to give as `after` for those behind them; null at the end."""

    events: list[EventOut]
    after: str | None


class Verdict(Model):
    """What to say of an event as a whole."""

    verdict: Literal["confirm", "dismiss", "mute", "unmute"]


class Correction(Model):
    """The right figure for one direction of an event, named as its transfers name it."""

    verdict: Literal["correct"]
    giver: Name | None = Field(None, alias="from")
    receiver: Name | None = Field(None, alias="to")
    what: What
    figure: Annotated[int, Field(ge=0, le=10_000_000), BeforeValidator(_number)]


class Merging(Model):
    """The event that is to become part of this one."""

    other: Name


class Splitting(Model):
    """The articles, by id or URL, whose accounts are to be an event of their own."""

    articles: Annotated[list[Url], Field(min_length=1, max_length=200)]


class Undone(Model):
    """What was taken back, in words."""

    undone: str


class Address(Model):
    """A page on the web."""

    url: Annotated[Url, StringConstraints(pattern=r"^https?://")]


class Pasted(Model):
    """A text, with what is known of it."""

    text: Annotated[str, StringConstraints(max_length=100_000, pattern=r"\S")]
    title: Annotated[str, StringConstraints(max_length=500)] | None = None
    published: Day | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] | None = None


class WhyOut(Model):
    """What was found, which gate stopped it if one did, and the evidence as an indented tree."""

    url: str
    title: str | None
    language: str
    relevant: bool
    score: float
    gate: str | None
    reasons: list[str]
    tree: str


class SourceOut(Model):
    """How a source is doing."""

    name: str
    url: str
    type: str
    enabled: bool
    state: str
    words: str
    alarming: bool
    paused: bool
    last_success: datetime | None
    next_due: datetime | None
    articles: int
    reports: int
    articles_in_7_days: int
    reports_in_7_days: int
    lag_seconds: float | None


class DayOut(Model):
    """How much a source was asked and gave on one day (UTC)."""

    source: str
    day: str
    visits: int
    failed: int
    articles: int
    reports: int


class ArchiveOut(Model):
    """How far a source was read by a method: its units by their state, and what was found in all of them."""

    method: str
    source: str
    done: int
    running: int
    failed: int
    started: datetime
    updated: datetime
    records: int
    candidates: int
    reports: int
    stored: int
    known: int
    damaged: int


class SumOut(Model):
    """One direction of one month."""

    month: str
    what: Literal["bodies", "people"]
    giver: str | None = Field(alias="from")
    receiver: str | None = Field(alias="to")
    low: int
    best: int
    high: int
    events: int


class ActOut(Model):
    """What somebody did, when, and to what."""

    at: datetime
    by: str
    what: str
    about: str


def event_out(event: Event) -> EventOut:
    """An event as the API tells it."""
    said = [SaidOut(verdict=each.verdict, by=each.by, at=each.at, words=each.act()) for each in event.feedback]
    return EventOut.model_validate(
        {
            **shape(event),
            "mediators": list(event.mediators),
            "sources": list(event.sources),
            "score": event.score,
            "first_seen": event.first_seen,
            "updated": event.updated,
            "closed": is_closed(event),
            "standing": [each.in_words() for each in standing(event)],
            "said": said,
        }
    )


def day_out(told: SourceDay) -> DayOut:
    """A day of a source as the API tells it."""
    return DayOut(**{name: getattr(told, name) for name in DayOut.model_fields})


def archive_out(told: ArchiveProgress) -> ArchiveOut:
    """An archive as the API tells it."""
    names = ("method", "source", "done", "running", "failed", "started", "updated")
    return ArchiveOut(**{name: getattr(told, name) for name in names}, **asdict(told.tally))


def act_out(act: Act) -> ActOut:
    """An act as the API tells it."""
    return ActOut(at=act.at, by=act.by, what=act.what, about=act.about)
