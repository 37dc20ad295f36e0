"""The first tables: articles, events with their ledgers, alerts with their outbox, visits to sources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "articles",
    "addresses",
    "unreadable",
    "events",
    "event_parties",
    "members",
    "ledger_lines",
    "claims",
    "alerts",
    "decisions",
    "deliveries",
    "sources",
    "crawls",
)


def upgrade() -> None:
    _make_articles_and_addresses()
    _make_events()
    _make_ledgers()
    _make_alerts()
    _make_visits()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _make_articles_and_addresses() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("outlet", sa.Text, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("published", MOMENT),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.Column("moment", MOMENT, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("relevant", sa.Boolean, nullable=False),
        sa.Column("detection", sa.Text, nullable=False),
    )
    op.create_index("ix_articles_moment", "articles", ["moment"])
    op.create_index("ix_articles_outlet_fingerprint", "articles", ["outlet", "fingerprint"])
    op.create_index("ix_articles_source_relevant", "articles", ["source", "relevant"])
    op.create_table(
        "addresses",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("article_id", sa.Text, sa.ForeignKey("articles.id")),
    )
    op.create_index("ix_addresses_article_id", "addresses", ["article_id"])
    op.create_table(
        "unreadable",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=False),
    )


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("date", sa.Text),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("parties", sa.Text, nullable=False),
        sa.Column("discrepancies", sa.Text, nullable=False),
        sa.Column("mediators", sa.Text, nullable=False),
        sa.Column("sources", sa.Text, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("updated", MOMENT, nullable=False),
        sa.Column("merged_into", sa.Text, sa.ForeignKey("events.id")),
    )
    op.create_index("ix_events_day", "events", ["day"])
    op.create_index("ix_events_merged_into", "events", ["merged_into"])
    op.create_table(
        "event_parties",
        sa.Column("event_id", sa.Text, sa.ForeignKey("events.id"), primary_key=True),
        sa.Column("party", sa.Text, primary_key=True),
    )
    op.create_index("ix_event_parties_party", "event_parties", ["party"])
    op.create_table(
        "members",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("article_id", sa.Text, sa.ForeignKey("articles.id"), nullable=False),
        sa.Column("event_id", sa.Text, sa.ForeignKey("events.id")),
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("outlet_kind", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("published", MOMENT, nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("exchange", sa.Text, nullable=False),
    )
    op.create_index("ix_members_article_id", "members", ["article_id"])
    op.create_index("ix_members_bucket_day", "members", ["bucket", "day"])
    op.create_index("ix_members_event_id", "members", ["event_id"])


def _make_ledgers() -> None:
    op.create_table(
        "ledger_lines",
        sa.Column("event_id", sa.Text, sa.ForeignKey("events.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("giver", sa.Text),
        sa.Column("receiver", sa.Text),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("low", sa.BigInteger),
        sa.Column("best", sa.BigInteger),
        sa.Column("high", sa.BigInteger),
    )
    op.create_table(
        "claims",
        sa.Column("event_id", sa.Text, sa.ForeignKey("events.id"), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("article_id", sa.Text, sa.ForeignKey("articles.id"), nullable=False),
        sa.Column("low", sa.BigInteger),
        sa.Column("best", sa.BigInteger, nullable=False),
        sa.Column("high", sa.BigInteger),
        sa.Column("claimed_by", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("figure_text", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
    )
    op.create_index("ix_claims_article_id", "claims", ["article_id"])


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, sa.ForeignKey("events.id"), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_alerts_event_id_number", "alerts", ["event_id", "number"])
    op.create_table(
        "decisions",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("event_id", sa.Text, sa.ForeignKey("events.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("alert_id", sa.Text, sa.ForeignKey("alerts.id")),
    )
    op.create_index("ix_decisions_event_id_number", "decisions", ["event_id", "number"])
    op.create_table(
        "deliveries",
        sa.Column("alert_id", sa.Text, sa.ForeignKey("alerts.id"), primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, sa.ForeignKey("events.id"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("in_doubt", sa.Boolean, nullable=False),
        sa.Column("at", MOMENT),
        sa.Column("message_id", sa.Text),
        sa.Column("thread_id", sa.Text),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_deliveries_event_id_channel", "deliveries", ["event_id", "channel"])
    op.create_index("ix_deliveries_state_due", "deliveries", ["state", "due"])


def _make_visits() -> None:
    op.create_table(
        "sources",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("last_started", MOMENT),
        sa.Column("last_success", MOMENT),
        sa.Column("last_problem", sa.Text),
        sa.Column("consecutive_problems", sa.Integer, nullable=False),
        sa.Column("next_due", MOMENT),
    )
    op.create_table(
        "crawls",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("finished", MOMENT, nullable=False),
        sa.Column("links", sa.Integer, nullable=False),
        sa.Column("new_links", sa.Integer, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("failures", sa.Text, nullable=False),
    )
    op.create_index("ix_crawls_source_number", "crawls", ["source", "number"])
