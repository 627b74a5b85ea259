"""Replies that Telegram may have without our knowing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

unknown = sa.text("state = 'unknown'")


def upgrade() -> None:
    """Mark them, those too that an earlier program left half sent; and find at once those that ended so."""
    with op.batch_alter_table("outbox") as batch:
        batch.add_column(sa.Column("unsure", sa.Boolean, nullable=False, server_default=sa.false()))
        batch.create_index("ix_outbox_unknown", ["id"], sqlite_where=unknown, postgresql_where=unknown)
    outbox = sa.table("outbox", sa.column("unsure"), sa.column("state"))
    op.execute(sa.update(outbox).where(outbox.c.state == "running").values(unsure=sa.true()))
