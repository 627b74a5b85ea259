"""A chat remembers which command menu it has at Telegram."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """No chat has one of its own yet."""
    op.add_column("chats", sa.Column("menu", sa.Text))
