"""A watch remembers when it went on after a pause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """None has been paused, as far as is known."""
    op.add_column("watches", sa.Column("resumed", sa.DateTime(timezone=True)))
