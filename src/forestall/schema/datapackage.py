"""The schema as a data package, which other tools read."""

from typing import Any

from forestall.schema.tables_of import Column, Table, load_schema

_TYPES = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
}


def datapackage(table: str | None = None) -> dict[str, Any]:
    """Return the tables of a crisis as a tabular data package.

    Parameters
    ----------
    table : str, optional
        One table only.

    References
    ----------
    Frictionless Standards, Data Package (v1), https://specs.frictionlessdata.io

    Examples
    --------
    >>> datapackage("corridors")["resources"][0]["schema"]["primaryKey"]
    ['corridor']
    """
    from forestall.schema.tables_of import table_of

    tables = [table_of(table)] if table else list(load_schema().values())
    return {
        "name": "forestall-crisis",
        "title": "Tables of a crisis and of the stages",
        "profile": "tabular-data-package",
        "resources": [_resource(one) for one in tables],
    }


def _resource(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "path": f"{table.name}.csv",
        "profile": "tabular-data-resource",
        "description": table.description,
        "kind": table.kind,
        "required": table.required,
        "writtenBy": table.written_by,
        "sensitivity": table.sensitivity,
        "encoding": "utf-8",
        "schema": {
            "fields": [_field(column) for column in table.columns],
            "primaryKey": list(table.key),
            "foreignKeys": [_reference(column) for column in table.columns if column.refers_to],
            "missingValues": [""],
        },
    }


def _field(column: Column) -> dict[str, Any]:
    """Return a column; empty properties are left out."""
    constraints: dict[str, Any] = {"required": True} if column.required and not column.default else {}
    if column.values:
        constraints["enum"] = list(column.values)
    field = {
        "name": column.name,
        "type": _TYPES.get(column.type, "string"),
        "description": column.description,
        "unit": column.unit,
        "default": column.default,
        "sensitivity": column.sensitivity if column.sensitivity != "public" else "",
        "constraints": constraints,
    }
    return {key: value for key, value in field.items() if value}


def _reference(column: Column) -> dict[str, Any]:
    table, _, target = column.refers_to.partition(".")
    return {"fields": column.name, "reference": {"resource": table, "fields": target}}
