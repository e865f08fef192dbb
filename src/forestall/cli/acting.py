"""Who can act and whether they did: leverage, the ledger, claims."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.cli.apps import app, ledger_app
from forestall.cli.common import AsOf, CrisisArgument, Sampling, records
from forestall.cli.layout import show_table, wrapped
from forestall.cli.terminal import EXIT_FINDINGS, answer, emit, print_findings, say, terminal, told
from forestall.schema.conventions import ALL

if TYPE_CHECKING:
    import polars as pl

    from forestall.core.errors import Finding
    from forestall.crisis import Crisis
    from forestall.options.act import ActOptions

RUNS = Path("forestall-runs")
Year = Annotated[int | None, typer.Option("--year", help="Year of the ties; every year where not given.")]
Gap = Annotated[bool, typer.Option("--gap", help="Also how many days each actor took after the warning.")]
Against = Annotated[
    str | None,
    typer.Option("--against", help="Run to compare entries with; else the newest in ./forestall-runs."),
]
Within = Annotated[str, typer.Option("--within", help="How far ahead, for example '30 days'.")]


def _known(name: str, as_of: str | None) -> "Crisis":
    """Return a crisis as known at a moment, or whole."""
    from forestall.crisis import open_crisis

    crisis = open_crisis(name)
    return crisis.everything() if as_of is None else crisis.at(as_of)


def _options(crisis: "Crisis", **given: Any) -> "ActOptions":
    """Return the options of act: what is given, else what crisis.toml says."""
    there = {name: value for name, value in given.items() if value is not None}
    return crisis.with_options("act", **there).plan.act


@app.command()
def leverage(
    crisis: CrisisArgument,
    chosen: Sampling,
    year: Year = None,
    as_of: AsOf = None,
) -> None:
    """Show what outside actors can withhold from a party, less what they would lose."""
    from forestall.action.leverage import leverage_tables
    from forestall.action.ties import ties_compared, ties_table

    known = _known(crisis, as_of)
    options = _options(known, year=year, **asdict(chosen))
    tables = leverage_tables(known, options)
    tables |= {"ties_table": ties_table(known), "ties_compared": ties_compared(known)}
    shown = {name: _of_year(table, year) for name, table in tables.items()}
    if terminal().as_json:
        emit({"year": year, **{name: records(table) for name, table in shown.items()}})
        return
    show_table(_short_leverage(shown["leverage"]), "Net leverage, median and 90 % interval")
    _say_ranks(shown["leverage_ranks"])


def _say_ranks(ranks: "pl.DataFrame") -> None:
    """Say who ranks where, and who cannot be ranked over all channels."""
    for row in ranks.filter(ranked=True).iter_rows(named=True):
        say(f"{row['year']} over {row['party']}: {row['says']}")
    left = ranks.filter(channel=ALL, ranked=False).partition_by("year", "party", as_dict=True)
    for (year, party), rows in left.items():
        names = ", ".join(
            f"{r['actor']} {r['unknown_ties']} of {r['ties']}" for r in rows.iter_rows(named=True)
        )
        say(f"{year} over {party}: not ranked over all channels, ties not known: {names}")


def _short_leverage(table: "pl.DataFrame") -> list[dict[str, Any]]:
    """Return the columns of leverage that fit a terminal, where both ties are known."""
    wanted = ("actor", "party", "channel", "year", "net_q05", "net_median", "net_q95")
    return records(table.filter(unknown="").select(wanted))


def _of_year(table: "pl.DataFrame", year: int | None) -> "pl.DataFrame":
    """Return the rows of a year, or all."""
    return table if year is None else table.filter(year=year)


@ledger_app.command("list")
def list_ledger(
    crisis: CrisisArgument,
    gap: Gap = False,
    as_of: AsOf = None,
    against: Against = None,
) -> None:
    """List every promise as it stands, and report entries that were changed since the last run."""
    from forestall.action.ledger import ledger_status
    from forestall.action.responses import response_gap
    from forestall.action.stage import moment_of

    known = _known(crisis, as_of)
    status = ledger_status(known, moment_of(known))
    result = {"entries": records(status)}
    if gap:
        result["gap"] = records(response_gap(known, _options(known), moment_of(known)))
    findings = _changes(known, status, against)
    result["findings"] = [finding.as_dict() for finding in findings]
    if terminal().as_json:
        emit(result)
        return
    show_table([_short_entry(row) for row in result["entries"]], "Promises", ("who", "what", "status"))
    if gap:
        show_table([_short_gap(row) for row in result["gap"]], "Days from the first public warning")
    if findings:
        print_findings(findings, as_json=False)


def _short_entry(row: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a promise that people look for first."""
    wanted = ("who", "what", "status", "due", "amount", "unit", "delivered", "made_on", "commitment")
    return {name: row[name] for name in wanted}


def _short_gap(row: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of the response gap that fit a terminal."""
    days = ("days_to_statement", "days_to_material", "days_to_lever")
    taken = {name: "none known" if row[name] is None else f"{row[name]:.0f}" for name in days}
    return {"actor": row["actor"], **taken, "promised": row["promised"], "delivered": row["delivered"]}


def _changes(crisis: "Crisis", status: "pl.DataFrame", against: str | None) -> "list[Finding]":
    """Return edits of earlier entries against a run."""
    from forestall.action.ledger import ledger_changes
    from forestall.core.errors import UsageError
    from forestall.runs import RUN_FILE, tables_in

    folder = Path(against) if against is not None else newest_run(crisis, RUNS)
    if folder is None:
        return []
    if not (folder / RUN_FILE).is_file():
        raise UsageError(f"{str(folder)!r} is no run: it holds no {RUN_FILE}")
    results = tables_in(folder)  # entries can be compared with a run of any version
    return ledger_changes(status, results["ledger_status"]) if "ledger_status" in results else []


def newest_run(crisis: "Crisis", runs: Path) -> Path | None:
    """Return the newest run of a crisis in a folder of runs, or None."""
    name = crisis.folder.name if crisis.folder is not None else ""
    found = [path.parent for path in runs.glob(f"{name}_*/run.json")]
    return max(found, key=lambda path: (path / "run.json").stat().st_mtime, default=None)


@ledger_app.command()
def due(crisis: CrisisArgument, within: Within = "30 days", as_of: AsOf = None) -> None:
    """List promises that are overdue or due soon and not known to be delivered."""
    from forestall.action.ledger import due_commitments, ledger_status
    from forestall.action.stage import moment_of
    from forestall.core.units import parse_duration

    known = _known(crisis, as_of)
    moment = moment_of(known)
    rows = records(due_commitments(ledger_status(known, moment), moment, parse_duration(within).days))
    if terminal().as_json:
        emit(rows)
    else:
        wanted = ("who", "what", "due", "days_overdue", "status", "commitment")
        show_table([{name: row[name] for name in wanted} for row in rows], "Due", wanted[:4])


@ledger_app.command()
def add(
    crisis: Annotated[str, typer.Argument(metavar="FOLDER", help="Folder of a crisis.")],
    commitment: Annotated[str, typer.Option("--id", help="New identifier.")],
    who: Annotated[str, typer.Option("--who", help="Who promises.")],
    to_whom: Annotated[str, typer.Option("--to", help="To whom.")],
    what: Annotated[str, typer.Option("--what", help="What, in one short sentence.")],
    made_on: Annotated[str, typer.Option("--made-on", help="Day, for example 2023-09-26.")],
    known_at: Annotated[str, typer.Option("--known-at", help="When it became public.")],
    source: Annotated[str, typer.Option("--source", help="Source, as named in sources.csv.")],
    kind: Annotated[str, typer.Option("--kind", help="pledge, promise, mandate or guarantee.")] = "pledge",
    amount: Annotated[float | None, typer.Option("--amount", help="Amount.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Unit, for example 'million EUR'.")] = None,
    due_on: Annotated[str | None, typer.Option("--due", help="By when.")] = None,
    includes: Annotated[
        str | None, typer.Option("--includes", help="Earlier promise whose amount this one includes.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="Address of the page read.")] = None,
) -> None:
    """Append a promise to the ledger; earlier entries are never touched."""
    from forestall.action.append import append_commitment

    row = {
        "commitment": commitment, "who": who, "to_whom": to_whom, "what": what, "kind": kind,
        "amount": amount, "unit": unit, "made_on": made_on, "due": due_on, "cumulative_with": includes,
        "source": source, "url": url, "known_at": known_at,
    }  # fmt: skip
    written = append_commitment(crisis, row)
    told(f"appended to {written}", file=str(written), **row)


@app.command()
def claims(
    crisis: CrisisArgument,
    as_of: AsOf = None,
    only: Annotated[str | None, typer.Option("--only", help="One claim.")] = None,
    seconds: Annotated[float, typer.Option("--seconds", help="Time a query may take.")] = 5.0,
) -> None:
    """Check statements that anybody made against the tables; judgements are never scored."""
    from forestall.claims.judge import check_claims
    from forestall.claims.options import ClaimsOptions

    known = _known(crisis, as_of)
    if only is not None:
        known = known.with_tables({"claims": known["claims"].filter(claim=only)})
    judged = check_claims(known, ClaimsOptions(seconds=seconds))
    verdicts = records(judged.tables["claims_verdicts"])
    if terminal().as_json:
        rows = judged.tables["claims_rows"].partition_by("claim", as_dict=True)
        emit([_with_rows(verdict, rows.get((verdict["claim"],))) for verdict in verdicts])
    else:
        _show_verdicts(verdicts)
    if judged.findings:
        print_findings(judged.findings, as_json=False)
        raise typer.Exit(EXIT_FINDINGS)


def _show_verdicts(verdicts: list[dict[str, Any]]) -> None:
    """Show each statement whole with its verdict and what the tables say."""
    if not verdicts:
        answer("Claims: none")
    for row in verdicts:
        answer(wrapped(f"{row['claim']}:", f"{row['verdict']}. {row['voice']}: {row['statement']}"))
        if row["found"]:
            answer(wrapped("  found:", str(row["found"])))


def _with_rows(verdict: dict[str, Any], rows: "pl.DataFrame | None") -> dict[str, Any]:
    """Return a verdict with the rows that decide it."""
    import json

    given = [] if rows is None else records(rows)
    shown = [{"says": row["says"], **json.loads(row["cells"])} for row in given]
    rest = {name: value for name, value in verdict.items() if name not in ("claim", "rows")}
    return {"id": verdict["claim"], **rest, "rows": shown}
