"""A run on disk: whole or not at all, with where everything came from."""

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from forestall.checks import check_crisis
from forestall.checks.every import sorted_findings
from forestall.checks.options import plan_or_none
from forestall.claims.judge import check_claims
from forestall.claims.static import query_findings
from forestall.core.errors import CrisisError, Finding, UsageError, errors_in
from forestall.core.files import folder_atomic, put_back, sha256_of
from forestall.core.formulas import as_before, neutral
from forestall.crisis import Crisis
from forestall.engines import engine_of
from forestall.fetching.registry import load_sources
from forestall.hindsight import undated_choices
from forestall.options.faults import FILE
from forestall.options.plan import Plan, Sections
from forestall.recording.from_store import Joined, store_findings, with_store
from forestall.schema import load_schema, table_of
from forestall.stages import STAGES, Stage, stage_of
from forestall.warning.vintage import later_vintage

RUN_FILE = "run.json"
LIBRARIES = ("forestall", "numpy", "scipy", "numba", "polars", "duckdb", "highspy")

Progress = Callable[[str, int, int], None]
"""Called with the stage, its number and how many there are."""

Pages = Callable[[Crisis], Mapping[str, str | bytes]]
"""Makes more files of a run, such as the brief."""


@dataclass(frozen=True)
class Run:
    """A run: the crisis with all result tables, and where it was written."""

    crisis: Crisis
    folder: Path | None
    record: Mapping[str, Any]


def run(
    crisis: Crisis,
    *,
    as_of: str | None = None,
    draws: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    strict: bool = False,
    until: str = "act",
    only: bool = False,
    options: Sections | None = None,
    pages: Pages | None = None,
    progress: Progress | None = None,
) -> Run:
    """Run the stages in order and write the run.

    Parameters
    ----------
    crisis : Crisis
        As opened.
    as_of : str, optional
        Moment of knowledge; needed unless the crisis has one.
    draws, seed : int, optional
        Else what crisis.toml says.
    out : path, optional
        Folder to write; nothing is written where it is None.
    strict : bool
        Drop figures of which only a later vintage is at hand.
    until : str
        Last stage to run.
    only : bool
        Run that stage alone: it needs nothing of the stages before it.
    options : mapping, optional
        Options by section and name, instead of those of crisis.toml.
    pages : callable, optional
        Makes more files from the finished crisis.
    progress : callable, optional
        Told before each stage.

    Returns
    -------
    Run

    Raises
    ------
    CrisisError
        With every finding, where an option is off or the crisis, opened from a folder and not yet
        cut at a moment, has an error; nothing is written then.
    """
    joined = _with_store(crisis, as_of, options)
    whole = joined.crisis
    if crisis.folder is not None and crisis.as_of is None:
        refuse_errors(whole)
    known = whole.at(as_of, strict=strict) if as_of is not None else whole
    known = known.with_plan(known.plan.changed(options, draws=draws, seed=seed))
    stages = (stage_of(until),) if only else _stages(until, known.plan)
    result = known
    for number, stage in enumerate(stages, start=1):
        if progress is not None:
            progress(stage.verb, number, len(stages))
        result = result.with_tables(stage.function(result, known.plan.section(stage.verb)))
        if stage.verb == "record" and joined.matches is not None:
            result = result.with_tables({"event_matches": joined.matches})
        result = _of_its_time(result, strict=strict) if stage.verb == "warn" else result
    if until == STAGES[-1].verb and result.has("claims"):
        result = result.with_tables(check_claims(result).tables)
    facts = _facts(crisis, result, known, [stage.verb for stage in stages], strict=strict)
    if joined.findings:
        facts["store"] = [str(finding) for finding in joined.findings]
    if out is None:
        return Run(result, None, facts)
    return Run(result, _write(Path(out), known, result, facts, pages), facts)


def _with_store(crisis: Crisis, as_of: str | None, options: Sections | None) -> Joined:
    """Return the crisis with what the store knew by the moment, where it names sources and has no moment."""
    if crisis.as_of is not None or plan_or_none(crisis) is None:
        return Joined(crisis)  # a faulty plan is refused with all other faults
    chosen = crisis.with_plan(crisis.plan.changed(options)) if options else crisis
    if not chosen.plan.record.sources:
        return Joined(crisis)
    wrong = store_findings(chosen, load_sources())
    if wrong:
        raise CrisisError(list(dict.fromkeys([*findings_of(crisis), *wrong])))
    return with_store(chosen, as_of)


def findings_of(crisis: Crisis) -> list[Finding]:
    """Return what is wrong with tables, options, the store and queries of claims, errors first."""
    queries = query_findings(crisis.as_read("claims"), crisis.lines.get("claims"))
    store = store_findings(crisis, load_sources()) if plan_or_none(crisis) is not None else []
    return sorted_findings([*check_crisis(crisis), *queries, *store])


FEW_DRAWS = 20
"""Draws of a rehearsal: nothing that a run refuses hangs on how many there are."""


def rehearsed(crisis: Crisis, as_of: str) -> list[Finding]:
    """Return what is wrong, and what a run at a moment would be refused for: the chain on a few draws.

    Parameters
    ----------
    crisis : Crisis
        As read.
    as_of : str
        Moment of knowledge.
    """
    findings = findings_of(crisis)
    if errors_in(findings):
        return findings
    try:
        made = run(crisis, as_of=as_of, draws=FEW_DRAWS, options={"displace": {"particles": 50}})
    except CrisisError as error:
        return sorted_findings([*findings, *error.findings])
    except UsageError as error:
        fault = Finding("E114", "error", str(error), table=FILE, expected=f"what is known as of {as_of}")
        return sorted_findings([*findings, fault])
    return sorted_findings([*findings, *left_aside(made.crisis)])


def left_aside(crisis: Crisis) -> list[Finding]:
    """Return a warning for counts that no result rests on, too few draws that agree, and full places."""
    import polars as pl

    if "assumptions" not in crisis:
        return []
    told = {
        "counts not used": ("W310", "counts that are not used", "counts"),
        "too few effective draws": ("W311", "too few effective draws", "counts"),
        "limit of a place passed": ("W312", "more people at a place than its sites can take", "sites"),
    }
    rows = crisis["assumptions"].filter(pl.col("name").is_in(list(told)))
    return [
        Finding(code, "warning", message, table, value=value, expected=why, next=f"forestall explain {code}")
        for (code, message, table), value, why in (
            (told[name], value, why)
            for name, value, why in rows.select("name", "value", "distribution").iter_rows()
        )
    ]


def refuse_errors(crisis: Crisis) -> None:
    """Raise every finding where at least one is an error: what `forestall check` refuses never runs."""
    findings = findings_of(crisis)
    if errors_in(findings):
        raise CrisisError(findings)


def _stages(verb: str, plan: Plan) -> tuple[Stage, ...]:
    """Return the stages up to and with one; displace alone where its engine is told who flees."""
    last = [stage.verb for stage in STAGES].index(stage_of(verb).verb)
    alone = verb == "displace" and not engine_of(plan.displace.rules).needs_odds
    return STAGES[last : last + 1] if alone else STAGES[: last + 1]


def _of_its_time(result: Crisis, *, strict: bool) -> Crisis:
    """Return a crisis in the mode that its outlook allows; a later vintage is refused if strict."""
    later = later_vintage(result, result.moment)
    if later and strict:
        raise UsageError(
            f"{later}; a strict replay may not use it: choose a model that learns from the crisis alone, "
            "such as conflictology-24, by `model` under [warn] in crisis.toml"
        )
    return replace(result, mode="pseudo-real-time") if later else result


def _facts(
    crisis: Crisis, result: Crisis, known: Crisis, stages: Sequence[str], *, strict: bool
) -> dict[str, Any]:
    """Return where a run comes from: versions, options, hashes of inputs, mode."""
    return {
        "crisis": crisis.settings.title,
        "name": crisis.folder.name if crisis.folder is not None else None,
        "as_of": known.moment.astimezone(known.zone).isoformat(),
        "mode": result.mode,
        "chosen_without_a_day": undated_choices(known),
        "strict": strict,
        "stages": list(stages),
        "plan": known.plan.model_dump(mode="json"),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}},
        "inputs": _hashes(crisis.folder),
        "inputs_as_known": {
            name: _digest(table)
            for name, table in sorted(known.tables.items())
            if table_of(name).kind != "result"
        },
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _hashes(folder: Path | None) -> dict[str, str]:
    """Return the SHA-256 of every input file."""
    paths = sorted(folder.iterdir()) if folder is not None else []
    return {
        path.name: sha256_of(path) for path in paths if path.is_file() and path.suffix in {".csv", ".toml"}
    }


def _digest(table: pl.DataFrame) -> str:
    """Return a hash of a table's content."""
    return sha256(table.write_csv().encode()).hexdigest()


def _write(
    target: Path, known: Crisis, result: Crisis, facts: Mapping[str, Any], pages: Pages | None
) -> Path:
    """Write all files of a run, whole or not at all."""
    if target.exists() and not (
        target.is_dir() and ((target / RUN_FILE).is_file() or not any(target.iterdir()))
    ):
        raise UsageError(
            f"{str(target)!r} is not a run and not empty; nothing was written; choose another folder (--out)"
        )
    with folder_atomic(target) as folder:
        _write_tables(folder, {n: t for n, t in result.tables.items() if table_of(n).kind == "result"})
        _write_tables(
            folder / "inputs", {n: t for n, t in known.tables.items() if table_of(n).kind != "result"}
        )
        for name, content in (pages(result) if pages is not None else {}).items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        (folder / RUN_FILE).write_text(
            json.dumps(facts, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
        )
    return target


def _write_tables(folder: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write each table in the format that its schema says, whatever rows it has."""
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        if table_of(name).format == "parquet":
            buffer = BytesIO()
            table.write_parquet(buffer, compression="zstd", statistics=False)
            (folder / f"{name}.parquet").write_bytes(buffer.getvalue())
        else:
            safe = neutral(table) if table_of(name).kind == "result" else table
            text = safe.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.f+00:00")
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def read_run(
    folder: str | Path,
) -> tuple[Mapping[str, Any], dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Return what a run on disk holds: its record, its result tables, its inputs as known.

    Raises
    ------
    UsageError
        Where the folder is not a run, or one of a version without a plan.
    """
    path = Path(folder)
    put_back(path)
    if not (path / RUN_FILE).is_file():
        raise UsageError(f"{str(folder)!r} is no run: it holds no {RUN_FILE}; make one with `forestall run`")
    facts = json.loads((path / RUN_FILE).read_text(encoding="utf-8"))
    if "plan" not in facts:
        raise UsageError(
            f"{str(folder)!r} was written by an older version: its {RUN_FILE} holds no plan; run it anew"
        )
    return facts, tables_in(path), tables_in(path / "inputs")


def plan_of(facts: Mapping[str, Any]) -> Plan:
    """Return the plan that a run went by, from its record."""
    return Plan.model_validate(facts["plan"])


def tables_in(folder: Path) -> dict[str, pl.DataFrame]:
    """Return the tables of a folder of a run, as written by any version."""
    from forestall.core.moments import parse_zone
    from forestall.schema.reading import read_table

    tables = {p.stem: pl.read_parquet(p) for p in sorted(folder.glob("*.parquet"))}
    for path in sorted(folder.glob("*.csv")):
        if path.stem in load_schema():
            found = read_table(path, table_of(path.stem), parse_zone("UTC")).frame
            tables[path.stem] = as_before(found) if table_of(path.stem).kind == "result" else found
    return tables


def run_id(name: str, as_of: datetime, seed: int, draws: int) -> str:
    """Return the name of a run's folder; the same choices give the same name.

    Examples
    --------
    >>> run_id("karabakh-2023", datetime(2023, 9, 19, 16, tzinfo=UTC), 1, 1000)
    'karabakh-2023_20230919T1600Z_seed1_draws1000'
    """
    return f"{name}_{as_of.astimezone(UTC):%Y%m%dT%H%MZ}_seed{seed}_draws{draws}"


def differences(old: str | Path, new: str | Path) -> list[dict[str, Any]]:
    """Return what changed between two runs: options, new, changed and gone rows, outputs.

    Returns
    -------
    list of dict
        ``what`` (option, version, input, output), ``name``, ``change`` and numbers of rows.
    """
    facts_a, results_a, inputs_a = read_run(old)
    facts_b, results_b, inputs_b = read_run(new)
    rows = _changed_facts(facts_a, facts_b)
    rows += _changed_tables("input", inputs_a, inputs_b)
    return rows + _changed_tables("output", results_a, results_b)


def _changed_facts(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the options, the moment and the versions that differ."""
    rows: list[dict[str, Any]] = []
    for section in ("as_of", "mode", "strict", "plan", "versions"):
        a, b = _flat(section, old.get(section)), _flat(section, new.get(section))
        rows += [
            {"what": "choice", "name": key, "change": f"{a.get(key)} -> {b.get(key)}"}
            for key in sorted(a.keys() | b.keys())
            if a.get(key) != b.get(key)
        ]
    return rows


def _flat(prefix: str, value: Any) -> dict[str, Any]:
    """Return a nested mapping as one level with dotted keys."""
    if not isinstance(value, Mapping):
        return {prefix: value}
    return {k: v for name, inner in value.items() for k, v in _flat(f"{prefix}.{name}", inner).items()}


def _changed_tables(
    what: str, old: Mapping[str, pl.DataFrame], new: Mapping[str, pl.DataFrame]
) -> list[dict[str, Any]]:
    """Return a row per table that differs, with how many rows are new, gone and changed."""
    names = sorted(old.keys() | new.keys())
    rows = [_changed_table(what, name, old.get(name), new.get(name)) for name in names]
    return [row for row in rows if row is not None]


def _changed_table(
    what: str, name: str, old: pl.DataFrame | None, new: pl.DataFrame | None
) -> dict[str, Any] | None:
    """Return how one table differs, or None."""
    if old is None or new is None:
        table = new if new is not None else old
        change = "new table" if old is None else "table gone"
        rows = table.height if table is not None else 0
        return {"what": what, "name": name, "change": change, "rows": rows}
    if old.equals(new):
        return None
    key = _key_in(name, old.columns)
    gone, fresh = (
        old.join(new, on=key, how="anti", nulls_equal=True).height,
        new.join(old, on=key, how="anti", nulls_equal=True).height,
    )
    same = (
        old.join(new, on=old.columns, how="semi", nulls_equal=True).height
        if old.columns == new.columns
        else 0
    )
    return {
        "what": what,
        "name": name,
        "change": "rows",
        "new": fresh,
        "gone": gone,
        "changed": max(old.height - gone - same, 0),
    }


def _key_in(name: str, columns: Sequence[str]) -> list[str]:
    """Return the key of a table; a status log's rows are also told apart by their day of knowledge."""
    key = [column for column in table_of(name).key if column in columns]
    return key or list(columns)
