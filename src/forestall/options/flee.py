"""The settings that the peer's rules read, closed and frozen."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ConflictDriven(BaseModel):
    """People leave at a rate per conflict and day, independent of any count.

    Parameters
    ----------
    spawn_mode : {"constant", "pop_ratio", "poisson"}
        The rate times the strength; the rate times population and strength; a Poisson number
        with mean rate times strength.
    displaced_per_conflict_day : float
        The rate, in people a day or as a share of the population a day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    spawn_mode: Literal["constant", "pop_ratio", "poisson"] = "constant"
    displaced_per_conflict_day: float = Field(500.0, ge=0)


class FleeSettings(BaseModel):
    """Settings of the peer under their own names; what each means stands in reading/settings.csv.

    Examples
    --------
    >>> FleeSettings().max_move_speed
    360.0
    >>> FleeSettings(softening=50).softening
    50.0
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    take_from_population: bool = False
    insert_day0: bool = True
    empty_camps_on_day0: bool = False
    conflict_zone_spawning_only: bool = True
    sum_from_camps: bool = True
    conflict_spawn_decay: tuple[float, ...] = ()
    conflict_spawn_decay_interval: int = Field(30, ge=1)
    conflict_driven_spawning: ConflictDriven | None = None
    camps_are_sinks: bool = False
    camps_are_sicks: bool = False
    max_move_speed: float = Field(360.0, gt=0)
    max_walk_speed: float = Field(35.0, gt=0)
    foreign_weight: float = Field(1.0, ge=0)
    camp_weight: float = Field(1.0, ge=0)
    conflict_weight: float = Field(1.0 / 3.16227766017, ge=0)
    conflict_movechance: float = Field(1.0, ge=0)
    camp_movechance: float = Field(0.001, ge=0)
    idpcamp_movechance: float = Field(0.1, ge=0)
    default_movechance: float = Field(0.3, ge=0)
    awareness_level: int = Field(1, ge=0, le=5)
    capacity_buffer: float = Field(0.9, ge=0, le=1)
    capacity_scaling: float = Field(1.0, ge=0)
    avoid_short_stints: bool = False
    start_on_foot: bool = False
    softening: float = Field(10.0, ge=0)
    weight_softening: float = Field(0.0, ge=0)
    weight_power: float = 1.0
    distance_power: float = 1.0
    stay_close_to_home: bool = False
    home_distance_power: float = 0.5
    use_pop_for_loc_weight: bool = False
    pop_power_for_loc_weight: float = 0.1
    movechance_pop_base: float = Field(10000.0, gt=0)
    movechance_pop_scale_factor: float = 0.0
    pruning_threshold: float = 1.0
    use_v1_rules: bool = False
    hasten: int = Field(1, ge=1)

    def effective(self) -> FleeSettings:
        """Return the settings with those of the first version in force where they are asked for.

        Examples
        --------
        >>> FleeSettings(use_v1_rules=True).effective().max_move_speed
        200.0
        """
        if not self.use_v1_rules:
            return self
        first = {"max_move_speed": 200.0, "camp_weight": 2.0, "conflict_weight": 0.25}
        return self.model_copy(update={**first, "start_on_foot": False, "avoid_short_stints": False})
