"""When the bot speaks in a group, who may change the instruction there, a chat's own presets and what is proposed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Earlier chats go on as they did: spoken to in groups, everybody changes the instruction."""
    op.add_column("chats", sa.Column("speaks", sa.Text, nullable=False, server_default="mentioned"))
    op.add_column("chats", sa.Column("prompt_by", sa.Text, nullable=False, server_default="everyone"))
    op.create_table(
        "presets",
        sa.Column("id", row_id, nullable=False),
        sa.Column("chat", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_presets"),
        sa.UniqueConstraint("chat", "key", name="uq_presets_chat_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "proposals",
        sa.Column("id", row_id, nullable=False),
        sa.Column("chat", sa.BigInteger, nullable=False),
        sa.Column("message", sa.BigInteger),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sa.UniqueConstraint("chat", "message", name="uq_proposals_chat_message"),
        sqlite_autoincrement=True,
    )
