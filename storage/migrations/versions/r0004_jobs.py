"""procrastinate's tables, where several processes may share the inbox: on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0004"
down_revision = "0003"

LAST = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
"""A newer procrastinate brings steps of its own after this one; they belong into a revision of their own."""


def upgrade() -> None:
    """Take procrastinate's own steps, from its first to the last that was there when this one was written."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for step in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql")):
        if step.name <= LAST:
            statements = step.read_text(encoding="utf-8")  # many in one, which goes without parameters only
            connection.exec_driver_sql(statements, execution_options={"no_parameters": True})
