"""Threads: the messages in channels that always show an event as it is now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "threads",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("thread_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "thread_id", name="pk_threads"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_threads_event_id"),
    )
    op.create_index("ix_threads_event_id", "threads", ["event_id"])


def downgrade() -> None:
    op.drop_table("threads")
