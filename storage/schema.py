"""The tables, in a form that SQLite and PostgreSQL both take.

A message's number means something only beside its chat's, so (chat, message) names a message everywhere. Queues keep
their finished rows; every question asked while working goes through an index over the unfinished ones alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up only in a column whose type is exactly INTEGER.
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_TEXT = sa.Text()
# Compared as bytes, so that what begins alike stands together in an index.
_BYTES = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


class Moment(sa.TypeDecorator[datetime]):
    """An aware datetime, kept as UTC. SQLite forgets the zone, so it is put back when read."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        if value is not None and value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be stored")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(sa.TypeDecorator[str]):
    """What somebody wrote, as every database takes it: without the character 0, and without halves of characters."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return value and value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _id() -> sa.Column[int]:
    return sa.Column("id", RowId, primary_key=True)


def _queue(key: sa.Text = _TEXT) -> list[sa.Column[Any]]:
    """The columns that the queues share. `finished` is empty exactly while `state` is waiting or running."""
    return [
        _id(),
        sa.Column("bot", sa.BigInteger, nullable=False),
        sa.Column("chat", sa.BigInteger, nullable=False),
        sa.Column("key", key),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", Words),
        sa.Column("created", Moment, nullable=False),
        sa.Column("not_before", Moment),
        sa.Column("finished", Moment),
    ]


def _queue_indices(table: sa.Table) -> None:
    unfinished = sa.text("finished IS NULL")
    failed = sa.text("state = 'failed'")
    for name, where, columns in (
        ("open", unfinished, [table.c.id]),
        ("open_chat", unfinished, [table.c.chat, table.c.id]),
        ("failed", failed, [table.c.id]),
    ):
        sa.Index(f"ix_{table.name}_{name}", *columns, sqlite_where=where, postgresql_where=where)


inbox = sa.Table(
    "inbox",
    metadata,
    *_queue(key=_BYTES),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("turn", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("message", sa.BigInteger),
    sa.Column("stop", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("album", sa.Text),
    sa.UniqueConstraint("bot", "key"),
    sqlite_autoincrement=True,
)
_queue_indices(inbox)
_in_album = sa.text("album IS NOT NULL")
sa.Index("ix_inbox_album", inbox.c.chat, inbox.c.album, sqlite_where=_in_album, postgresql_where=_in_album)
_unfinished, _running = sa.text("finished IS NULL"), sa.text("state = 'running'")
sa.Index("ix_inbox_turn", inbox.c.turn, inbox.c.id, sqlite_where=_unfinished, postgresql_where=_unfinished)
sa.Index("ix_inbox_running", inbox.c.turn, sqlite_where=_running, postgresql_where=_running)

outbox = sa.Table(
    "outbox",
    metadata,
    *_queue(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", Words, nullable=False),
    sa.Column("html", sa.Boolean, nullable=False),
    sa.Column("file", sa.Text),
    sa.Column("duration", sa.Integer),
    sa.Column("reply_to", sa.BigInteger),
    sa.Column("thread", sa.BigInteger),
    sa.Column("sighting", RowId, sa.ForeignKey("sightings.id")),
    sa.Column("watch", RowId, sa.ForeignKey("watches.id")),
    sa.Column("buttons", sa.JSON, nullable=False),
    sa.Column("message", sa.BigInteger),
    sa.Column("unsure", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("bot", "key"),
    sa.Index(None, "bot", "chat", "message"),
    sqlite_autoincrement=True,
)
_queue_indices(outbox)
_unknown = sa.text("state = 'unknown'")
sa.Index("ix_outbox_unknown", outbox.c.id, sqlite_where=_unknown, postgresql_where=_unknown)

# What is to be posted to webhooks, by the name under which a receiver knows it. Where to, the watch says.
calls = sa.Table(
    "calls",
    metadata,
    *_queue(),
    sa.Column("watch", RowId, sa.ForeignKey("watches.id"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("body", Words, nullable=False),
    sa.UniqueConstraint("bot", "key"),
    sqlite_autoincrement=True,
)
_queue_indices(calls)

chats = sa.Table(
    "chats",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("prompt", Words),
    sa.Column("voice", sa.Boolean, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("speaks", sa.Text, nullable=False, server_default="mentioned"),
    sa.Column("prompt_by", sa.Text, nullable=False, server_default="everyone"),
    sa.Column("zone", sa.Text),
    sa.Column("menu", sa.Text),
)

# `key` is the name as names are compared: "Lab" and "LAB" are one.
presets = sa.Table(
    "presets",
    metadata,
    _id(),
    sa.Column("chat", sa.BigInteger, nullable=False),
    sa.Column("key", Words, nullable=False),
    sa.Column("name", Words, nullable=False),
    sa.Column("text", Words, nullable=False),
    sa.UniqueConstraint("chat", "key"),
    sqlite_autoincrement=True,
)

proposals = sa.Table(
    "proposals",
    metadata,
    _id(),
    sa.Column("chat", sa.BigInteger, nullable=False),
    sa.Column("message", sa.BigInteger),
    sa.Column("text", Words, nullable=False),
    sa.UniqueConstraint("chat", "message"),
    sqlite_autoincrement=True,
)

sightings = sa.Table(
    "sightings",
    metadata,
    _id(),
    sa.Column("chat", sa.BigInteger, nullable=False),
    sa.Column("sender", sa.BigInteger),
    sa.Column("at", Moment, nullable=False),
    sa.Column("caption", Words),
    sa.Column("video", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("forwarded", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("place_source", sa.Text),
    sa.Column("place_at", Moment),
    sa.Column("place_name", sa.Text),
    sa.Index(None, "chat", "id"),
    sqlite_autoincrement=True,
)

pictures = sa.Table(
    "pictures",
    metadata,
    sa.Column("sighting", RowId, sa.ForeignKey("sightings.id"), primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.Text, nullable=False, index=True),
)

# Which messages showed a sighting: an album is several.
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("chat", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("message", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sighting", RowId, sa.ForeignKey("sightings.id"), nullable=False, index=True),
)

turns = sa.Table(
    "turns",
    metadata,
    _id(),
    sa.Column("sighting", RowId, sa.ForeignKey("sightings.id"), nullable=False, index=True),
    sa.Column("arrival", RowId, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("text", Words, nullable=False),
    sa.UniqueConstraint("arrival", "position"),
    sqlite_autoincrement=True,
)

watches = sa.Table(
    "watches",
    metadata,
    _id(),
    sa.Column("chat", sa.BigInteger, nullable=False),
    sa.Column("message", sa.BigInteger),
    sa.Column("condition", Words, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("removed", Moment),
    sa.Column("sensitivity", sa.Text, nullable=False, server_default="normal"),
    sa.Column("shift", sa.Double, nullable=False, server_default="0"),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("resumed", Moment),
    sa.Column("snoozed", Moment),
    sa.Column("cooldown", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tells", sa.Text, nullable=False, server_default="every"),
    sa.Column("needed", sa.Integer, nullable=False, server_default="1"),
    sa.Column("among", sa.Integer, nullable=False, server_default="1"),
    sa.Column("hours_start", sa.Integer),
    sa.Column("hours_end", sa.Integer),
    sa.Column("target", sa.BigInteger),
    sa.Column("webhook", Words),
    sa.Column("secret", sa.Text),
    sa.Column("voice", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("chat", "message"),
    sqlite_autoincrement=True,
)

verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("watch", RowId, sa.ForeignKey("watches.id"), primary_key=True, autoincrement=False),
    sa.Column("sighting", RowId, sa.ForeignKey("sightings.id"), primary_key=True, autoincrement=False, index=True),
    sa.Column("p_yes", sa.Double, nullable=False),
    sa.Column("outside", sa.Double, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
)

# At most one of a watch on a sighting. `arrival` is the update (inbox id) whose work it came of, `source` who sent what
# was seen.
alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("watch", RowId, sa.ForeignKey("watches.id"), primary_key=True, autoincrement=False),
    sa.Column("sighting", RowId, sa.ForeignKey("sightings.id"), primary_key=True, autoincrement=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("told", sa.Boolean, nullable=False),
    sa.Column("p_yes", sa.Double, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("right", sa.Boolean),
    sa.Column("source", sa.BigInteger),
    sa.Column("arrival", RowId, nullable=False),
)

# Only each person's newest position in each chat: where somebody was before is nobody's business.
places = sa.Table(
    "places",
    metadata,
    sa.Column("chat", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sender", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("latitude", sa.Double, nullable=False),
    sa.Column("longitude", sa.Double, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("name", sa.Text),
)
