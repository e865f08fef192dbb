"""Countries, areas and towns by any of their names: over spellings, scripts and codes, never guessed."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import polars as pl

from forestall.core.errors import CrisisError, Finding
from forestall.world.read import load_areas, load_changes, load_countries, load_town_names, load_towns

SEEMS_LIKE = 78.0
"""Likeness of 0-100 from which another name is offered."""
MOST_OFFERED = 5
_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing a name may stand for.

    Parameters
    ----------
    kind
        "country", "area", "town" or "place".
    code
        ISO3 code, code of the area, number of the town, or identifier of a place.
    name
        Its usual name.
    where
        Country or area it is in.
    likeness
        100 where a name is the same but for case, marks and signs.
    """

    kind: str
    code: str
    name: str
    where: str = ""
    likeness: float = 100.0

    def __str__(self) -> str:
        """Return the candidate as a person would be asked about it."""
        return f"{self.name} ({', '.join(filter(None, (self.kind, self.where, self.code)))})"


def folded(name: str) -> str:
    """Return a name without case, marks and signs, so that spellings can be compared.

    Examples
    --------
    >>> folded("São-Tomé"), folded("  CÔTE d'Ivoire ")
    ('sao tome', 'cote d ivoire')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return _NOT_LETTERS.sub(" ", plain.casefold()).strip()


def likest(name: str, known: Mapping[str, Iterable[Candidate]]) -> list[Candidate]:
    """Return what a name may stand for: all that bear it, or else those that are most like it.

    Parameters
    ----------
    name
        As somebody wrote it.
    known
        Candidates by folded name.
    """
    from rapidfuzz import fuzz, process

    same = known.get(folded(name))
    if same:
        return list(dict.fromkeys(same))
    found = process.extract(
        folded(name), list(known), scorer=fuzz.WRatio, limit=4 * MOST_OFFERED, score_cutoff=SEEMS_LIKE
    )
    best: dict[tuple[str, str], Candidate] = {}
    for text, likeness, _ in found:
        for one in known[text]:
            best.setdefault((one.kind, one.code), replace(one, likeness=round(min(likeness, 99.0), 1)))
    return list(best.values())[:MOST_OFFERED]


@cache
def _countries_by_name() -> dict[str, list[Candidate]]:
    known: dict[str, list[Candidate]] = {}
    for row in load_countries().iter_rows(named=True):
        one = Candidate("country", row["iso3"], row["name"])
        names = [row[key] for key in row if key.startswith("name")]
        names += [row["iso3"], row["iso2"], row["m49"] or ""]
        for text in {folded(part) for name in names for part in re.split(r"[|()]", name or "")}:
            if text:
                known.setdefault(text, []).append(one)
    return known


def countries_like(text: str) -> list[Candidate]:
    """Return the countries a text may stand for.

    Examples
    --------
    >>> [one.code for one in countries_like("Côte d’Ivoire")], countries_like("лаос")[0].code
    (['CIV'], 'LAO')
    """
    return likest(text, _countries_by_name())


def country_named(text: str) -> str:
    """Return the ISO3 code of a country by code or name.

    Raises
    ------
    CrisisError
        Where it is no country, a state that is no more, or several: with what it may stand for.

    Examples
    --------
    >>> country_named("fji"), country_named("Fidji"), country_named("242")
    ('FJI', 'FJI', 'FJI')
    """
    found = countries_like(text)
    if len(found) == 1 and found[0].likeness == 100:
        return found[0].code
    gone = load_changes().filter(_no_more(text))
    if gone.height:
        became = sorted({code for row in gone["became"] for code in row.split("|")})
        message = "that state was split or merged; name one that is there now"
        raise CrisisError([_finding("E501", message, text, expected=", ".join(became))])
    if not found:
        message = "no country has that code or name"
        raise CrisisError([_finding("E501", message, text, expected="an ISO 3166-1 code or a name")])
    several = found[0].likeness == 100
    message = "several countries bear that name" if several else "no country has that code or name"
    code = "E502" if several else "E501"
    near = "; ".join(str(one) for one in found)
    raise CrisisError([_finding(code, message, text, near=near)])


def _no_more(code: str) -> pl.Expr:
    """Return the expression that a state that is no more bore a code."""
    gone = pl.col("state").str.split("|").list.contains(code.strip().upper())
    return gone & ~pl.col("became").str.split("|").list.contains(code.strip().upper())


def _finding(code: str, message: str, value: str, *, expected: str = "", near: str = "") -> Finding:
    return Finding(code, "error", message, value=value, expected=expected, nearest=near)


@cache
def places_by_name(iso3: str) -> dict[str, list[Candidate]]:
    """Return the areas and towns of a country by every folded name, and areas by their code."""
    known: dict[str, list[Candidate]] = {}

    def add(one: Candidate, names: Iterable[str | None]) -> None:
        for text in {folded(name) for name in names if name}:
            if text:
                known.setdefault(text, []).append(one)

    for row in load_areas().filter(iso3=iso3).iter_rows(named=True):
        names = [row[key] for key in row if key.startswith("name_") and key != "names_other"]
        names += [row["name"], row["area"], *(row["names_other"] or "").split("|")]
        add(Candidate("area", row["area"], row["name"], iso3), names)
    towns = load_towns().filter(iso3=iso3).join(load_town_names(), on="town", how="left")
    for row in towns.iter_rows(named=True):
        where = f"{iso3}, {row['area'] or 'no area'}"
        add(
            Candidate("town", str(row["town"]), row["name"], where),
            [row["name"], *(row["other_names"] or ())],
        )
    return known


def places_like(text: str, iso3: str) -> list[Candidate]:
    """Return the areas and towns of a country that a text may stand for.

    Examples
    --------
    >>> [str(one) for one in places_like("Сува", "FJI")]
    ['Suva (town, FJI, FJ-C, 2198148)']
    """
    return likest(text, places_by_name(iso3))
