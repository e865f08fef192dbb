"""Names that options may hold and that live with their stage; looked up only when one is given."""

from collections.abc import Iterable
from importlib import import_module

from forestall.core.names import nearest


def known_name(name: str, what: str, names: Iterable[str]) -> str:
    """Return a name that is known.

    Raises
    ------
    ValueError
        Where it is not; the nearest name is given.

    Examples
    --------
    >>> known_name("a", "letter", ["a", "b"])
    'a'
    """
    known = list(names)
    if name in known:
        return name
    hint = nearest(name, known)
    raise ValueError(
        f"unknown {what} {name!r}" + (f"; nearest: {hint}" if hint else "") + f"; known: {', '.join(known)}"
    )


def model_names() -> tuple[str, ...]:
    """Return the names of the models of the warning that a crisis can be warned by.

    Examples
    --------
    >>> "conflictology-12" in model_names()
    True
    """
    models = import_module("forestall.warning.models")
    return tuple(name for name in models.MODEL_NAMES if name not in models.NEEDS_A_PANEL)


def parameter_names() -> tuple[str, ...]:
    """Return the names of the parameters that displace draws.

    Examples
    --------
    >>> "fear" in parameter_names()
    True
    """
    return tuple(import_module("forestall.displacement.priors").load_priors())
