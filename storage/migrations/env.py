"""Run by Alembic, as a script, for every upgrade: on the connection that `storage.migrate` hands over."""

from __future__ import annotations

from alembic import context

from storage.schema import metadata

# SQLite changes a table by rebuilding it, which is what batches are for.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
