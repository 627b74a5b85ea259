"""Chats take turns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

unfinished, running = sa.text("finished IS NULL"), sa.text("state = 'running'")


def upgrade() -> None:
    """Give every update its turn; those that wait count up within their chat."""
    op.add_column("inbox", sa.Column("turn", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("ix_inbox_turn", "inbox", ["turn", "id"], sqlite_where=unfinished, postgresql_where=unfinished)
    op.create_index("ix_inbox_running", "inbox", ["turn"], sqlite_where=running, postgresql_where=running)
    op.execute(
        "UPDATE inbox SET turn = (SELECT count(*) FROM inbox AS before"
        " WHERE before.finished IS NULL AND before.chat = inbox.chat AND before.id < inbox.id) WHERE finished IS NULL"
    )
