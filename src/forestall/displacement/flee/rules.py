"""The peer's rules as a list of small objects, and its defects by name.

A rule set is a list of rules and the set of defects that it mends.  ``flee-3`` mends none and so
reproduces the peer; ``flee-3-intended`` mends all; any other set of names may be given.
"""

from __future__ import annotations

from dataclasses import dataclass

from forestall.core.errors import UsageError
from forestall.core.names import nearest

PEER = "Groen, D. et al., Flee 3 (2024), and Suleimenova, D., Bell, D., Groen, D. (2017), A generalized simulation development approach for predicting refugee destinations, doi:10.1038/s41598-017-13828-9"


@dataclass(frozen=True, slots=True)
class Defect:
    """Something the peer does although its own documentation or names say otherwise."""

    name: str
    peer: str
    mended: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it says, its parameters (settings and their units), where it comes from.

    Parameters
    ----------
    name : str
        Name; the test of the rule is ``test_rule_<name>``.
    says : str
        The rule in words or as a formula.
    parameters : tuple of str
        Settings it reads; units, defaults and meaning stand in flee_settings.csv.
    defects : tuple of Defect
        Defects that it reproduces unless they are mended.
    reference : str
        Where it comes from.
    """

    name: str
    says: str
    parameters: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()
    reference: str = PEER


RULES: tuple[Rule, ...] = (
    Rule(
        "place_types",
        "The type of a place, matched by part of the word in the order camp, conflict, forward, marker, flood_zone, town, sets its daily probability of leaving; a place with less than 0.005 is a camp.",
        ("conflict_movechance", "camp_movechance", "idpcamp_movechance", "default_movechance"),
    ),
    Rule(
        "conflict",
        "A place is a conflict zone while its column in the table of conflicts is above 1e-6; it is a town again after.",
        ("conflict_movechance", "default_movechance"),
        (
            Defect(
                "intensity_frozen_at_onset",
                "A change of strength while the conflict lasts is ignored.",
                "The strength is that of the day.",
            ),
        ),
    ),
    Rule(
        "decay",
        "The weight of a conflict is multiplied by element min(floor(days since onset / interval), last) of a list.",
        ("conflict_spawn_decay", "conflict_spawn_decay_interval"),
        (
            Defect(
                "decay_one_day_late",
                "Who leaves on a day is weighted with the decay of the day before, unless a conflict began or ended that day.",
                "The decay is that of the day.",
            ),
        ),
    ),
    Rule(
        "attractiveness",
        "score = foreign_weight (abroad) x camp_weight (camps) x conflict_weight^(strength x decay) (conflict zones).",
        ("foreign_weight", "camp_weight", "conflict_weight"),
    ),
    Rule(
        "path_weight",
        "w = [(weight_softening + score) / (softening + km)^distance_power x fullness]^weight_power.",
        (
            "softening",
            "weight_softening",
            "distance_power",
            "weight_power",
            "pruning_threshold",
            "use_pop_for_loc_weight",
            "pop_power_for_loc_weight",
        ),
    ),
    Rule(
        "stay_close_to_home",
        "The score is divided by max(1, great-circle distance from the present place)^home_distance_power.",
        ("stay_close_to_home", "home_distance_power"),
        (
            Defect(
                "latitude_taken_for_longitude",
                "Latitude and longitude change places in the great-circle distance.",
                "They do not.",
            ),
        ),
    ),
    Rule(
        "route_choice",
        "Every simple path of at most awareness_level places that are not markers is a candidate; one is drawn in proportion to its weight; people then follow it day by day. Before each link the link must exist and the destination must not be a camp with fullness below 0.5.",
        ("awareness_level",),
        (
            Defect(
                "forced_redirection_doubles",
                "A link with forced_redirection 1 is made twice and so has twice the weight.",
                "It is made once.",
            ),
            Defect(
                "awareness_0_stays",
                "At awareness level 0 nobody ever moves.",
                "A link is drawn with equal probabilities.",
            ),
        ),
    ),
    Rule(
        "camp_fullness",
        "C = 1 up to capacity_buffer x capacity, 0 from the capacity on, linear between; a capacity below 1 is no limit; nobody is turned out.",
        ("capacity_buffer", "capacity_scaling"),
        (
            Defect(
                "day0_counted_twice",
                "The people of day 0 are counted in the camp and also taken off its capacity; a camp that was full becomes unlimited.",
                "The capacity stays as given.",
            ),
        ),
    ),
    Rule(
        "departures_from_counts",
        "New people of a day = increase of the recorded counts less the debt of earlier decreases; they leave conflict zones in proportion to population x strength x decay.",
        ("sum_from_camps", "insert_day0", "empty_camps_on_day0", "conflict_zone_spawning_only", "hasten"),
        (
            Defect(
                "day0_departs_twice",
                "Without insert_day0 the total and the camps are added, about twice the people of day 0.",
                "Only one of the two is taken.",
            ),
        ),
    ),
    Rule(
        "departures_from_conflict",
        "New people of a day at each conflict zone: int(rate x strength), int(rate x population x strength) or Poisson(rate x strength).",
        ("conflict_driven_spawning",),
    ),
    Rule(
        "take_from_population",
        "Who leaves is taken off the population of the origin.",
        ("take_from_population",),
        (
            Defect(
                "more_leave_than_live_there",
                "People go on leaving a place whose population has reached 0 as long as the weights of the day say so.",
                "No more people leave than live there.",
            ),
        ),
    ),
    Rule(
        "move_chance",
        "A person in a place moves with its probability of leaving x (max(population, capacity) / movechance_pop_base)^movechance_pop_scale_factor; with probability 1 where a route is pending.",
        ("movechance_pop_base", "movechance_pop_scale_factor"),
    ),
    Rule(
        "daily_distance",
        "A person covers max_move_speed a day and, having arrived with less, may move on the same day.",
        ("max_move_speed",),
        (
            Defect(
                "fresh_day_on_every_link",
                "Every further link of a day is given a full day's distance, so that a day can reach almost twice that.",
                "Only what is left of the day; who cannot finish a link today has a whole day's credit on it with probability (what is left / a day), else none.",
            ),
        ),
    ),
    Rule(
        "walking",
        "The first link of a journey is walked (start_on_foot); on a link with walk_probability a day is walked with that probability.",
        ("start_on_foot", "max_walk_speed"),
    ),
    Rule(
        "short_stints",
        "With avoid_short_stints the recent-travel index r <- (r + km of the day / max_move_speed) / 2; who arrives in a town with (r + km today / max_move_speed) / 2 < 0.5 moves on at once.",
        ("avoid_short_stints",),
    ),
    Rule(
        "closures",
        "Borders (all links between two countries), locations (all links in and out) and camps (a camp is a town while closed) are closed from one day to another.",
        (),
        (
            Defect(
                "link_closures_do_nothing",
                "A closure of a single link has no effect.",
                "It closes both directions.",
            ),
            Defect(
                "closed_stays_closed_for_those_on_it",
                "Who was on a link when it closed is put back at its start on arrival, even after it opened again.",
                "After it opened again they arrive.",
            ),
        ),
    ),
    Rule(
        "sinks",
        "In camps that are sinks people stop being counted with the camp's deactivation_probability a day.",
        ("camps_are_sinks",),
        (
            Defect(
                "sinks_key_misspelt",
                "The setting is read from the key camps_are_sicks, so that camps_are_sinks does nothing.",
                "camps_are_sinks is read.",
            ),
        ),
    ),
)

DEFECTS: dict[str, Defect] = {defect.name: defect for rule in RULES for defect in rule.defects}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A named list of rules with the defects that it mends.

    Examples
    --------
    >>> rule_set("flee-3").mends("fresh_day_on_every_link")
    False
    >>> rule_set("flee-3-intended").mends("fresh_day_on_every_link")
    True
    """

    name: str
    rules: tuple[Rule, ...] = RULES
    mended: frozenset[str] = frozenset()

    def mends(self, defect: str) -> bool:
        """Return whether a defect is mended.

        Raises
        ------
        KeyError
            Where there is no such defect.
        """
        return DEFECTS[defect].name in self.mended


def rule_set(name: str) -> RuleSet:
    """Return a rule set by name.

    ``flee-3``, ``flee-3-intended``, or ``flee-3`` with defects mended one by one, as in
    ``flee-3+fresh_day_on_every_link``.

    Raises
    ------
    UsageError
        Where the name is unknown; the nearest is given.

    Examples
    --------
    >>> sorted(rule_set("flee-3+day0_counted_twice").mended)
    ['day0_counted_twice']
    """
    base, *mended = name.split("+")
    unknown = [defect for defect in mended if defect not in DEFECTS]
    if base == "flee-3" and not unknown:
        return RuleSet(name, mended=frozenset(mended))
    if name == "flee-3-intended":
        return RuleSet(name, mended=frozenset(DEFECTS))
    names = ["flee-3", "flee-3-intended", "forestall"]
    wrong, choices = (unknown[0], list(DEFECTS)) if unknown and base == "flee-3" else (name, names)
    hint = nearest(wrong, choices)
    known = "flee-3, flee-3-intended, flee-3+DEFECT with DEFECT one of " + ", ".join(DEFECTS)
    raise UsageError(
        f"unknown rules {wrong!r}" + (f"; nearest: {hint}" if hint else "") + f"; known: {known}"
    )
