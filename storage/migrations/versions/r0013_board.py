"""What the board reads at once: events by their words and whether reviewed, sources by day; and what the desk did."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("reviewed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("events", sa.Column("words", sa.Text, nullable=False, server_default=""))
    op.drop_index("ix_events_day", "events")
    op.create_index("ix_events_day_first_seen_id", "events", ["day", "first_seen", "id"])
    op.create_index("ix_events_updated", "events", ["updated"])
    op.create_index("ix_articles_fetched_at_id", "articles", ["fetched_at", "id"])
    op.create_index("ix_articles_source_fetched_at_relevant", "articles", ["source", "fetched_at", "relevant"])
    op.create_index("ix_feedback_at", "feedback", ["at"])
    for column in ("paused", "asked"):
        op.add_column("sources", sa.Column(column, sa.DateTime(timezone=True)))
    op.add_column("sources", sa.Column("paused_by", sa.Text))
    counted = [sa.Column(name, sa.Integer, nullable=False) for name in ("visits", "failed", "articles", "reports")]
    op.create_table(
        "source_days",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        *counted,
        sa.PrimaryKeyConstraint("source", "day", name="pk_source_days"),
    )
    op.create_index("ix_source_days_day", "source_days", ["day"])
    op.create_table(
        "acts",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_acts"),
    )
    op.create_index("ix_acts_at", "acts", ["at"])
    _count_days()
    _find_words()
    _mark_reviewed()


def _count_days() -> None:
    """What was read and asked before this version, by day."""
    connection = op.get_bind()
    in_utc = "(%s AT TIME ZONE 'UTC')" if connection.dialect.name == "postgresql" else "%s"
    day = f"SUBSTR(CAST({in_utc} AS TEXT), 1, 10)"
    connection.execute(
        sa.text(
            f"""
            INSERT INTO source_days (source, day, visits, failed, articles, reports)
            SELECT source, day, SUM(visits), SUM(failed), SUM(articles), SUM(reports) FROM (
                SELECT source, {day % "finished"} AS day, 1 AS visits,
                       CASE WHEN problem IS NULL THEN 0 ELSE 1 END AS failed, 0 AS articles, 0 AS reports FROM crawls
                UNION ALL
                SELECT source, {day % "fetched_at"}, 0, 0, 1, CASE WHEN relevant THEN 1 ELSE 0 END FROM articles
            ) AS told GROUP BY source, day
            """  # noqa: S608 - of our own words only
        )
    )


def _find_words() -> None:
    """The words by which the events that there are can be found, until they are next put."""
    connection = op.get_bind()
    found: dict[str, set[str]] = {}
    told = "SELECT id, kind, status, date, parties, sources, mediators FROM events WHERE merged_into IS NULL"
    for row in connection.execute(sa.text(told)):
        lists = [name for column in (row.parties, row.sources, row.mediators) for name in json.loads(column)]
        found[row.id] = {row.id, row.kind, row.status, row.date or "", *lists}
    titles = "SELECT m.event_id, a.title, a.outlet FROM members m JOIN articles a ON a.id = m.article_id"
    for row in connection.execute(sa.text(titles)):
        if row.event_id in found:
            found[row.event_id] |= {row.title or "", row.outlet}
    for event_id, words in found.items():
        values = {"id": event_id, "words": "\n".join(sorted(words)).casefold()[:20_000]}
        connection.execute(sa.text("UPDATE events SET words = :words WHERE id = :id"), values)


def _mark_reviewed() -> None:
    op.execute(
        """
        UPDATE events SET reviewed = true WHERE closed OR id IN (
            SELECT event_id FROM feedback WHERE verdict IN ('confirm', 'correct')
        )
        """
    )


def downgrade() -> None:
    op.drop_table("acts")
    op.drop_table("source_days")
    for column in ("paused_by", "asked", "paused"):
        op.drop_column("sources", column)
    op.drop_index("ix_feedback_at", "feedback")
    op.drop_index("ix_articles_source_fetched_at_relevant", "articles")
    op.drop_index("ix_articles_fetched_at_id", "articles")
    op.drop_index("ix_events_updated", "events")
    op.drop_index("ix_events_day_first_seen_id", "events")
    op.create_index("ix_events_day", "events", ["day"])
    op.drop_column("events", "words")
    op.drop_column("events", "reviewed")
