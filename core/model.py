"""The nouns of the newsroom, in the order in which they flow: link, page, article, report, event, alert, delivery.

All are frozen; every datetime is aware and in UTC; a day is an ISO string, "2025-06-13", or "2025-06" where only
the month is known. Parties are ISO 3166 codes ("RU") or names for those that are no state ("HAMAS").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

from core.feedback import Feedback

Kind = Literal["remains", "prisoners", "civilians", "mixed"]
Status = Literal["completed", "planned", "postponed"]
What = Literal["bodies", "prisoners", "civilians", "persons"]
OutletKind = Literal["wire", "outlet", "official"]
# Whether an outlet still says so: it has changed its article since, or taken it away.
ClaimState = Literal["", "corrected", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Link:
    """An address worth fetching, as a source offered it."""

    url: str
    source: str
    title: str | None = None
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The bytes that an address gave, and when."""

    url: str
    requested_url: str
    source: str
    status: int
    body: bytes
    fetched_at: datetime
    content_type: str | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of an outlet's pages beforehand: CSS selectors of title, text and date, and their encoding."""

    title: str | None = None
    text: str | None = None
    date: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """What an outlet published: `url` is canonical, `text` has its paragraphs divided by empty lines."""

    url: str
    source: str
    outlet: str
    title: str | None
    text: str
    language: str | None
    published: datetime | None
    fetched_at: datetime
    aliases: tuple[str, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A page from which no article could be taken, with the reason in words."""

    url: str
    source: str
    reason: str
    fetched_at: datetime
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence that proves a figure: offsets are characters of the article's text (or of its title)."""

    start: int
    end: int
    quote: str
    part: Literal["text", "title"] = "text"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as told: "more than 800" has best 800, low 800 and no high; `text` keeps the wording."""

    best: int
    low: int | None
    high: int | None
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """Who handed how many of whom to whom, according to whom."""

    giver: str | None
    receiver: str | None
    count: Figure | None
    what: What
    claimed_by: str | None
    evidence: Evidence
    claimed_side: str | None = None  # the party whose official or voice `claimed_by` is


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange as one article tells it."""

    kind: Kind
    status: Status
    date: str | None
    transfers: tuple[Transfer, ...]
    parties: tuple[str, ...] = ()
    mediators: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    ordinal: int | None = None
    cumulative: bool = False
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One article's claims: exchanges told as news, and others told as background. `reasons` are in words."""

    language: str
    score: float
    reasons: tuple[str, ...]
    exchanges: tuple[Exchange, ...]
    background: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an article is no report: the gate that stopped it, and the words where it did."""

    language: str
    gate: str
    reason: str
    score: float = 0.0
    evidence: Evidence | None = None
    background: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One exchange of one stored article's report, as the matcher sees it. `key` is unique and stable."""

    key: str
    article_id: str
    url: str
    outlet: str
    outlet_kind: OutletKind
    language: str
    title: str | None
    published: datetime
    first_seen: datetime
    score: float
    exchange: Exchange
    outlet_side: str | None = None  # the party for which an official outlet speaks
    sketch: str = ""  # of the article's words (see events.copies)
    joined: str = ""  # why it is in its event
    state: ClaimState = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure of one transfer as one article gives it."""

    low: int | None
    best: int
    high: int | None
    claimed_by: str | None
    outlet: str
    url: str
    article_id: str
    language: str
    evidence: Evidence
    figure_text: str
    first_seen: datetime
    side: str | None = None  # the party that claims it, by an official or an official outlet of its own
    state: ClaimState = ""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One direction of an event: the range of the figures claimed for it, and every claim."""

    giver: str | None
    receiver: str | None
    what: What
    low: int | None
    best: int | None
    high: int | None
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """The one real-world exchange that its members are about."""

    id: str
    kind: Kind
    status: Status
    date: str | None
    parties: tuple[str, ...]
    ledger: tuple[LedgerLine, ...]
    discrepancies: tuple[str, ...]
    mediators: tuple[str, ...]
    sources: tuple[str, ...]
    members: tuple[Member, ...]
    score: float
    first_seen: datetime
    updated: datetime
    feedback: tuple[Feedback, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """How many were handed over in all up to a day (of publication, UTC), as `speaker` claims it."""

    giver: str | None
    receiver: str | None
    what: What
    low: int | None
    best: int
    high: int | None
    speaker: str
    day: date
    outlet: str
    url: str
    quote: str


AlertReason = Literal["first report", "status changed", "corrected", "figure changed", "figure disputed", "confirmed"]


@dataclass(frozen=True, slots=True)
class Alert:
    """What is new about an event, with the reason; `id` is unique to this piece of news, so that it is told once."""

    id: str
    event_id: str
    reason: AlertReason
    detail: str
    event: Event
    created: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """Why a change of an event is not told."""

    event_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one alert in one channel: `message_id` is the channel's own name for the message."""

    alert_id: str
    channel: str
    outcome: Literal[
        "accepted", "retry", "refused", "kept", "silenced"
    ]  # kept: until it is mended; silenced: by the desk
    at: datetime
    message_id: str | None = None
    thread_id: str | None = None
    detail: str = ""
    retry_at: datetime | None = None
    in_doubt: bool = False  # the channel may have taken it all the same: look there before sending anew


@dataclass(frozen=True, slots=True)
class Due:
    """One alert that one channel still has to take: `thread_id` is where the channel keeps the event's thread.

    `later` are the event's alerts that came meanwhile, to be told in the same message. With `together` they are of
    several events, which quiet hours held back, and are told in one digest.
    `in_doubt` is true when an attempt was begun and its outcome is not known (the process was killed between
    sending and recording, or the last recorded delivery was itself in doubt).
    """

    alert: Alert
    channel: str
    attempts: int = 0
    thread_id: str | None = None
    in_doubt: bool = False
    later: tuple[Alert, ...] = ()
    together: bool = False


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """An address that could not be fetched, with the reason in words."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The marks of what an address answered, by which it is known again: its own (RFC 9110) and a hash of its bytes."""

    url: str
    etag: str | None
    modified: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """One visit to one source: `problem` is the reason, in words, for which the source itself could not be read.

    Of its `pages`, so many were `unreadable`: no article could be extracted from them.
    `left` are further lists that it names, for visits of their own.
    `answers` are those of the source that were read to the end; before `not_before` its host does not want to be asked.
    """

    source: str
    started: datetime
    finished: datetime
    links: int = 0
    new_links: int = 0
    pages: int = 0
    requests: int = 0
    problem: str | None = None
    failures: tuple[FetchFailure, ...] = field(default=())
    answers: tuple[Answer, ...] = ()
    not_before: datetime | None = None
    unreadable: int = 0
    left: tuple[str, ...] = ()


class Arrival(NamedTuple):
    """When an article was fetched and, where it says so, published (UTC)."""

    fetched: datetime
    published: datetime | None = None

    @property
    def moment(self) -> datetime:
        """When it was published, as far as is known."""
        return min(self.published or self.fetched, self.fetched)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The last articles of a source, the oldest first, and what it brought before in the hours since the last of them.

    `before` has a count for each of the last seven days or, after a day without any, of the last three weeks; none of
    the time before it was watched.
    """

    last: tuple[Arrival, ...] = ()
    before: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of a source from its visits."""

    name: str
    last_started: datetime | None = None
    last_success: datetime | None = None
    last_problem: str | None = None
    consecutive_problems: int = 0
    next_due: datetime | None = None
    not_before: datetime | None = None
    paused: datetime | None = None  # since when the desk wants no visits, and who of it
    paused_by: str | None = None
    asked: datetime | None = None  # when the desk last asked for a visit at once
    articles: int = 0
    reports: int = 0


@dataclass(frozen=True, slots=True)
class SourceDay:
    """How much a source was asked and gave on one day (ISO, UTC, of fetching)."""

    source: str
    day: str
    visits: int
    failed: int
    articles: int
    reports: int


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody of the desk did, when, and to what: an event, a source, an article."""

    at: datetime
    by: str
    what: str
    about: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something of the monitor that is not well: a change of `state` is news to its operators, other words are not."""

    subject: str
    state: str
    words: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was asked and read between two times: `unread` are the sources that were asked and never could be read."""

    since: datetime
    until: datetime
    sources: int
    visits: int
    unread: tuple[str, ...]
    articles: int
    reports: int


@dataclass(frozen=True, slots=True)
class Version:
    """What an article said until a time (UTC) at which it was found to say something else."""

    article_id: str
    until: datetime
    title: str | None
    text: str
    detection: Report | Rejection


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a page behind an article is kept: a WARC file, and the byte at which its record begins."""

    article_id: str
    file: str
    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Reread:
    """An article behind an event that is to be read again: `done` times it was since `begun`."""

    article: Article
    begun: datetime
    done: int
