"""What sources answered, kept over a restart; when a host wants to be asked again; the trouble that was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("not_before", sa.DateTime(timezone=True)))
    op.create_table(
        "answers",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("stanza", sa.Text, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("modified", sa.Text),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("source", "url", name="pk_answers"),
    )
    op.create_table(
        "troubles",
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_troubles"),
    )


def downgrade() -> None:
    op.drop_table("troubles")
    op.drop_table("answers")
    op.drop_column("sources", "not_before")
