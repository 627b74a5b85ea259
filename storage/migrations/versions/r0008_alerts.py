"""Watches have settings of their own, alerts are known one by one, and a chat has a time zone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """All watches had one and the same threshold, that of the middle sensitivity. What was told before is not known."""
    op.add_column("chats", sa.Column("zone", sa.Text))
    op.drop_column("watches", "threshold")
    for column in (
        sa.Column("sensitivity", sa.Text, nullable=False, server_default="normal"),
        sa.Column("shift", sa.Double, nullable=False, server_default="0"),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("snoozed", moment),
        sa.Column("cooldown", sa.Integer, nullable=False, server_default="0"),
        sa.Column("tells", sa.Text, nullable=False, server_default="every"),
        sa.Column("needed", sa.Integer, nullable=False, server_default="1"),
        sa.Column("among", sa.Integer, nullable=False, server_default="1"),
        sa.Column("hours_start", sa.Integer),
        sa.Column("hours_end", sa.Integer),
        sa.Column("target", sa.BigInteger),
        sa.Column("webhook", sa.Text),
        sa.Column("secret", sa.Text),
        sa.Column("voice", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("watches", column)
    if op.get_bind().dialect.name == "sqlite":  # where a constraint can be added with its column only
        op.execute(
            "ALTER TABLE outbox ADD COLUMN watch INTEGER CONSTRAINT fk_outbox_watch_watches REFERENCES watches (id)"
        )
    else:
        op.add_column("outbox", sa.Column("watch", row_id))
        op.create_foreign_key("fk_outbox_watch_watches", "outbox", "watches", ["watch"], ["id"])
    op.create_table(
        "alerts",
        sa.Column("watch", row_id, nullable=False),
        sa.Column("sighting", row_id, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("p_yes", sa.Double, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("right", sa.Boolean),
        sa.Column("source", sa.BigInteger),
        sa.Column("arrival", row_id, nullable=False),
        sa.PrimaryKeyConstraint("watch", "sighting", name="pk_alerts"),
        sa.ForeignKeyConstraint(["watch"], ["watches.id"], name="fk_alerts_watch_watches"),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_alerts_sighting_sightings"),
    )
    op.create_index("ix_alerts_sighting", "alerts", ["sighting"])
