"""How many pages of a visit held no article."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("crawls", sa.Column("unreadable", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("crawls", "unreadable")
