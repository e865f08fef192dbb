"""Languages of the two pages: a catalogue of sentences, and numbers, days and names as each writes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from forestall.core.errors import UsageError
from forestall.core.names import nearest
from forestall.reporting.charts.labels import Labels
from forestall.reporting.pages.say import (
    Count,
    Data,
    Day,
    Hours,
    Listed,
    Moment,
    Money,
    Name,
    Said,
    Share,
    Value,
    Word,
)
from forestall.schema.conventions import ALL

if TYPE_CHECKING:
    from forestall.reporting.desk import Desk

LANGUAGES = ("ar", "az", "en", "es", "fr", "hy", "ru")
"""Languages of the catalogue, by their code of two letters."""
RIGHT_TO_LEFT = ("ar",)
_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
"""Marks around words that run in their own direction within a line of another."""
_SCRIPTS = {"hy": ("\N{ARMENIAN CAPITAL LETTER AYB}", "\N{ARMENIAN HYPHEN}"), "ru": ("\u0400", "\u04ff")}
_SCRIPTS["ar"] = ("\u0600", "\u06ff")
"""First and last letter of the script that a language is told from other names by."""


_UNITS = (("duration-month", 730.5, 2922), ("duration-day", 24, 48), ("duration-hour", 1, 0))
"""Units of a stretch of time, their hours, and the hours from which each is used; 24 hours are a day."""


@cache
def catalogue(code: str) -> Mapping[str, str]:
    """Return the sentences of a language by their keys.

    Raises
    ------
    UsageError
        Where there is no such language.

    Examples
    --------
    >>> catalogue("en")["not_known"]
    'not known'
    """
    import csv

    if code not in LANGUAGES:
        near = nearest(code, LANGUAGES)
        hint = f"; nearest: {near}" if near else ""
        raise UsageError(f"no language {code!r}: expected one of {', '.join(LANGUAGES)}{hint}")
    home = files("forestall.reporting.pages").joinpath("catalogue", f"{code}.csv")
    lines = home.read_text(encoding="utf-8").splitlines()
    return {row["key"]: row["text"] for row in csv.DictReader(lines)}


def term(prefix: str, value: str) -> Value:
    """Return a term of the catalogue, or the word itself where the catalogue has none.

    Examples
    --------
    >>> term("status", "one_way").value, term("status", "flooded").value
    ('status.one_way', 'flooded')
    """
    key = f"{prefix}.{value.replace(' ', '_').replace('-', '_')}"
    return Word(key) if key in catalogue("en") else Data(value)


@dataclass(frozen=True)
class Language:
    """One language at one desk: it writes sentences and values.

    Parameters
    ----------
    code : str
        Two letters.
    zone : ZoneInfo
        Zone in which moments are written.
    year : int
        Year of the moment of the brief; days of another year are written with theirs.
    names : mapping
        Names of places and actors by id, in this language where one is known.
    short : bool
        Take the short form of a sentence, of the key with ``.short``, where there is one.
    """

    code: str
    zone: ZoneInfo
    year: int
    names: Mapping[str, str] = field(default_factory=dict)
    short: bool = False

    @property
    def right_to_left(self) -> bool:
        """Whether lines run from right to left."""
        return self.code in RIGHT_TO_LEFT

    def text(self, key: str) -> str:
        """Return a sentence as it stands in the catalogue; a word that is in none stays itself."""
        sentences = catalogue(self.code)
        found = sentences.get(f"{key}.short") if self.short else None
        found = sentences.get(key) if found is None else found
        return found if found is not None else key.rsplit(".", 1)[-1].replace("_", " ")

    def write(self, value: Value | None) -> str:
        """Return a value or a whole sentence in words."""
        if value is None:
            return self.text("not_known")
        if isinstance(value, Said):
            return self._sentence(value)
        if isinstance(value, Listed):
            return self.text("list.separator").join(self.write(one) for one in value.values)
        if isinstance(value, Word):
            return self.text(value.value)
        if isinstance(value, Name):
            return self.names.get(value.value, value.value)
        return self._record(value.value) if isinstance(value, Data) else self._figure(value)

    def _record(self, words: str) -> str:
        """Return words of the record; in a language written from the right they keep their own direction."""
        return f"{_ISOLATE}{words}{_END}" if self.right_to_left and words else words

    def sentence(self, said: Said) -> str:
        """Return a sentence with its first letter as a capital."""
        words = self.write(said)
        return words[:1].upper() + words[1:]

    def _sentence(self, said: Said) -> str:
        """Return a sentence with its values in place."""
        words = {name: self.write(value) for name, value in said.values.items()}
        return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), self.text(said.key))

    def _figure(self, value: Count | Share | Money | Day | Moment | Hours) -> str:
        """Return a figure, a day or a moment as the language writes it."""
        if isinstance(value, Count):
            return self._count(value.value, about=value.about)
        if isinstance(value, Share):
            return self._share(value.value, about=value.about)
        if isinstance(value, Money):
            return self._money(value.value)
        if isinstance(value, Hours):
            return self._hours(value.value)
        if isinstance(value, Moment):
            local = value.value.astimezone(self.zone)
            return f"{self._day(local)} {local:%H:%M}"
        return self._day(value.value)

    def _count(self, value: float, *, about: bool) -> str:
        """Return a count with the separators of the language; a forecast to two or three digits."""
        from babel.numbers import format_decimal

        shown = float(f"{value:.{2 if abs(value) < 1e5 else 3}g}") if about else value
        pattern = "#,##0.#" if abs(shown) < 10 else "#,##0"
        return format_decimal(shown, format=pattern, locale=self.locale)

    def _share(self, share: float, *, about: bool) -> str:
        """Return a share as a percentage; one that is almost nothing or all keeps a digit."""
        from babel.numbers import format_percent

        if about and not 0.001 <= share <= 0.999:
            key, end = ("share.under", 0.001) if share < 0.001 else ("share.over", 0.999)
            return self.text(key).replace("{share}", self._share(end, about=False))
        value = min(max(share, 0.001), 0.999) if 0 < share < 1 else share
        plain = 0.01 <= value <= 0.99 or value in {0, 1}
        return format_percent(value, format="#,##0 %" if plain else "0.# %", locale=self.locale)

    def _money(self, value: float) -> str:
        """Return an amount in dollars, in millions from one million on."""
        if abs(value) >= 1e6:
            amount = self._count(round(value / 1e6, 1), about=False)
            return self.text("money.million").replace("{amount}", amount)
        return self.text("money").replace("{amount}", self._count(value, about=True))

    def _hours(self, hours: float) -> str:
        """Return a stretch of time in days, or in hours where it is no whole number of days."""
        from babel.units import format_unit

        unit, length = next((u, n) for u, n, least in _UNITS if hours >= least or hours == n == 24)
        told = format_unit(round(hours / length), unit, locale=self.locale)
        return (
            told
            if unit not in told
            else format_unit(round(hours / length), unit, "short", locale=self.locale)
        )

    def _day(self, value: date) -> str:
        """Return a day with the name of its month, and its year where it is another than the brief's."""
        from babel.dates import format_skeleton

        skeleton = "MMMd" if value.year == self.year else "yMMMd"
        return format_skeleton(skeleton, value, locale=self.locale)

    @property
    def labels(self) -> Labels:
        """Words and days within charts."""
        return Labels(self.text("not_known"), self.text("chart.moment"), self._day, self._month)

    def _month(self, value: date) -> str:
        """Return a month with its year, briefly."""
        from babel.dates import format_skeleton

        return format_skeleton("yMMM", value, locale=self.locale)

    @property
    def locale(self) -> str:
        """Locale of numbers and days."""
        return {"en": "en_GB", "az": "az_Latn"}.get(self.code, self.code)


def language_of(code: str, desk: "Desk") -> Language:
    """Return a language with the names of the places and countries of a crisis.

    Parameters
    ----------
    code : str
        Two letters, one of ``LANGUAGES``.
    desk : Desk
        The tables of a brief.
    """
    catalogue(code)
    names = dict(desk.names)
    names |= _countries(code, names)
    names |= _local_places(code, desk)
    names[ALL] = catalogue(code)["all_places"]
    return Language(code, desk.zone, desk.now.astimezone(desk.zone).year, names)


def _countries(code: str, names: Mapping[str, str]) -> dict[str, str]:
    """Return the names of countries that stand among the ids."""
    from babel import Locale

    from forestall.warning.countries import country_name

    territories = Locale.parse(code).territories
    english = Locale.parse("en").territories
    by_english = {str(name): key for key, name in english.items()}
    found = {}
    for key in names:
        if len(key) == 3 and key.isupper():
            two = by_english.get(country_name(key)) or by_english.get(names[key])
            if two is not None and two in territories:
                found[key] = str(territories[two])
    return found


def _local_places(code: str, desk: "Desk") -> dict[str, str]:
    """Return the names that places have in the script of a language."""
    if code not in _SCRIPTS or not desk.has("places") or "other_names" not in desk.frame("places").columns:
        return {}
    first, last = _SCRIPTS[code]
    found = {}
    for place, others in desk.frame("places").select("place", "other_names").drop_nulls().iter_rows():
        names = [name for name in others.split("|") if name and first <= name[0] <= last]
        if names:
            found[place] = names[0]
    return found
