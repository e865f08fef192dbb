"""No word of one crisis in another's brief."""

import re
from itertools import permutations

import pytest

from forestall.crisis import open_crisis, shipped
from forestall.reporting import report
from forestall.runs import run
from forestall.world.read import load_countries

SHORTEST = 5


def names_of(crisis: str) -> set[str]:
    """Return the names of places and actors of a crisis, one way of writing each."""
    opened = open_crisis(crisis)
    texts = [
        text
        for table, columns in (("places", ("name", "other_names", "admin1")), ("actors", ("name",)))
        for column in columns
        for text in opened.as_read(table)[column].drop_nulls().to_list()
    ]
    parts = (part.strip() for text in texts for part in re.split(r"[/|,(]", text))
    return {part for part in parts if len(part) >= SHORTEST and part[0].isupper()}


def written_in(crisis: str) -> str:
    """Return all text of the tables of a crisis."""
    opened = open_crisis(crisis)
    return "\n".join(opened.as_read(name).write_csv() for name in opened)


@pytest.fixture(scope="module")
def briefs() -> dict[str, str]:
    """The brief of every shipped crisis at its own moment, without its own sources of odds."""
    return {
        name: report(run(open_crisis(name).at(_moment(name)), draws=20, seed=1).crisis).html
        for name in shipped()
    }


def _moment(name: str) -> str:
    return str(open_crisis(name).settings.as_of)


@pytest.mark.parametrize(("mine", "other"), list(permutations(shipped(), 2)))
def test_no_place_or_party_of_another_crisis_is_named(briefs: dict[str, str], mine: str, other: str) -> None:
    """Names that my own tables do not use are not in my brief; cases of the world name countries."""
    own = written_in(mine)
    countries = set(load_countries()["name"].to_list()) - {"Armenia", "Azerbaijan", "Ukraine"}
    foreign = sorted(name for name in names_of(other) - countries if name not in own)
    assert len(foreign) > 20
    found = [name for name in foreign if re.search(rf"\b{re.escape(name)}\b", briefs[mine])]
    assert found == []
