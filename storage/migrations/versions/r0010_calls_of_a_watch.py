"""The calls of a watch are found without looking through all."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """What is there is indexed too."""
    op.create_index("ix_calls_watch", "calls", ["watch"])
