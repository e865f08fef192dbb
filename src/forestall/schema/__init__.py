"""The schema: one CSV per table, the one source for types, checks, documentation and templates."""

from forestall.schema.tables_of import (
    Column,
    Table,
    dtype,
    empty,
    frame,
    load_schema,
    table_of,
)

__all__ = ["Column", "Table", "dtype", "empty", "frame", "load_schema", "table_of"]
