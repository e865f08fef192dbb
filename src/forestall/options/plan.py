"""The plan of a run: every option of every section, resolved once, frozen, and the same for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forestall.core.errors import CrisisError, Finding
from forestall.options.act import ActOptions
from forestall.options.alert import AlertOptions
from forestall.options.displace import DisplaceOptions
from forestall.options.earlier import EarlierOptions
from forestall.options.faults import option_findings
from forestall.options.prepare import PrepareOptions
from forestall.options.record import RecordOptions
from forestall.options.report import ReportOptions
from forestall.options.warn import WarnOptions

Sections = Mapping[str, Mapping[str, Any]]
"""Values by section and name, as crisis.toml or a command gives them."""

MODELS: Mapping[str, type[BaseModel]] = {
    "record": RecordOptions,
    "warn": WarnOptions,
    "displace": DisplaceOptions,
    "prepare": PrepareOptions,
    "act": ActOptions,
    "report": ReportOptions,
    "earlier": EarlierOptions,
    "alert": AlertOptions,
}


class Plan(BaseModel):
    """All options a run goes by, section by section; made once, never changed.

    Examples
    --------
    >>> Plan(seed=7).warn.event_deaths
    25
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: Annotated[int, Field(ge=0, description="seed of all random streams")] = 1
    draws: Annotated[int, Field(ge=1, le=100_000, description="sampled futures")] = 1000
    record: RecordOptions = RecordOptions()
    warn: WarnOptions = WarnOptions()
    displace: DisplaceOptions = DisplaceOptions()
    prepare: PrepareOptions = PrepareOptions()
    act: ActOptions = ActOptions()
    report: ReportOptions = ReportOptions()
    earlier: EarlierOptions = EarlierOptions()
    alert: AlertOptions = AlertOptions()

    def section(self, name: str) -> BaseModel:
        """Return the options of one section.

        Examples
        --------
        >>> Plan().section("prepare").lead_time
        '14 days'
        """
        found: BaseModel = getattr(self, name)
        return found

    def as_sections(self) -> dict[str, dict[str, Any]]:
        """Return what crisis.toml must say besides seed and draws so that this is its plan.

        Examples
        --------
        >>> Plan().changed({"warn": {"event_deaths": 100}}).as_sections()
        {'warn': {'event_deaths': 100}}
        """
        plain = resolve({}, seed=self.seed, draws=self.draws).model_dump()
        mine = self.model_dump()
        chosen = {
            name: {k: v for k, v in mine[name].items() if v != plain[name][k] and v is not None}
            for name in MODELS
        }
        return {name: values for name, values in chosen.items() if values}

    def changed(
        self, given: Sections | None = None, *, seed: int | None = None, draws: int | None = None
    ) -> Plan:
        """Return the plan with some options chosen anew; seed and draws hold for every section.

        Raises
        ------
        CrisisError
            With a finding for every option that is unknown or cannot be.

        Examples
        --------
        >>> Plan().changed({"warn": {"event_deaths": 100}}, seed=7).warn.seed
        7
        """
        if not given and seed is None and draws is None:
            return self
        everywhere: dict[str, int] = {k: v for k, v in (("seed", seed), ("draws", draws)) if v is not None}
        as_they_are = {name: dict(self.section(name)) for name in MODELS}
        chosen = {**{name: {} for name in MODELS}, **{k: dict(v) for k, v in (given or {}).items()}}
        merged = {
            name: {**as_they_are.get(name, {}), **_having(name, everywhere), **values}
            for name, values in chosen.items()
        }
        top = {"seed": self.seed, "draws": self.draws, **everywhere}
        return resolve(merged, **top)


def resolve(sections: Sections, *, seed: int = 1, draws: int = 1000) -> Plan:
    """Return the plan: what the sections give, then seed and draws of the whole, then the defaults.

    Parameters
    ----------
    sections : mapping
        Values by section and name; sections that are no sections of options are refused.
    seed, draws : int
        Of every section that does not choose its own.

    Raises
    ------
    CrisisError
        With a finding for every option, of any section, that is unknown or cannot be.

    Examples
    --------
    >>> resolve({"displace": {"horizon": "90 days"}}, seed=3).displace.seed
    3
    """
    chosen: dict[str, BaseModel] = {}
    findings: list[Finding] = []
    for name, model in MODELS.items():
        values = {**_having(name, {"seed": seed, "draws": draws}), **sections.get(name, {})}
        try:
            chosen[name] = model(**values)
        except ValidationError as error:
            findings += option_findings(error, model, unknown=f"unknown option of {name}", section=name)
    if findings:
        raise CrisisError(findings)
    return Plan(seed=seed, draws=draws, **chosen)


def _having(section: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a section has an option for."""
    fields = MODELS[section].model_fields if section in MODELS else {}
    return {name: value for name, value in values.items() if name in fields}
