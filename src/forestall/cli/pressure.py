"""Who could press whom: what outsiders hold, what they did, and how such threats fared."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.cli.apps import app, score_app
from forestall.cli.common import AsOf, CrisisArgument, Sampling, Seed, records
from forestall.cli.layout import show_table, wrapped
from forestall.cli.terminal import answer, emit, say, terminal

if TYPE_CHECKING:
    import polars as pl

Year = Annotated[
    int | None, typer.Option("--year", min=1900, max=2100, help="Year asked about; else that of the moment.")
]
NO_CAUSE = "Association, never cause: senders choose the cases in which they threaten."
YEAR_FIRST = ("year", "dead", "stalemate", "talks", "deals", "sanctions", "nearest", "all", "lot")
NO_CAUSE_IN_YEARS = (
    "Shares: cases in which fighting came back within five years, of the ten nearest, of all, and of ten by "
    "lot. Association, never cause: rows "
    "are those at hand, and none is not the same as nothing."
)
NO_ENDINGS = "not assessed: no ending of fighting is known; `forestall schema endings` says what a row needs"
NO_RECORD = "How such threats fared: not known then, the record of all cases was published in 2014."
NOT_ASSESSED = (
    "not assessed: neither ties.csv nor events.csv has a row on an outside actor and a party by then; "
    "`forestall schema ties` says what a row needs"
)


@app.command()
def pressure(crisis: CrisisArgument, chosen: Sampling, year: Year = None, as_of: AsOf = None) -> None:
    """Show what outside actors could withhold from each party, what they did, and how such threats fared."""
    from dataclasses import asdict

    from forestall.crisis import open_crisis
    from forestall.pressure.standing import pressure_tables
    from forestall.pressure.word import word_tables

    opened = open_crisis(crisis)
    known = opened.everything() if as_of is None else opened.at(as_of)
    given = {name: value for name, value in asdict(chosen).items() if value is not None}
    tables = pressure_tables(known, known.with_options("act", **given).plan.act, year)
    tables |= word_tables(known)
    if terminal().as_json:
        emit({"as_of": known.as_of, "note": NO_CAUSE} | {n: records(t) for n, t in tables.items()})
    else:
        _show(tables)
        if as_of is None:
            say("With all that is known today; --as-of shows what was known at a moment.")


def _show(tables: "dict[str, pl.DataFrame]") -> None:
    """Print each party with every outsider, then how such threats fared."""
    acts = tables["pressure_acts"]
    if not acts.height:
        answer(NOT_ASSESSED)
    for (party, year), rows in acts.group_by("party", "year", maintain_order=True):
        answer(f"\nOver {party}, {year}")
        for row in rows.iter_rows(named=True):
            _show_outsider(tables, row)
    if not tables["pressure_rates"].height:
        answer(NO_RECORD)
    for row in tables["pressure_rates"].filter(factor="all").iter_rows(named=True):
        answer(wrapped("Threats and sanctions that got at least part:", f"{row['says']}, {row['record']}"))
    _show_word(tables)
    say(NO_CAUSE)


def _show_word(tables: "dict[str, pl.DataFrame]") -> None:
    """Print each guarantor's calls and answers with both readings, beside published rates."""
    answer("\nA guarantor's word")
    for row in tables["guarantee_record"].iter_rows(named=True):
        answer(wrapped("  -", row["says"]))
    for row in tables["guarantee_answers"].iter_rows(named=True):
        answer(
            wrapped(
                f"  {row['date']}", f"{row['guarantor']} to {row['ally']}: {row['answer']}; {row['asked']}"
            )
        )
        answer(wrapped("    one reading:", row["reading_ally"]))
        answer(wrapped("    the other:", row["reading_guarantor"]))
    if not tables["guarantee_record"].height:
        answer(
            "  not assessed: no guarantee is known; `forestall schema guarantee_calls` says what a row needs"
        )
    for row in tables["guarantee_rates"].iter_rows(named=True):
        answer(
            wrapped(
                "  elsewhere:",
                f"{row['kept']:.0%} of {row['of_what']} were kept, {row['years']} ({row['study']})",
            )
        )


def _show_outsider(tables: "dict[str, pl.DataFrame]", row: dict[str, Any]) -> None:
    """Print what one outsider holds over a party, what it would lose, what it did, how such threats fared."""
    own = {"actor": row["actor"], "party": row["party"]}
    ties = records(tables["pressure_ties"].filter(**own))
    lines = [
        _named("could withhold", ties, "party_on_actor"),
        _named("would itself lose", ties, "actor_on_party") if ties else "",
        f"did: {row['says']}",
        *(f"such threats: {_fared(odds)}" for odds in records(tables["pressure_odds"].filter(**own))),
    ]
    answer(f"  {row['actor']}")
    for line in filter(None, lines):
        answer(wrapped("    -", line))


def _named(words: str, ties: list[dict[str, Any]], side: str) -> str:
    """Return the shares of one side in a line, with what is not known."""
    from forestall.pressure.standing import percent

    known = [
        f"{t['channel']} {percent(t[side])} ({percent(t[side + '_low'])} to {percent(t[side + '_high'])}, "
        f"{t[side + '_year']})"
        for t in ties
        if t[side]
    ]
    nothing = [f"{t['channel']} ({t[side + '_year']})" for t in ties if t[side] == 0]
    unknown = [t["channel"] for t in ties if t[side] is None]
    parts = [
        ", ".join(known),
        f"nothing recorded: {', '.join(nothing)}" if nothing else "",
        f"not known: {', '.join(unknown)}" if unknown else "",
    ]
    return f"{words}: {'; '.join(filter(None, parts)) or 'not assessed'}"


def _fared(odds: dict[str, Any]) -> str:
    """Return how threats of such a kind fared, or that there are too few."""
    kind = f"cost {odds['cost']}, {odds['institution']}"
    if odds["rate"] is None:
        return f"too few cases (n = {odds['n']}) with {kind}"
    return f"{odds['rate']:.0%} ({odds['low']:.0%} to {odds['high']:.0%}; n = {odds['n']}; {kind})"


@score_app.command("pressure")
def score_pressure_command(seed: Seed = None) -> None:
    """Score the rates of threats and sanctions out of time, beside the pooled rate."""
    from forestall.evaluation.pressure import score_pressure

    table = score_pressure(seed=seed or 1)
    if terminal().as_json:
        emit({"pressure": records(table)})
        return
    answer("split known judged  got  log loss  pooled  gain (90 %)")
    for row in table.iter_rows(named=True):
        answer(
            f"{row['split']:>5} {row['known']:>5} {row['judged']:>6} {row['rate_judged']:>4.0%} "
            f"{row['log_loss']:>9.4f} {row['log_loss_pooled']:>7.4f}  "
            f"{row['gain']:+.4f} ({row['gain_low']:+.4f} to {row['gain_high']:+.4f})"
        )


@app.command()
def missed(crisis: CrisisArgument, as_of: AsOf = None, seed: Seed = None) -> None:
    """Show each year between wars: what was there, and how the nearest cases elsewhere went on."""
    from forestall.crisis import open_crisis
    from forestall.pressure.moments import moments_tables

    opened = open_crisis(crisis)
    known = opened.at(as_of or opened.settings.as_of or opened.settings.period.end)
    tables = moments_tables(known, seed=seed or opened.settings.seed)
    if terminal().as_json:
        emit({"as_of": known.moment, "note": NO_CAUSE_IN_YEARS} | {n: records(t) for n, t in tables.items()})
        return
    years = tables["missed_years"]
    if not years.height:
        answer(NO_ENDINGS)
        return
    show_table([_short_year(row) for row in years.iter_rows(named=True)], "Years between wars", YEAR_FIRST)
    _show_last_cases(tables["missed_cases"])
    say(NO_CAUSE_IN_YEARS)


def _short_year(row: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a year that fit a terminal."""
    shown = {"year": row["year"], "dead": row["deaths"], "stalemate": row["stalemate"], "talks": row["talks"]}
    shown |= {"deals": row["agreements"], "sanctions": row["sanctions"]}
    more = {"incidents": row["incidents"], "mediators": row["mediators"], "arms": row["suppliers"]}
    if row["near_back"] is None:
        return shown | {"nearest": "too few", "all": f"n={row['cases']}", "lot": ""} | more
    lot = f"{100 * row['placebo_low']:.0f}-{row['placebo_high']:.0%}"
    return shown | {"nearest": f"{row['near_back']:.0%}", "all": f"{row['all_back']:.0%}", "lot": lot} | more


def _show_last_cases(cases: "pl.DataFrame") -> None:
    """Print the nearest cases of the last year."""
    last = cases.filter(cases["year"] == cases["year"].max())
    for row in last.head(5).iter_rows(named=True):
        tried = row["tried"] or "nothing agreed in the record"
        answer(
            wrapped(f"  near {row['year']}:", f"{row['sides']}, {row['ended'].year}: {tried}; {row['says']}")
        )
