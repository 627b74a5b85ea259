"""An update remembers the message in which its answer is shown while it grows, and that it is to be stopped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing is shown yet of what is under way."""
    op.add_column("inbox", sa.Column("message", sa.BigInteger))
    op.add_column("inbox", sa.Column("stop", sa.Boolean, nullable=False, server_default=sa.false()))
