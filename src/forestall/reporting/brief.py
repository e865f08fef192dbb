"""The brief: every result of a crisis at its moment on one page that loads nothing."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forestall import __version__
from forestall.core.files import write_atomic
from forestall.core.printable import printable
from forestall.crisis import Crisis
from forestall.options.report import ReportOptions
from forestall.reporting.blocks import Rendered
from forestall.reporting.desk import Desk
from forestall.reporting.head import head_of
from forestall.reporting.section import Section, not_assessed
from forestall.reporting.sections import SECTIONS
from forestall.reporting.sections.ground import DISCLAIMER
from forestall.reporting.style import environment, style_sheet


@dataclass(frozen=True, slots=True)
class Brief:
    """One self-contained page.

    Parameters
    ----------
    html : str
        The whole page; it loads nothing and holds no script.
    absent : tuple of str
        Keys of the sections whose tables were absent.
    """

    html: str
    absent: tuple[str, ...] = ()

    def save(self, path: str | Path) -> Path:
        """Write the page, whole or not at all, and return its path.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Brief("<!doctype html>").save(Path(folder) / "brief.html").name
        'brief.html'
        """
        target = Path(path)
        write_atomic(target, self.html)
        return target


def report(
    crisis: Crisis,
    *,
    outcome: Crisis | None = None,
    options: ReportOptions | None = None,
    today: date | None = None,
) -> Brief:
    """Return the brief of a crisis with the results of its stages.

    Parameters
    ----------
    crisis : Crisis
        The crisis at its moment, with the tables its stages made; absent ones are said to be absent.
    outcome : Crisis, optional
        The whole crisis: counts that became known after the moment are laid over the forecast and
        marked "known only later". They enter no stage.
    options : ReportOptions, optional
        What may be shown; the section ``[report]`` of crisis.toml where None.
    today : date, optional
        Day on which the brief is made; it decides only whether detail may be public.

    Returns
    -------
    Brief

    Examples
    --------
    >>> import forestall as fs
    >>> crisis = fs.open("karabakh-2023").at("2022-12-13")
    >>> brief = report(crisis)
    >>> brief.html.startswith("<!doctype html>"), "odds" in brief.absent
    (True, True)
    """
    desk = Desk(crisis, outcome, options or crisis.plan.report, today or date.today())
    sections = rendered(desk)
    page = environment().get_template("brief.html.j2")
    html = page.render(
        head=head_of(desk),
        sections=sections,
        style=style_sheet("colours", "page", "chart", "print"),
        wide=WIDTHS,
        version=__version__,
        disclaimer=DISCLAIMER,
    )
    return Brief(printable(html)[0], tuple(section.key for section in sections if not section.assessed))


WIDTHS = {"wide": 720.0, "narrow": 350.0}
"""Each chart is drawn twice; the style sheet shows one of them."""


def rendered(desk: Desk) -> list[Rendered]:
    """Return the sections; optional ones that are absent stand together in one list near the end."""
    fitting = [section for section in SECTIONS if desk.replay or not section.replays]
    shown = [section.render(desk) for section in fitting if not section.optional or _has(desk, section)]
    absent = [section for section in fitting if section.optional and not _has(desk, section)]
    if absent:
        shown.insert(-1, not_assessed(absent))
    return shown


def _has(desk: Desk, section: Section) -> bool:
    """Return whether all a section needs is there."""
    return all(desk.has(table) for table in section.needs)


def section_keys() -> list[str]:
    """Return the keys of all sections in order.

    Examples
    --------
    >>> section_keys()[0], section_keys()[-1]
    ('now', 'limits')
    """
    return [section.key for section in SECTIONS]


__all__ = ["Brief", "Rendered", "report", "section_keys"]
