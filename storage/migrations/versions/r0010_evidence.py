"""Where the pages behind reports are kept; and what finds old articles that are no reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("article_id", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_evidence"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_evidence_article_id"),
    )
    op.create_index("ix_evidence_article_id", "evidence", ["article_id"])
    op.create_index("ix_evidence_file", "evidence", ["file"])
    op.create_index("ix_articles_relevant_fetched_at", "articles", ["relevant", "fetched_at"])


def downgrade() -> None:
    op.drop_index("ix_articles_relevant_fetched_at", "articles")
    op.drop_table("evidence")
