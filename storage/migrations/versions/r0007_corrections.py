"""Articles behind events are read again: when, what they said before, and which of their claims hold no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("members", sa.Column("state", sa.Text, nullable=False, server_default=""))
    op.add_column("claims", sa.Column("state", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "versions",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("article_id", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("detection", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_versions"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_versions_article_id"),
    )
    op.create_index("ix_versions_article_id", "versions", ["article_id"])
    op.create_table(
        "rereads",
        sa.Column("article_id", sa.Text, nullable=False),
        sa.Column("begun", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("due", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("article_id", name="pk_rereads"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_rereads_article_id"),
    )
    op.create_index("ix_rereads_due", "rereads", ["due"])


def downgrade() -> None:
    op.drop_table("rereads")
    op.drop_table("versions")
    op.drop_column("claims", "state")
    op.drop_column("members", "state")
