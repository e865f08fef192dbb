"""The warning judged: score, fit, trigger."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from forestall.cli.apps import fit_app, score_app, trigger_app
from forestall.cli.layout import show_table
from forestall.cli.terminal import answer, emit, say, terminal, told

Panel = Annotated[
    Path | None,
    typer.Option(
        "--panel",
        help="Monthly deaths: month_id, country_id, ged_sb (Parquet or CSV); else the deaths that ship.",
    ),
]
Borders = Annotated[
    Path | None,
    typer.Option("--borders", help="Borders: country_id, neighbour_id; else the shipped land borders."),
]
Years = Annotated[str, typer.Option("--years", help="Years forecast: 2018:2023 or 2018,2020.")]
Model = Annotated[str, typer.Option("--model", help="Name of the model.")]
Count = Annotated[int, typer.Option("--draws", min=10, max=10_000, help="Draws a cell.")]


First = Annotated[str, typer.Option("--from", help="First month at whose end odds are given.")]
Last = Annotated[str, typer.Option("--to", help="Last month.")]


def _open(panel: Path | None, borders: Path | None) -> Any:
    """Open a panel and say what was found in it."""
    # The matrices are small: threads of the linear algebra would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from forestall.evaluation.panels import open_panel

    opened, findings = open_panel(panel, borders)
    for finding in findings:
        say(str(finding))
    return opened, [finding.as_dict() for finding in findings]


@score_app.command("warn")
def score_warn(
    panel: Panel = None,
    borders: Borders = None,
    years: Years = "2018:2023",
    model: Model = "pool",
    draws: Count = 1000,
    past: Annotated[
        Path | None, typer.Option("--past", help="Another release, which the models see instead.")
    ] = None,
    lag: Annotated[
        int, typer.Option("--lag", min=0, max=12, help="Months not released yet at the origin.")
    ] = 0,
) -> None:
    """Score a model year by year on a panel, each year's model fitted to October before it."""
    opened, findings = _open(panel, borders)
    from forestall.evaluation import panels, reports

    earlier = panels.open_release(past, opened) if past else None
    chosen = reports.parse_years(years)
    result = reports.score_warn(opened, chosen, model, draws, past=earlier, lag=lag)
    if terminal().as_json:
        emit({**result, "findings": findings})
        return
    rows = [{"year": year, **scores} for year, scores in result["years"].items()]
    show_table([*rows, {"year": "mean", **result["mean"], "cells": "", "not_assessed": ""}], model)
    low, high = result["gain_ign90"]
    say(
        f"gain in IGN over conflictology-12: {result['gain_ign']:.1%} (90 % interval {low:.1%} to {high:.1%})"
    )
    say(f"{result['mode']}; {result['seconds']:.1f} s")


@score_app.command("horizons")
def score_horizons(
    panel: Panel = None,
    borders: Borders = None,
    years: Years = "2009:2020",
    model: Model = "pool",
    horizons: Annotated[str, typer.Option("--horizons", help="Months ahead, with commas.")] = "1,6,12,24,36",
) -> None:
    """Score a model by horizon from every December."""
    from forestall.evaluation import reports

    opened, _ = _open(panel, borders)
    ahead = reports.parse_years(horizons)
    result = reports.score_horizons(opened, reports.parse_years(years), ahead, model)
    if terminal().as_json:
        emit(result)
        return
    rows = [
        {"horizon": horizon, **{name: scores["ign"] for name, scores in both.items()}}
        for horizon, both in result["horizons"].items()
    ]
    show_table(rows, "IGN by horizon in months")


@score_app.command("onset")
def score_onset(
    panel: Panel = None,
    borders: Borders = None,
    first: Annotated[str, typer.Option("--from", help="First month forecast from.")] = "2010-01",
    last: Annotated[str, typer.Option("--to", help="Last month forecast from.")] = "2023-12",
) -> None:
    """Score forecasts of onset: 25 deaths in a month within three months, after twelve at rest."""
    from forestall.evaluation import onset
    from forestall.evaluation.reports import month_of

    opened, _ = _open(panel, borders)
    result = onset.onset_scores(onset.onset_record(opened, month_of(first), month_of(last)))
    if terminal().as_json:
        emit(result)
        return
    shown = ("auc", "ap", "top5", "top10", "top20", "base_rate")
    show_table([{name: result[name] for name in shown}], "onset within three months")


@score_app.command("kinds")
def score_kinds(
    years: Years = "2018:2024",
) -> None:
    """Score the odds of each kind of violence and of a mass killing, beside the own last year."""
    from forestall.evaluation import kinds
    from forestall.evaluation.reports import parse_years

    judged = parse_years(years)
    result = kinds.score_kinds((min(judged), max(judged)))
    if terminal().as_json:
        emit(result)
        return
    show_table([_kind_row(row) for row in result["kinds"]], "kinds of violence by year")
    answer(result["rests_on"])


def _kind_row(row: dict[str, Any]) -> dict[str, object]:
    briers = {f"brier {name}": row[name]["brier"] for name in ("model", "own last year", "base rate")}
    return {"what": row["what"], "years_ahead": row["years_ahead"], "events": row["events"], **briers}


@score_app.command("escalation")
def score_escalation(panel: Panel = None) -> None:
    """Score odds of escalation by pair of states, with disputes, against deaths alone."""
    from forestall.evaluation import escalation

    opened, _ = _open(panel, None)
    result = escalation.score_escalation(opened)
    if terminal().as_json:
        emit(result)
        return
    kinds = ("deaths alone", "with disputes")
    keys = ("brier", "average_precision", "hits", "false_alarms", "misses", "lead_months")
    show_table([{"odds": kind, **{key: result[kind][key] for key in keys}} for kind in kinds], "escalation")
    show_table(result["twenty_pairs"], "pairs with most disputes: ten that escalated, ten that did not")
    low, high = result["brier_gain90"]
    answer(f"{result['says']}: Brier lower by {result['brier_gain']:.5f} ({low:.5f} to {high:.5f})")
    answer(result["rests_on"])


@score_app.command("official")
def score_official(
    folder: Annotated[Path, typer.Argument(help="Samples, actuals and official scores of the challenge.")],
) -> None:
    """Compute the official scores of the VIEWS prediction challenge again and compare every cell."""
    from forestall.evaluation.official import compare_official

    found = compare_official(folder)
    rows = [row._asdict() for row in found]
    largest = max(row.largest_difference for row in found)
    if terminal().as_json:
        emit({"files": len(found), "largest_difference": largest, "comparisons": rows})
        return
    show_table(rows, "official scores")
    answer(f"{len(found)} files, largest difference {largest:.2g}")


@score_app.command("months")
def score_months(
    country: Annotated[list[str], typer.Option("--country", help="ISO3 code; may be given again.")],
    panel: Panel = None,
    borders: Borders = None,
    first: Annotated[
        str, typer.Option("--from", help="First month at whose end a forecast is made.")
    ] = "2018-01",
    last: Annotated[str, typer.Option("--to", help="Last month.")] = "2023-12",
    out: Annotated[Path | None, typer.Option("--out", help="CSV file to write.")] = None,
) -> None:
    """Say month by month what the default model gave to chosen countries, and its rank."""
    from forestall.evaluation.first_crisis import month_by_month
    from forestall.evaluation.reports import month_of

    opened, _ = _open(panel, borders)
    table = month_by_month(opened, country, month_of(first), month_of(last))
    if out:
        from forestall.core.files import write_atomic

        write_atomic(out, table.write_csv())
        say(f"{out}: {table.height} rows")
    if terminal().as_json:
        emit(table.to_dicts())
    elif not out:
        show_table(table.to_dicts(), "chance of a month with 25 deaths or more within three months")


@fit_app.command("warn")
def fit_warn(
    out: Annotated[Path, typer.Option("--out", help="Folder for the artefacts, one file a cut-off.")],
    panel: Panel = None,
    borders: Borders = None,
    years: Annotated[str, typer.Option("--years", help="Years whose December is a cut-off.")] = "2009:2023",
    data: Annotated[
        str, typer.Option("--data", help="What the data are, for the card: source, release, licence.")
    ] = (
        "UCDP Georeferenced Event Dataset, state-based deaths by country and month, release 24.1, "
        "CC BY 4.0 (Sundberg and Melander 2013; Davies, Engstrom, Pettersson and Oberg 2024)"
    ),
) -> None:
    """Fit the default model at each yearly cut-off and write the artefacts with their cards."""
    from forestall.evaluation.reports import parse_years
    from forestall.warning.artefacts import save_artefact
    from forestall.warning.making import make_artefacts

    opened, findings = _open(panel, borders)
    card = {"data": data, "findings": [finding["message"] for finding in findings]}
    written = [save_artefact(artefact, out) for artefact in make_artefacts(opened, parse_years(years), card)]
    lines = "\n".join(f"{path} ({path.stat().st_size / 1024:.0f} KiB)" for path in written)
    told(lines, artefacts=[str(path) for path in written])


def _cast(panel: Path | None, borders: Path | None, first: str, last: str, within: int) -> Any:
    """Give odds month by month over a panel."""
    from forestall.evaluation.hindcast import hindcast
    from forestall.evaluation.history import history
    from forestall.evaluation.reports import month_of

    opened, _ = _open(panel, borders)
    end = min(month_of(last), opened.last_month + 1)
    shipped = history(opened, month_of(first), end, within) if panel is None and borders is None else None
    return shipped or hindcast(opened, month_of(first), end, within)


@fit_app.command("history")
def fit_history(
    out: Annotated[Path, typer.Option("--out", help="Parquet file to write.")],
    within: Annotated[list[int], typer.Option("--within", help="Months ahead; may be given again.")],
    panel: Panel = None,
    first: First = "2010-01",
    last: Last = "2023-12",
) -> None:
    """Make the odds of every month for all countries once, so that triggers have a history at hand."""
    import io

    from forestall.core.files import write_atomic
    from forestall.evaluation.hindcast import hindcast
    from forestall.evaluation.history import history_table
    from forestall.evaluation.reports import month_of

    opened, _ = _open(panel, None)
    casts = {window: hindcast(opened, month_of(first), month_of(last), window) for window in within}
    table, buffer = history_table(casts), io.BytesIO()
    table.write_parquet(buffer, compression="zstd", compression_level=15)
    write_atomic(out, buffer.getvalue())
    told(f"{out}: {table.height} odds", out=str(out), rows=table.height)


@trigger_app.command("report")
def trigger_report(
    crisis: Annotated[str, typer.Argument(metavar="CRISIS", help="Folder of a crisis, or a shipped one.")],
    panel: Panel = None,
    borders: Borders = None,
    trigger: Annotated[str | None, typer.Option("--trigger", help="Identifier; all where not given.")] = None,
    alerts: Annotated[
        Path | None,
        typer.Option("--alerts", help="Alerts of another system: iso3, indicator_id, date, alert_level."),
    ] = None,
    first: First = "2010-01",
    last: Last = "2023-12",
) -> None:
    """Report what a crisis's triggers on monthly odds or deaths would have done."""
    from forestall.crisis import open_crisis
    from forestall.evaluation import triggers

    table = open_crisis(crisis)["triggers"]
    chosen = [one for one in triggers.monthly_triggers(table) if trigger in (None, one.name)]
    published = _alert_table(alerts)
    casts: dict[int, Any] = {}
    reports = []
    for one in chosen:
        within = triggers.window_of(table, one.name)
        if within not in casts:
            casts[within] = _cast(panel, borders, first, last, within)
        reports.append({"within_months": within, **triggers.trigger_report(one, casts[within], published)})
    if terminal().as_json:
        emit({"reports": reports})
        return
    for report in reports:
        _show_report(report)
    if not reports:
        say("no trigger of the crisis looks at p_event or deaths_month of a country")


def _alert_table(path: Path | None) -> Any:
    """Read the alerts of another system."""
    import polars as pl

    return None if path is None else pl.read_csv(path, infer_schema_length=None)


def _show_report(report: dict[str, Any]) -> None:
    """Show one trigger on one page."""
    keys = ("activation_a_year", "right", "caught")
    rows = [
        {"group": name, **{key: _span(group[key], group[f"{key}90"]) for key in keys}}
        for name, group in report["groups"].items()
    ]
    show_table(
        rows, f"{report['trigger']}: {report['country']} >= {report['threshold']:g}, {report['period']}"
    )
    values = [
        {"group": name, **{ratio: _value(one) for ratio, one in group["value"].items()}}
        for name, group in report["groups"].items()
    ]
    show_table(values, "economic value by cost over loss, a perfect forecast being 1")
    show_table(report["activations"], "activations in its own country")
    lead, cost = report["lead_time"], report["yearly_cost"]
    months = lead.get("months_to_the_event_month", {}).get("median")
    answer(f"return period {report['return_period_years']:.1f} years")
    answer(f"months from activation to the event, all countries: {months or 'no case'}")
    answer(f"share with time enough for the actions: {lead.get('share_with_time_enough')}")
    for wish in report["thresholds"]:
        answer(f"to activate once in {wish['return_period_years']} years or less often: {wish['says']}")
    answer(f"yearly cost: {'no money agreed' if cost['money'] is None else cost['money']}")
    answer(f"months before an event that were missed: {', '.join(report['missed']) or 'none'}")
    for alert in report["alerts"] or []:
        answer(f"alert of another system: {alert}")


def _value(one: dict[str, Any]) -> str:
    """Write a value with its interval."""
    if one["value"] != one["value"]:
        return "no case"
    span = one["interval90"]
    return f"{one['value']:.2f}" + (f" ({span[0]:.2f} to {span[1]:.2f})" if span else "")


def _span(value: float, interval: Any) -> str:
    low, high = interval
    return f"{value:.1%} ({low:.1%} to {high:.1%})" if value == value else "no case"  # noqa: PLR0124


@trigger_app.command("design")
def trigger_design(
    cost_loss: Annotated[
        float,
        typer.Option("--cost-loss", min=0.001, max=0.999, help="Cost of acting over the loss it averts."),
    ],
    panel: Panel = None,
    borders: Borders = None,
    within: Annotated[int, typer.Option("--within", min=1, max=24, help="Months ahead.")] = 3,
    first: First = "2010-01",
    last: Last = "2023-12",
) -> None:
    """Find the odds from which acting is worth it, or say that none are."""
    from forestall.evaluation import triggers
    from forestall.evaluation.hindcast import STRATA

    cast = _cast(panel, borders, first, last, within)
    groups = ("all countries", *STRATA)
    found = [triggers.design_threshold(cast, cost_loss, group) for group in groups]
    if terminal().as_json:
        emit({"within_months": within, "designs": found})
        return
    for design in found:
        answer(f"{design['stratum']}: {design['says']}")
