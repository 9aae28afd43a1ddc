"""Alembic, forward only: one history for SQLite and PostgreSQL."""
