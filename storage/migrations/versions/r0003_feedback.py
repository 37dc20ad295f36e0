"""Feedback: what people of the desk said of events, and whether an event is closed by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("closed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "feedback",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("giver", sa.Text),
        sa.Column("receiver", sa.Text),
        sa.Column("what", sa.Text),
        sa.Column("figure", sa.BigInteger),
        sa.PrimaryKeyConstraint("number", name="pk_feedback"),
        sa.UniqueConstraint("id", name="uq_feedback_id"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_feedback_event_id"),
    )
    op.create_index("ix_feedback_event_id", "feedback", ["event_id"])


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_column("events", "closed")
