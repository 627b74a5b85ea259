"""Rows that were finished long ago, as many as one likes."""

from __future__ import annotations

import os

import sqlalchemy as sa

from storage import schema

QUEUES = (schema.inbox, schema.outbox)


def fill(url: str, rows: int) -> None:
    """Copy a finished row of each queue until it holds `rows` of them; each must hold one already."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for table in QUEUES:
            there = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            if there < rows:
                connection.execute(sa.text(_copies(table, rows - there)))
    engine.dispose()
    os.sync()  # so that what is measured next does not wait for this


def _copies(table: sa.Table, rows: int) -> str:
    """All columns of one row, but another id and another key."""
    columns = [column.name for column in table.columns if column.name != "id"]
    values = ", ".join("'old:' || n.i" if name == "key" else f"one.{name}" for name in columns)
    return (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
        f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {values} FROM n, "
        f"(SELECT * FROM {table.name} WHERE finished IS NOT NULL LIMIT 1) AS one"
    )
