"""The five stages in order: what each reads, what each writes, and the function that does it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from forestall.core.errors import UsageError
from forestall.core.names import nearest
from forestall.options import MODELS
from forestall.schema import load_schema

if TYPE_CHECKING:
    import polars as pl
    from pydantic import BaseModel

    from forestall.crisis import Crisis


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: verb, package, tables read, options.

    The tables written are those whose ``written_by`` in the schema names the verb.
    """

    verb: str
    package: str
    says: str
    reads: tuple[str, ...]

    @property
    def writes(self) -> tuple[str, ...]:
        """The tables the stage writes."""
        return tuple(name for name, table in load_schema().items() if table.written_by == self.verb)

    @property
    def function(self) -> "Callable[[Crisis, BaseModel], Mapping[str, pl.DataFrame]]":
        """The pure function: crisis and options in, new tables out."""
        module = import_module(f"forestall.{self.package}.stage")
        return cast("Callable[[Crisis, BaseModel], Mapping[str, pl.DataFrame]]", getattr(module, self.verb))

    @property
    def options(self) -> "type[BaseModel]":
        """The frozen model of the stage's options."""
        return MODELS[self.verb]


STAGES: tuple[Stage, ...] = (
    Stage(
        "record",
        "recording",
        "what is known, how fresh it is and what is missing",
        tuple(name for name, table in load_schema().items() if table.kind != "result"),
    ),
    Stage(
        "warn",
        "warning",
        "the odds of deaths by month ahead",
        ("deaths", "events", "control", "actors", "places"),
    ),
    Stage(
        "displace",
        "displacement",
        "how many flee, where, by which road, when",
        (
            "places",
            "corridors",
            "corridor_status",
            "population",
            "priors",
            "control",
            "events",
            "deaths",
            "actors",
            "counts",
            "destination_shares",
            "movements",
            "sites",
            "site_status",
            "departures",
            "intensity",
            "stocks",
            "outlook",
        ),
    ),
    Stage(
        "prepare",
        "preparedness",
        "what they need, what is there, what is missing",
        (
            "places",
            "corridors",
            "corridor_status",
            "standards",
            "supplies",
            "items",
            "inflows",
            "closure_items",
            "demography",
            "access",
            "sites",
            "site_status",
            "episodes",
            "presence",
        ),
    ),
    Stage(
        "act",
        "action",
        "who can act, what was promised, what was done",
        (
            "corridor_status",
            "events",
            "access",
            "deaths",
            "counts",
            "actors",
            "ties",
            "agreements",
            "provisions",
            "provision_status",
            "commitments",
            "commitment_status",
            "triggers",
            "indicators",
            "risks",
            "warning_odds",
            "arrivals_summary",
            "gaps",
            "needs",
            "items",
        ),
    ),
)


def stage_of(verb: str) -> Stage:
    """Return a stage by its verb.

    Examples
    --------
    >>> stage_of("warn").writes[0]
    'outlook'
    """
    by_verb = {stage.verb: stage for stage in STAGES}
    if verb not in by_verb:
        raise UsageError(f"unknown stage {verb!r}; nearest: {nearest(verb, by_verb) or ', '.join(by_verb)}")
    return by_verb[verb]


def options_for(stage: Stage, crisis: "Crisis", **given: Any) -> "BaseModel":
    """Return a stage's options: what is given, else the plan of the crisis.

    Raises
    ------
    CrisisError
        With a finding for every key that is unknown or of the wrong type.
    """
    return _with_given(crisis, stage, given).plan.section(stage.verb)


def _with_given(crisis: "Crisis", stage: Stage, given: "Mapping[str, Any]") -> "Crisis":
    """Return the crisis whose plan holds the options given for a stage."""
    there = {name: value for name, value in given.items() if value is not None}
    return crisis.with_options(stage.verb, **there) if there else crisis


def run_stage(crisis: "Crisis", verb: str, **options: Any) -> "Crisis":
    """Return the crisis with the tables that a stage adds.

    Parameters
    ----------
    crisis : Crisis
        With a moment of knowledge.
    verb : str
        Name of the stage.
    **options
        Fields of the stage's options model.
    """
    stage = stage_of(verb)
    crisis.moment  # noqa: B018 - raises where no moment is set
    planned = _with_given(crisis, stage, options)
    return planned.with_tables(stage.function(planned, planned.plan.section(verb)))


def warn(crisis: "Crisis", **options: Any) -> "Crisis":
    """Add the odds of deaths by month ahead; options as in ``WarnOptions``."""
    return run_stage(crisis, "warn", **options)


def record(crisis: "Crisis", **options: Any) -> "Crisis":
    """Add freshness, gaps and terms of what is known; options as in ``RecordOptions``."""
    return run_stage(crisis, "record", **options)


def displace(crisis: "Crisis", **options: Any) -> "Crisis":
    """Add how many flee, where, by which road and when; options as in ``DisplaceOptions``."""
    return run_stage(crisis, "displace", **options)


def prepare(crisis: "Crisis", **options: Any) -> "Crisis":
    """Add needs, gaps and planning figures; options as in ``PrepareOptions``."""
    return run_stage(crisis, "prepare", **options)


def act(crisis: "Crisis", **options: Any) -> "Crisis":
    """Add activations, the response and who depends on whom; options as in ``ActOptions``."""
    return run_stage(crisis, "act", **options)
