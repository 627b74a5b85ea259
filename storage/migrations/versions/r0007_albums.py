"""Albums are worked on as one; a sighting knows whether it is a video, and whether its caption is somebody else's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

in_album = sa.text("album IS NOT NULL")


def upgrade() -> None:
    """What came before belongs to no album: each of its photos was, or is still to be, answered alone."""
    op.add_column("inbox", sa.Column("album", sa.Text))
    op.create_index("ix_inbox_album", "inbox", ["chat", "album"], sqlite_where=in_album, postgresql_where=in_album)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("inbox", "key", type_=sa.Text(collation="C"))
    for name in ("video", "forwarded"):
        op.add_column("sightings", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
