"""Who acted: names of actors as the events give them, told apart and matched to the table."""

import re

import polars as pl

_BETWEEN = re.compile(r"\s*\|\s*|\s*;\s*|,\s+|\s+and\s+(?=[A-Z])")


def split_names(text: str | None) -> list[str]:
    """Return the names in a cell that may hold several.

    Examples
    --------
    >>> split_names("Armenia, Azerbaijan|Russia")
    ['Armenia', 'Azerbaijan', 'Russia']
    """
    return [name for name in _BETWEEN.split(text or "") if name]


class Register:
    """The actors of a crisis, found by identifier or by name.

    Examples
    --------
    >>> table = pl.DataFrame({"actor": ["ALP"], "name": ["Alpland"], "role": ["party"]})
    >>> Register(table).resolve("Alpland, The UN")
    ['ALP', 'The UN']
    """

    def __init__(self, actors: pl.DataFrame) -> None:
        rows = list(actors.select("actor", "name", "role").iter_rows())
        self.roles: dict[str, str] = {actor: role for actor, _, role in rows}
        self.names: dict[str, str] = {actor: name for actor, name, _ in rows}
        self._by_name = {text.casefold(): actor for actor, name, _ in rows for text in (actor, name)}

    def resolve(self, text: str | None) -> list[str]:
        """Return the actors in a cell by identifier; a name that is not in the table stays itself.

        Parameters
        ----------
        text : str or None
            One or several names, separated by ``|``, ``;`` or a comma.
        """
        whole = self._by_name.get((text or "").casefold())
        if whole is not None:
            return [whole]
        return list(dict.fromkeys(self._by_name.get(name.casefold(), name) for name in split_names(text)))

    def with_role(self, *roles: str) -> list[str]:
        """Return the actors of these roles, in the order of the table."""
        return [actor for actor, role in self.roles.items() if role in roles]
