"""The tables: what a row of each means, and the two column types that keep time and text the same everywhere."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = {0: "\ufffd", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


class Moment(TypeDecorator[datetime]):
    """A time: aware in and out, in UTC in between. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a timezone: {value.isoformat()}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Prose(TypeDecorator[str]):
    """Text as it came from the web: what no database stores becomes U+FFFD, one for one, so that offsets hold."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else value.translate(_UNSTORABLE)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

articles = Table(
    "articles",
    metadata,
    Column("id", Prose, primary_key=True),
    Column("url", Prose, nullable=False),
    Column("source", Prose, nullable=False),
    Column("outlet", Prose, nullable=False),
    Column("title", Prose),
    Column("text", Prose, nullable=False),
    Column("language", Prose),
    Column("published", Moment),
    Column("fetched_at", Moment, nullable=False),
    Column("moment", Moment, nullable=False),  # published or, where the outlet does not say, fetched
    Column("fingerprint", Text, nullable=False),  # of title and text: the same outlet's same text is one article
    Column("relevant", Boolean, nullable=False),
    Column("detection", Prose, nullable=False),  # the whole report or rejection, with its evidence
    Index(None, "outlet", "fingerprint"),
    Index(None, "source", "relevant"),
    Index(None, "relevant", "fetched_at"),
    Index(None, "moment"),
    Index(None, "fetched_at", "id"),
    Index(None, "source", "fetched_at", "relevant"),
)

unreadable = Table(
    "unreadable",
    metadata,
    Column("url", Prose, primary_key=True),
    Column("source", Prose, nullable=False),
    Column("reason", Prose, nullable=False),
    Column("fetched_at", Moment, nullable=False),
)

addresses = Table(  # every URL that need not be fetched again; without an article it led to an unreadable page
    "addresses",
    metadata,
    Column("url", Prose, primary_key=True),
    Column("article_id", Prose, ForeignKey("articles.id")),
    Index(None, "article_id"),
)

events = Table(
    "events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("date", Text),
    Column("day", Text, nullable=False),  # the date or, where only a month or nothing is known, the first publication
    Column("parties", Prose, nullable=False),
    Column("discrepancies", Prose, nullable=False),
    Column("mediators", Prose, nullable=False),
    Column("sources", Prose, nullable=False),
    Column("score", Float, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("closed", Boolean, nullable=False, server_default=false()),  # the desk says that it was no exchange
    Column("merged_into", Text, ForeignKey("events.id")),  # set where later reports showed two events to be one
    Column("reviewed", Boolean, nullable=False, server_default=false()),  # somebody of the desk has said what it is
    Column("words", Prose, nullable=False, server_default=""),  # by which it is found, in small letters
    Index(None, "day", "first_seen", "id"),
    Index(None, "updated"),
    Index(None, "merged_into"),
)

event_parties = Table(
    "event_parties",
    metadata,
    Column("event_id", Text, ForeignKey("events.id"), primary_key=True),
    Column("party", Prose, primary_key=True),
    Index(None, "party"),
)

members = Table(
    "members",
    metadata,
    Column("key", Prose, primary_key=True),
    Column("article_id", Prose, ForeignKey("articles.id"), nullable=False),
    Column("event_id", Text, ForeignKey("events.id")),
    Column("bucket", Prose, nullable=False),  # only members of one bucket can be about one event
    Column("day", Text, nullable=False),
    Column("outlet_kind", Text, nullable=False),
    Column("outlet_side", Text),  # the party for which an official outlet speaks
    Column("language", Text, nullable=False),
    Column("published", Moment, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("score", Float, nullable=False),
    Column("exchange", Prose, nullable=False),
    Column("sketch", Text, nullable=False, server_default=""),  # alike for copies of one text
    Column("joined", Prose, nullable=False, server_default=""),  # why it is in its event
    Column("state", Text, nullable=False, server_default=""),  # corrected, withdrawn
    Index(None, "bucket", "day"),
    Index(None, "event_id"),
    Index(None, "article_id"),
)

ledger_lines = Table(
    "ledger_lines",
    metadata,
    Column("event_id", Text, ForeignKey("events.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("giver", Prose),
    Column("receiver", Prose),
    Column("what", Text, nullable=False),
    Column("low", BigInteger),
    Column("best", BigInteger),
    Column("high", BigInteger),
)

claims = Table(
    "claims",
    metadata,
    Column("event_id", Text, ForeignKey("events.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("article_id", Prose, ForeignKey("articles.id"), nullable=False),
    Column("low", BigInteger),
    Column("best", BigInteger, nullable=False),
    Column("high", BigInteger),
    Column("claimed_by", Prose),
    Column("claimed_side", Text),
    Column("language", Text, nullable=False),
    Column("figure_text", Prose, nullable=False),
    Column("evidence", Prose, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("state", Text, nullable=False, server_default=""),
    Index(None, "article_id"),
)

versions = Table(  # what articles said before they were changed
    "versions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("article_id", Prose, ForeignKey("articles.id"), nullable=False),
    Column("until", Moment, nullable=False),
    Column("title", Prose),
    Column("text", Prose, nullable=False),
    Column("detection", Prose, nullable=False),
    Index(None, "article_id"),
)

evidence = Table(  # where the pages behind reports are kept
    "evidence",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("article_id", Prose, ForeignKey("articles.id"), nullable=False),
    Column("file", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "article_id"),
    Index(None, "file"),
)

rereads = Table(  # articles behind events, read again for a day
    "rereads",
    metadata,
    Column("article_id", Prose, ForeignKey("articles.id"), primary_key=True),
    Column("begun", Moment, nullable=False),
    Column("done", Integer, nullable=False),
    Column("due", Moment),  # none: no more
    Index(None, "due"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("number", Integer, primary_key=True),  # the order in which they were put
    Column("id", Prose, nullable=False),
    Column("event_id", Text, ForeignKey("events.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Prose, nullable=False),
    Column("created", Moment, nullable=False),
    Column("event", Prose, nullable=False),  # the event as it was told
    UniqueConstraint("id"),
    Index(None, "event_id", "number"),
)

decisions = Table(  # why a change of an event was told, or was not
    "decisions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("event_id", Text, ForeignKey("events.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Prose, nullable=False),
    Column("alert_id", Prose, ForeignKey("alerts.id")),  # none: silence
    Index(None, "event_id", "number"),
)

deliveries = Table(  # the outbox: one row for each alert and channel
    "deliveries",
    metadata,
    Column("alert_id", Prose, ForeignKey("alerts.id"), primary_key=True),
    Column("channel", Prose, primary_key=True),
    Column("event_id", Text, ForeignKey("events.id"), nullable=False),
    Column("state", Text, nullable=False),  # pending, accepted, refused, kept, silenced
    Column("attempts", Integer, nullable=False),
    Column("due", Moment, nullable=False),
    Column("in_doubt", Boolean, nullable=False),  # begun, and what came of it is not known
    Column("at", Moment),
    Column("message_id", Prose),
    Column("thread_id", Prose),
    Column("detail", Prose, nullable=False),
    Column("held", Boolean, nullable=False, server_default=false()),  # by quiet hours
    Index(None, "state", "due"),
    Index(None, "event_id", "channel"),
)

threads = Table(  # the first messages of threads, which are edited as their event grows
    "threads",
    metadata,
    Column("channel", Prose, primary_key=True),
    Column("thread_id", Prose, primary_key=True),
    Column("event_id", Text, ForeignKey("events.id"), nullable=False),
    Column("wanted", Integer, nullable=False),  # how often the event has changed since the thread began
    Column("shown", Integer, nullable=False),  # the one of these changes that the message shows
    Column("attempts", Integer, nullable=False),
    Column("due", Moment, nullable=False),
    Index(None, "event_id"),
)

feedback = Table(  # what people of the desk said of events
    "feedback",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Prose, nullable=False),  # of the click, so that one told twice is kept once
    Column("event_id", Text, ForeignKey("events.id"), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("by", Prose, nullable=False),
    Column("at", Moment, nullable=False),
    Column("giver", Prose),
    Column("receiver", Prose),
    Column("what", Text),
    Column("figure", BigInteger),
    UniqueConstraint("id"),
    Index(None, "event_id"),
    Index(None, "at"),
)

rulings = Table(  # events put together and reports set apart by hand
    "rulings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("event_id", Text, ForeignKey("events.id"), nullable=False),
    Column("what", Text, nullable=False),  # merge, split
    Column("keys", Prose, nullable=False),  # of members
    Column("by", Prose, nullable=False),
    Column("at", Moment, nullable=False),
    Column("undone", Moment),
    Index(None, "event_id"),
)

digests = Table(  # the day whose digest went to a channel
    "digests",
    metadata,
    Column("day", Text, primary_key=True),
    Column("channel", Prose, primary_key=True),
    Column("at", Moment, nullable=False),
)

silences = Table(  # what the desk does not want to hear of for a while
    "silences",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("event_id", Prose),
    Column("party", Prose),
    Column("kind", Text),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("by", Prose, nullable=False),
    Column("reason", Prose, nullable=False),
    Index(None, "until"),
)

totals = Table(  # running totals since some start, as articles claim them
    "totals",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("article_id", Prose, ForeignKey("articles.id"), nullable=False),
    Column("giver", Prose),
    Column("receiver", Prose),
    Column("what", Text, nullable=False),
    Column("best", BigInteger, nullable=False),
    Column("low", BigInteger),
    Column("high", BigInteger),
    Column("claimed_by", Prose),
    Column("claimed_side", Text),
    Column("evidence", Prose, nullable=False),
    Index(None, "article_id"),
)

sources = Table(
    "sources",
    metadata,
    Column("name", Prose, primary_key=True),
    Column("last_started", Moment),
    Column("last_success", Moment),
    Column("last_problem", Prose),
    Column("consecutive_problems", Integer, nullable=False),
    Column("next_due", Moment),
    Column("not_before", Moment),  # its host wants to be left alone
    Column("paused", Moment),  # since when the desk wants no visits
    Column("paused_by", Prose),
    Column("asked", Moment),  # when the desk last asked for a visit at once
)

source_days = Table(  # how much each source was asked and gave, by day of fetching (UTC)
    "source_days",
    metadata,
    Column("source", Prose, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("visits", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("articles", Integer, nullable=False),
    Column("reports", Integer, nullable=False),
    Index(None, "day"),
)

acts = Table(  # what the desk did that is no word on an event: sources paused, cases kept
    "acts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("by", Prose, nullable=False),
    Column("what", Prose, nullable=False),
    Column("about", Prose, nullable=False),
    Index(None, "at"),
)

troubles = Table(  # those that the operators were told of
    "troubles",
    metadata,
    Column("subject", Prose, primary_key=True),
    Column("state", Text, nullable=False),
    Column("words", Prose, nullable=False),
    Column("since", Moment, nullable=False),
)

answers = Table(  # of sources, read to the end: what has not changed since need not be read again
    "answers",
    metadata,
    Column("source", Prose, primary_key=True),
    Column("url", Prose, primary_key=True),
    Column("stanza", Text, nullable=False),  # of the source then: read otherwise, the same answer may give more
    Column("etag", Prose),
    Column("modified", Prose),
    Column("digest", Text, nullable=False),
)

crawls = Table(
    "crawls",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("source", Prose, nullable=False),
    Column("started", Moment, nullable=False),
    Column("finished", Moment, nullable=False),
    Column("links", Integer, nullable=False),
    Column("new_links", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("unreadable", Integer, nullable=False, server_default="0"),
    Column("problem", Prose),
    Column("failures", Prose, nullable=False),
    Index(None, "source", "number"),
)

archives = Table(  # how far each unit of an archive was read
    "archives",
    metadata,
    Column("method", Prose, primary_key=True),
    Column("source", Prose, primary_key=True),
    Column("unit", Prose, primary_key=True),
    Column("state", Text, nullable=False),  # running, done, failed
    Column("started", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("owner", Text, nullable=False),  # the process at work
    Column("mark", Prose, nullable=False),  # where to go on
    Column("position", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("days", Prose, nullable=False),  # that it covers: stretches, as 2024-01-01/2024-01-31 2024-02-03/2024-02-03
    Column("reason", Prose, nullable=False),  # why it failed
    *(
        Column(name, Integer, nullable=False)
        for name in ("records", "candidates", "reports", "stored", "known", "damaged")
    ),
)
