"""Calls of the watches' webhooks wait in a queue of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """There were none before."""
    op.create_table(
        "calls",
        sa.Column("id", row_id, nullable=False),
        sa.Column("bot", sa.BigInteger, nullable=False),
        sa.Column("chat", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("created", moment, nullable=False),
        sa.Column("not_before", moment),
        sa.Column("finished", moment),
        sa.Column("watch", row_id, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint("bot", "key", name="uq_calls_bot_key"),
        sa.ForeignKeyConstraint(["watch"], ["watches.id"], name="fk_calls_watch"),
        sqlite_autoincrement=True,
    )
    unfinished, failed = sa.text("finished IS NULL"), sa.text("state = 'failed'")
    for name, where, columns in (
        ("open", unfinished, ["id"]),
        ("open_chat", unfinished, ["chat", "id"]),
        ("failed", failed, ["id"]),
    ):
        op.create_index(f"ix_calls_{name}", "calls", columns, sqlite_where=where, postgresql_where=where)
