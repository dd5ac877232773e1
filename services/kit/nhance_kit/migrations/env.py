"""Alembic's entry: one connection, one transaction, one migrator at a time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

MIGRATION_LOCK = 0x6E68_616E  # any constant of our own

url = str(context.config.attributes["database_url"]).replace(
    "postgresql://", "postgresql+psycopg://", 1
)
with create_engine(url, poolclass=NullPool).connect() as connection:
    context.configure(connection=connection, version_table="nhance_schema_version")
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.run_migrations()
