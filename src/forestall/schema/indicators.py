"""The names that triggers and risks may give to what they look at."""

import csv
from functools import cache
from importlib.resources import files

from forestall.core.errors import Finding
from forestall.core.names import nearest


@cache
def indicator_rows() -> dict[str, dict[str, str]]:
    """Return the indicators by name, as the table ``indicators.csv`` beside this file lists them.

    Examples
    --------
    >>> indicator_rows()["corridor_closed_days"]["unit"]
    'days'
    """
    text = files("forestall.schema").joinpath("indicators.csv").read_text(encoding="utf-8")
    return {row["indicator"]: row for row in csv.DictReader(text.splitlines())}


def indicator_fault(text: str, table: str = "triggers") -> Finding | None:
    """Return what is wrong with the name of an indicator, or None.

    Parameters
    ----------
    text : str
        Name, with an argument after a colon where it takes one.
    table : str
        Table it stands in.

    Examples
    --------
    >>> indicator_fault("corridor_closed_day").nearest
    'corridor_closed_days'
    """
    name, _, argument = text.partition(":")
    known = indicator_rows()
    if name not in known:
        hint, message = nearest(name, known), "unknown indicator"
    elif known[name]["argument"] and not argument:
        hint, message = f"{name}:{known[name]['argument']}", "the indicator needs to be told of what"
    else:
        return None
    return Finding(
        "E141", "error", message, table=table, column="indicator", value=text, nearest=hint,
        expected="a name of the docs page act", next="forestall explain E141",
    )  # fmt: skip
