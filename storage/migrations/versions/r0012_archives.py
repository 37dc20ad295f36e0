"""The ledger of archives: how far each file, day or sitemap was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COUNTS = ("records", "candidates", "reports", "stored", "known", "damaged")


def upgrade() -> None:
    op.create_table(
        "archives",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("method", "source", "unit", "state")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("started", "updated")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("owner", "mark")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("position", "size")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("days", "reason")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("method", "source", "unit", name="pk_archives"),
    )


def downgrade() -> None:
    op.drop_table("archives")
