"""The page of all tables, made from the schema: ``python -m forestall.schema.docs``."""

from pathlib import Path

from forestall.core.files import write_atomic
from forestall.schema.tables_of import Column, Table, load_schema

FORMATS = {"csv": "CSV", "parquet": "Parquet"}
_HEAD = """\
# Tables

Made from the schema by `make docs-tables`; do not edit by hand. The same is printed by
`forestall schema TABLE`, and `forestall schema --json` gives it as a data package.

**Reference** tables (places, roads, standards) have no date of knowledge, and no field of them may
depend on how things turned out. **Observed** tables carry `known_at`, the moment a row became public;
a replay sees only the rows known by its moment. **Result** tables are written by the stages.

Bold columns form the key. `!` marks a column that every row must fill. An unknown value is an empty
cell, never 0.

A run writes a result table as Parquet where it holds draws or is stated to be large in the schema, and as
CSV otherwise; the rows of a run decide nothing. The line under a name says which.
"""


def tables_page() -> str:
    """Return the page of all tables, in Markdown.

    Examples
    --------
    >>> tables_page().splitlines()[0]
    '# Tables'
    """
    tables = load_schema().values()
    parts = [_HEAD]
    for kind, title in (("reference", "Reference"), ("observed", "Observed"), ("result", "Results")):
        parts.append(f"## {title}\n")
        parts += [table_text(table) for table in tables if table.kind == kind]
    return "\n".join(parts)


def table_text(table: Table) -> str:
    """Return one table, in Markdown.

    Examples
    --------
    >>> from forestall.schema import table_of
    >>> print(table_text(table_of("terms")).splitlines()[0])
    ### terms
    """
    facts = [table.kind, "required" if table.required else "optional"]
    if table.kind == "result":
        facts = [table.kind, f"written by `{table.written_by}`", f"as {FORMATS[table.format]}"]
    facts += ["restricted"] if table.sensitivity != "public" else []
    head = f"### {table.name}\n\n{table.description} ({', '.join(facts)})\n\n"
    rows = "\n".join(_row(column) for column in table.columns)
    return f"{head}| column | type | what it holds |\n|---|---|---|\n{rows}\n"


def _row(column: Column) -> str:
    name = f"**{column.name}**" if column.key else column.name
    mark = "!" if column.required and not column.default else ""
    return f"| {name}{mark} | {_type(column)} | {_says(column)} |"


def _type(column: Column) -> str:
    """Return the type with its unit, or the table it refers to."""
    if column.refers_to:
        return f"reference to {column.refers_to}"
    return column.type + (f" ({column.unit})" if column.unit else "")


def _says(column: Column) -> str:
    """Return description, closed list and default in one cell."""
    parts = [column.description.replace("|", "\\|")]
    if column.values:
        parts.append("One of: " + ", ".join(f"`{value}`" for value in column.values))
    if column.default:
        parts.append(f"Where empty: `{column.default}`")
    return ". ".join(part.rstrip(".") for part in parts)


if __name__ == "__main__":
    write_atomic(Path("docs/tables.md"), tables_page())
