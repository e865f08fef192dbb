"""The two pages of a crisis in every form: text, HTML, JSON and PDF, and the files of a run."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from forestall.crisis import Crisis
from forestall.reporting.brief import report
from forestall.reporting.desk import Desk
from forestall.reporting.exports.ground import features, geojson, geopackage
from forestall.reporting.exports.workbook import can_write_workbooks, workbook
from forestall.reporting.pages.ahead import worlds
from forestall.reporting.pages.annex.document import Annex, annex_of
from forestall.reporting.pages.content import Pages, as_json, content, pages_of
from forestall.reporting.pages.figure import draw_worlds
from forestall.reporting.pages.language import Language, language_of
from forestall.reporting.pages.plain import as_text
from forestall.reporting.pages.typeset import as_pdf, as_png, can_typeset
from forestall.reporting.pages.web import WIDE, as_html
from forestall.reporting.pictures import alone


@dataclass(frozen=True, eq=False)
class TwoPages:
    """The two pages of one crisis at its moment, in one language."""

    desk: Desk
    pages: Pages
    language: Language

    @cached_property
    def text(self) -> str:
        """Some 25 lines of 80 columns."""
        return as_text(self.pages, self.language)

    @cached_property
    def html(self) -> str:
        """The two pages as one file that loads nothing."""
        return as_html(self.desk, self.pages, self.language)

    @cached_property
    def content(self) -> dict[str, Any]:
        """Every sentence and figure, with the rows it comes from."""
        return content(self.desk, self.pages, self.language)

    @cached_property
    def annex(self) -> Annex:
        """The evidence behind the two pages."""
        return annex_of(self.desk, self.language)

    @cached_property
    def pdf(self) -> bytes:
        """Two sheets of A4 at most; it needs typst."""
        return as_pdf(self.desk, self.pages, self.language)


def two_pages(
    crisis: Crisis,
    *,
    outcome: Crisis | None = None,
    language: str = "en",
    today: date | None = None,
    before: Crisis | None = None,
) -> TwoPages:
    """Return the two pages of a crisis with the results of its stages.

    Parameters
    ----------
    crisis : Crisis
        The crisis at its moment; what its tables do not tell is said to be not assessed, in its place.
    outcome : Crisis, optional
        The whole crisis; it decides only whether the pages are called a replay.
    language : str
        Two letters: ar, az, en, es, fr, hy or ru.
    today : date, optional
        Day on which they are made; it decides only whether detail may be shown.
    before : Crisis, optional
        The crisis of an earlier brief with its results, to say what has changed since.

    Raises
    ------
    UsageError
        Where there is no such language, or the earlier brief is not an earlier one of this crisis.

    Examples
    --------
    >>> import forestall as fs
    >>> made = two_pages(fs.open("karabakh-2023").at("2022-12-13"))
    >>> "not assessed: forestall displace" in made.text
    True
    """
    desk = Desk(crisis, outcome, crisis.plan.report, today or date.today())
    earlier = Desk(before, outcome, desk.options, desk.today) if before is not None else None
    return TwoPages(desk, pages_of(desk, earlier), language_of(language, desk))


def files_of(crisis: Crisis, outcome: Crisis | None, language: str = "en") -> dict[str, str | bytes]:
    """Return the files of a run for people: the two pages, the annex, the whole record, tables and maps.

    The PDF and the PNG are among them where typst is installed, the workbook where xlsxwriter is.
    """
    from forestall.reporting.pictures import map_picture

    made = two_pages(crisis, outcome=outcome, language=language)
    ground = features(made.desk)
    files: dict[str, str | bytes] = {
        "brief.html": made.html,
        "brief.txt": made.text,
        "brief.json": as_json(made.content),
        "annex.html": made.annex.html,
        "record.html": report(crisis, outcome=outcome).html,
        "map.svg": map_picture(crisis),
        "map.geojson": geojson(ground),
        "map.gpkg": geopackage(ground),
    }
    if can_typeset():
        files |= {"brief.pdf": made.pdf, "annex.pdf": made.annex.pdf}
    if can_write_workbooks():
        files["tables.xlsx"] = workbook(crisis)
    return files | _pictures(made)


def _pictures(made: TwoPages) -> dict[str, str | bytes]:
    """Return every picture of the pages and the annex as SVG, and as PNG where typst is installed."""
    found, language = worlds(made.desk), made.language
    drawn = made.annex.pictures
    if found:
        drawn |= {"worlds": alone(draw_worlds(found, WIDE, language), language.text("ahead.figure"))}
    files: dict[str, str | bytes] = {f"{name}.svg": svg for name, svg in drawn.items()}
    return files | ({f"{name}.png": as_png(svg) for name, svg in drawn.items()} if can_typeset() else {})
