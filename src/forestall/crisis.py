"""A crisis is a folder of tables: open it, see it as it was known on a day, add tables, save it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

from forestall.core.errors import CrisisError, Finding, UsageError, errors_in
from forestall.core.files import folder_atomic, is_inside
from forestall.core.moments import parse_moment
from forestall.core.names import nearest
from forestall.options.faults import FILE
from forestall.options.plan import Plan, resolve
from forestall.schema import empty, frame, load_schema, table_of
from forestall.schema.reading import not_read, read_table
from forestall.schema.ways_back import add_ways_back
from forestall.settings import Settings, read_settings, write_settings

Mode = Literal["real-time", "pseudo-real-time"]

MAX_SETTINGS_BYTES = 1_000_000
"""Largest crisis.toml that is read."""


@dataclass(frozen=True, eq=False)
class Crisis(Mapping[str, pl.DataFrame]):
    """A frozen mapping from table name to table, typed by the schema.

    Parameters
    ----------
    settings : Settings
        What crisis.toml says.
    tables : mapping of str to polars.DataFrame
        Tables by name, with exactly the schema's columns.
    as_of : datetime or None
        Moment of knowledge in UTC; None where nothing is hidden yet.
    mode : {"real-time", "pseudo-real-time"} or None
        Pseudo-real-time where figures of a later vintage stand in for those of the time.
    folder : Path or None
        Where it was opened from.
    findings : tuple of Finding
        What was found on opening: never errors.
    lines : mapping of str to polars.Series
        Line of each row in its file, until the cut.
    whole : bool
        Whether observed tables may be read without a moment; see :meth:`everything`.
    chosen : Plan or None
        The options a run goes by; None where none are chosen besides those of crisis.toml.

    Examples
    --------
    >>> crisis = open_crisis("karabakh-2023")
    >>> crisis.at("2022-12-13").as_of.isoformat()
    '2022-12-13T19:59:59.999999+00:00'
    """

    settings: Settings
    tables: Mapping[str, pl.DataFrame]
    as_of: datetime | None = None
    mode: Mode | None = None
    folder: Path | None = None
    findings: tuple[Finding, ...] = ()
    lines: Mapping[str, pl.Series] = field(default_factory=dict, repr=False)
    whole: bool = False
    chosen: Plan | None = field(default=None, repr=False)

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table; an absent one is the empty table of the schema.

        Raises
        ------
        UsageError
            For an observed table before the cut: whoever reads it there may know what came later.
        """
        if self.as_of is None and not self.whole and table_of(name).kind == "observed":
            raise UsageError(
                f"{name!r} is observed: it is read as known at a moment, by crisis.at('2023-09-19'), or with "
                "what came later, for checks and scores, by crisis.everything()"
            )
        if name in self.tables:
            return self.tables[name]
        return empty(table_of(name).name)

    def as_read(self, name: str) -> pl.DataFrame:
        """Return a table as it stands in its file, to add rows to it: never to read anything off it."""
        return self.tables.get(name, empty(table_of(name).name))

    def __contains__(self, name: object) -> bool:
        """Return whether a table is there, even without rows."""
        return name in self.tables

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the tables that are there."""
        return iter(self.tables)

    def __len__(self) -> int:
        """Return how many tables are there."""
        return len(self.tables)

    def __repr__(self) -> str:
        """Return title, moment and number of tables."""
        moment = self.as_of.astimezone(self.zone).isoformat() if self.as_of else "everything known"
        return f"Crisis({self.settings.title!r}, as of {moment}, {len(self)} tables)"

    def has(self, name: str) -> bool:
        """Return whether a table is there and has rows."""
        return self[name].height > 0

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the crisis."""
        return self.settings.zone_info

    @property
    def moment(self) -> datetime:
        """The moment of knowledge.

        Raises
        ------
        UsageError
            Where :meth:`at` has not been called.
        """
        if self.as_of is None:
            raise UsageError(
                "the crisis has no moment of knowledge; call crisis.at('2023-09-19') or use --as-of"
            )
        return self.as_of

    @cached_property
    def plan(self) -> Plan:
        """Every option of every section: what was chosen for the run, else what crisis.toml says.

        Raises
        ------
        CrisisError
            With a finding for every option of crisis.toml that is unknown or cannot be.
        """
        if self.chosen is not None:
            return self.chosen
        settings = self.settings
        return resolve(settings.options, seed=settings.seed, draws=settings.draws)

    def local_date(self) -> date:
        """Return the day of the moment of knowledge in the zone of the crisis."""
        return self.moment.astimezone(self.zone).date()

    def at(self, moment: str | date | datetime, *, strict: bool = False) -> "Crisis":
        """Return the crisis as it was known at a moment.

        Parameters
        ----------
        moment : str, date or datetime
            A bare date means the end of that day in the zone of the crisis.
        strict : bool
            Drop rows of which only a later vintage is at hand.

        Returns
        -------
        Crisis
            Reference tables whole, observed tables with ``known_at`` not after the moment, no
            result tables, and no notes: a note may speak of what came later.
        """
        as_of = parse_moment(moment, self.zone)
        tables = {
            name: _known(name, table, as_of, strict=strict)
            for name, table in self.tables.items()
            if table_of(name).kind != "result"
        }
        tables |= add_ways_back(tables, {})[0]
        known = MappingProxyType(tables)
        return replace(self, tables=known, as_of=as_of, mode=_mode(tables), lines={}, whole=False)

    def everything(self) -> "Crisis":
        """Return the crisis with all that was ever known: for checks and scores, never for a forecast.

        A crisis that has a moment already is returned as it is.

        Examples
        --------
        >>> crisis = open_crisis("karabakh-2023")
        >>> crisis.everything()["counts"].height > crisis.at("2023-09-24")["counts"].height
        True
        """
        if self.as_of is not None or self.whole:
            return self
        more, lines, _ = add_ways_back(self.tables, self.lines)
        tables = MappingProxyType({**self.tables, **more})
        return replace(self, tables=tables, lines={**self.lines, **lines}, whole=True)

    def status(self, log: str) -> pl.DataFrame:
        """Return the latest status per key of a status log, effective by the moment.

        Among rows of one key the latest effective counts; among equals the one known last.
        """
        key = [name for name in table_of(log).key if name != "effective"]
        rows = self[log] if self.as_of is None else self[log].filter(pl.col("effective") <= self.as_of)
        return (
            rows.sort(*key, "effective", "known_at", maintain_order=True)
            .group_by(key, maintain_order=True)
            .last()
        )

    def with_tables(self, tables: Mapping[str, pl.DataFrame]) -> "Crisis":
        """Return the crisis with more tables, each checked against the schema."""
        merged = {**self.tables, **{name: frame(name, table) for name, table in tables.items()}}
        return replace(self, tables=MappingProxyType(merged))

    def with_options(self, section: str, **options: object) -> "Crisis":
        """Return the crisis with other options of one section.

        Raises
        ------
        CrisisError
            With a finding for every option that is unknown or cannot be.

        Examples
        --------
        >>> open_crisis("karabakh-2023").with_options("warn", event_deaths=100).plan.warn.event_deaths
        100
        """
        return self.with_plan(self.plan.changed({section: options}))

    def with_plan(self, plan: Plan) -> "Crisis":
        """Return the crisis with the options a run goes by."""
        return replace(self, chosen=plan)

    def save(self, folder: str | Path) -> Path:
        """Write the crisis as a folder of CSV files, whole or not at all."""
        target = Path(folder)
        with folder_atomic(target) as fresh:
            write_settings(self._settings_chosen(), fresh / FILE)
            for name, table in self.tables.items():
                table.write_csv(fresh / f"{name}.csv", datetime_format="%Y-%m-%dT%H:%M:%S%.f+00:00")
        return target

    def _settings_chosen(self) -> Settings:
        """Return what crisis.toml would say so that the options chosen are those of the file."""
        if self.chosen is None:
            return self.settings
        top = {name: getattr(self.chosen, name) for name in ("seed", "draws")}
        return self.settings.model_copy(update={**top, "options": self.chosen.as_sections()})

    def show(self) -> str:
        """Return the crisis as text: title, moment, mode and rows per table."""
        rows = "\n".join(
            f"  {name:22} {table.height:>8,} rows" for name, table in sorted(self.tables.items())
        )
        return f"{self!r}\n{rows}"


def _known(name: str, table: pl.DataFrame, as_of: datetime, *, strict: bool) -> pl.DataFrame:
    """Return the rows of a table known by a moment, without notes."""
    if table_of(name).kind == "observed":
        table = table.filter(pl.col("known_at") <= as_of)
        if strict:
            table = table.filter(pl.col("known_basis") != "release rule")
    return table.with_columns(pl.lit(None, pl.String).alias("note")) if "note" in table.columns else table


def _mode(tables: Mapping[str, pl.DataFrame]) -> Mode:
    """Return pseudo-real-time where any row is of a later vintage."""
    later = (
        (table["known_basis"] == "release rule").any()
        for name, table in tables.items()
        if table_of(name).kind == "observed"
    )
    return "pseudo-real-time" if any(later) else "real-time"


def shipped() -> list[str]:
    """Return the names of the crises that come with the package.

    Examples
    --------
    >>> "karabakh-2023" in shipped()
    True
    """
    folder = Path(str(files("forestall").joinpath("crises")))
    return (
        sorted(entry.name for entry in folder.iterdir() if (entry / FILE).is_file())
        if folder.is_dir()
        else []
    )


def folder_of(name: str | Path) -> Path:
    """Return the folder of a crisis by path, or by name where it is shipped.

    Raises
    ------
    UsageError
        Where there is neither; the nearest shipped name is given.
    """
    path = Path(name)
    if path.is_dir():
        return path
    if str(name) in shipped():
        return Path(str(files("forestall").joinpath("crises", str(name))))
    hint = nearest(str(name), shipped())
    raise UsageError(
        f"no crisis folder {str(name)!r}"
        + (f"; nearest shipped crisis: {hint}" if hint else "")
        + f"; shipped: {', '.join(shipped())}; make one with `forestall new FOLDER`"
    )


def open_crisis(name: str | Path) -> Crisis:
    """Open a crisis folder.

    Parameters
    ----------
    name : str or Path
        Folder, or the name of a shipped crisis.

    Raises
    ------
    CrisisError
        With every finding where at least one is an error.
    """
    crisis = read_crisis(name)
    if errors_in(crisis.findings):
        raise CrisisError(crisis.findings)
    return crisis


def read_crisis(name: str | Path) -> Crisis:
    """Read a crisis folder with its findings; only crisis.toml must be sound.

    Raises
    ------
    CrisisError
        Where crisis.toml is missing or faulty; faults of the tables are listed with its own.
    """
    folder = folder_of(name)
    try:
        settings = _settings_of(folder)
    except CrisisError as error:
        others = _read_tables(folder, ZoneInfo("UTC"))[2] if any(folder.glob("*.csv")) else []
        raise CrisisError([*error.findings, *others]) from error
    tables, lines, findings = _read_tables(folder, settings.zone_info)
    findings += [*_absent(tables), *add_ways_back(tables, lines)[2]]
    return Crisis(settings, MappingProxyType(tables), folder=folder, findings=tuple(findings), lines=lines)


def _settings_of(folder: Path) -> Settings:
    """Read crisis.toml of a folder; a link, another kind of file or a huge one is refused."""
    path = folder / FILE
    if not path.exists() and not path.is_symlink():
        message = "the folder holds no crisis.toml"
        fault = Finding("E115", "error", message, table=FILE, value=str(folder), next="forestall new FOLDER")
        raise CrisisError([fault])
    if path.is_symlink() or not path.is_file():
        raise CrisisError([Finding("E108", "error", "crisis.toml is a link or no file", table=FILE)])
    if path.stat().st_size > MAX_SETTINGS_BYTES:
        message, size = "crisis.toml is too large to read", f"{path.stat().st_size:,} bytes"
        limit = f"at most {MAX_SETTINGS_BYTES:,} bytes"
        raise CrisisError([Finding("E107", "error", message, table=FILE, value=size, expected=limit)])
    return read_settings(path)


def _read_tables(
    folder: Path, zone: ZoneInfo
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.Series], list[Finding]]:
    """Read every CSV file of a folder, each alone: what follows from two tables follows after the cut."""
    tables, lines, findings = {}, {}, list[Finding]()
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != ".csv":
            findings += not_read(path)
            continue
        fault = _refused(path, folder)
        if fault is not None:
            findings.append(fault)
            continue
        read = read_table(path, table_of(path.stem), zone)
        tables[path.stem], lines[path.stem] = read.frame, read.lines
        findings += read.findings
    return tables, lines, findings


def _refused(path: Path, folder: Path) -> Finding | None:
    """Return why a file of the folder is not read, or None."""
    if path.is_symlink() or not is_inside(path, folder) or not path.is_file():
        return Finding(
            "E108",
            "error",
            "a link, a folder or a path that leads out of the crisis folder is not read",
            table=path.stem,
            value=path.name,
        )
    if path.stem not in load_schema():
        hint = nearest(path.stem, load_schema())
        return Finding(
            "E101",
            "error",
            "unknown table",
            table=path.stem,
            value=path.name,
            nearest=hint,
            next="forestall schema",
        )
    return None


def _absent(tables: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """Return a finding for each required table that is missing."""
    return [
        Finding(
            "E109",
            "error",
            "a required table is missing",
            table=name,
            expected=f"{name}.csv: {table.description}",
            next=f"forestall schema {name}",
        )
        for name, table in load_schema().items()
        if table.required and name not in tables
    ]
