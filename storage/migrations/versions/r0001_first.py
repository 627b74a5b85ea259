"""The first shape: two queues, chats, sightings with their pictures, messages and turns, watches, verdicts, places."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table."""
    _sightings()
    _watches()
    _chats()
    _queue("inbox", sa.Column("body", sa.JSON, nullable=False))
    _queue(
        "outbox",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("html", sa.Boolean, nullable=False),
        sa.Column("file", sa.Text),
        sa.Column("duration", sa.Integer),
        sa.Column("reply_to", sa.BigInteger),
        sa.Column("thread", sa.BigInteger),
        sa.Column("sighting", row_id, sa.ForeignKey("sightings.id", name="fk_outbox_sighting")),
        sa.Column("buttons", sa.JSON, nullable=False),
        sa.Column("message", sa.BigInteger),
    )
    op.create_index("ix_outbox_bot_chat_message", "outbox", ["bot", "chat", "message"])


def _queue(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
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
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.UniqueConstraint("bot", "key", name=f"uq_{name}_bot_key"),
        sqlite_autoincrement=True,
    )
    unfinished, failed = sa.text("finished IS NULL"), sa.text("state = 'failed'")
    for index, where, keys in (
        ("open", unfinished, ["id"]),
        ("open_chat", unfinished, ["chat", "id"]),
        ("failed", failed, ["id"]),
    ):
        op.create_index(f"ix_{name}_{index}", name, keys, sqlite_where=where, postgresql_where=where)


def _chats() -> None:
    op.create_table(
        "chats",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("prompt", sa.Text),
        sa.Column("voice", sa.Boolean, nullable=False),
        sa.Column("language", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_chats"),
    )
    op.create_table(
        "places",
        sa.Column("chat", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("sender", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("latitude", sa.Double, nullable=False),
        sa.Column("longitude", sa.Double, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("name", sa.Text),
        sa.PrimaryKeyConstraint("chat", "sender", name="pk_places"),
    )


def _sightings() -> None:
    op.create_table(
        "sightings",
        sa.Column("id", row_id, nullable=False),
        sa.Column("chat", sa.BigInteger, nullable=False),
        sa.Column("sender", sa.BigInteger),
        sa.Column("at", moment, nullable=False),
        sa.Column("caption", sa.Text),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("place_source", sa.Text),
        sa.Column("place_at", moment),
        sa.Column("place_name", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_sightings"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sightings_chat_id", "sightings", ["chat", "id"])
    op.create_table(
        "pictures",
        sa.Column("sighting", row_id, nullable=False, autoincrement=False),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sighting", "position", name="pk_pictures"),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_pictures_sighting"),
    )
    op.create_index("ix_pictures_digest", "pictures", ["digest"])
    op.create_table(
        "messages",
        sa.Column("chat", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("message", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("sighting", row_id, nullable=False),
        sa.PrimaryKeyConstraint("chat", "message", name="pk_messages"),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_messages_sighting"),
    )
    op.create_index("ix_messages_sighting", "messages", ["sighting"])
    op.create_table(
        "turns",
        sa.Column("id", row_id, nullable=False),
        sa.Column("sighting", row_id, nullable=False),
        sa.Column("arrival", row_id, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_turns_sighting"),
        sa.UniqueConstraint("arrival", "position", name="uq_turns_arrival_position"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_turns_sighting", "turns", ["sighting"])


def _watches() -> None:
    op.create_table(
        "watches",
        sa.Column("id", row_id, nullable=False),
        sa.Column("chat", sa.BigInteger, nullable=False),
        sa.Column("message", sa.BigInteger),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("created", moment, nullable=False),
        sa.Column("removed", moment),
        sa.PrimaryKeyConstraint("id", name="pk_watches"),
        sa.UniqueConstraint("chat", "message", name="uq_watches_chat_message"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "verdicts",
        sa.Column("watch", row_id, nullable=False, autoincrement=False),
        sa.Column("sighting", row_id, nullable=False, autoincrement=False),
        sa.Column("p_yes", sa.Double, nullable=False),
        sa.Column("outside", sa.Double, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("watch", "sighting", name="pk_verdicts"),
        sa.ForeignKeyConstraint(["watch"], ["watches.id"], name="fk_verdicts_watch"),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_verdicts_sighting"),
    )
    op.create_index("ix_verdicts_sighting", "verdicts", ["sighting"])
