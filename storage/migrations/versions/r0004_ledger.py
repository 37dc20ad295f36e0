"""The ledger: which side claims, copies of one text, why a report is in its event, rulings by hand, running totals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("claims", sa.Column("claimed_side", sa.Text))
    op.add_column("members", sa.Column("outlet_side", sa.Text))
    op.add_column("members", sa.Column("sketch", sa.Text, nullable=False, server_default=""))
    op.add_column("members", sa.Column("joined", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "rulings",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("keys", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("number", name="pk_rulings"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_rulings_event_id"),
    )
    op.create_index("ix_rulings_event_id", "rulings", ["event_id"])
    op.create_table(
        "totals",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("article_id", sa.Text, nullable=False),
        sa.Column("giver", sa.Text),
        sa.Column("receiver", sa.Text),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("best", sa.BigInteger, nullable=False),
        sa.Column("low", sa.BigInteger),
        sa.Column("high", sa.BigInteger),
        sa.Column("claimed_by", sa.Text),
        sa.Column("claimed_side", sa.Text),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_totals"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_totals_article_id"),
    )
    op.create_index("ix_totals_article_id", "totals", ["article_id"])


def downgrade() -> None:
    op.drop_table("totals")
    op.drop_table("rulings")
    for column in ("joined", "sketch", "outlet_side"):
        op.drop_column("members", column)
    op.drop_column("claims", "claimed_side")
