"""The one implementation of the seam: SQLite and PostgreSQL through SQLAlchemy Core."""
