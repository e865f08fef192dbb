"""What sources said and when: raw answers and tidy rows, in one DuckDB file or a PostgreSQL database."""

from forestall.store.database import Connection, Database, open_database

__all__ = ["Connection", "Database", "open_database"]
