"""Silences: what the desk does not want to hear of for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "silences",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Text),
        sa.Column("party", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_silences"),
    )
    op.create_index("ix_silences_until", "silences", ["until"])


def downgrade() -> None:
    op.drop_table("silences")
