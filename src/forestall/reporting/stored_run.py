"""A run from disk as a crisis again, so that its brief can be made anew."""

from types import MappingProxyType
from typing import cast

from forestall.core.errors import UsageError
from forestall.core.moments import parse_moment
from forestall.crisis import Crisis, Mode, open_crisis
from forestall.runs import plan_of, read_run


def crisis_of_run(folder: str, name: str | None) -> tuple[Crisis, Crisis]:
    """Return the crisis of a run with its results, and the whole crisis to lay the outcome from.

    Parameters
    ----------
    folder : str
        Folder of a run.
    name : str or None
        Crisis folder or shipped name; the one the run was made from where it is not given.

    Raises
    ------
    UsageError
        Where the run does not say which crisis it was made from.
    """
    facts, results, inputs = read_run(folder)
    source = name or facts.get("name")
    if not source:
        raise UsageError(f"the run {folder!r} does not say which crisis it is of; name it with --crisis")
    whole = open_crisis(source)
    tables = MappingProxyType({**inputs, **results})
    moment = parse_moment(facts["as_of"], whole.zone)
    mode = cast("Mode", facts["mode"])
    return Crisis(whole.settings, tables, as_of=moment, mode=mode, chosen=plan_of(facts)), whole
