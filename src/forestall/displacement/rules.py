"""The rules of ``forestall`` as a list: what each says, its parameters, its reference."""

from __future__ import annotations

from dataclasses import dataclass

from forestall.displacement.priors import Prior, load_priors


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of movement.

    Parameters
    ----------
    name : str
        Name; the test of the rule is ``test_rule_<name>``.
    says : str
        The rule in words or as a formula.
    parameters : tuple of str
        Parameters, by their names in ``priors.csv``, which gives unit, prior and source.
    reference : str
        Where it comes from.
    module : str
        Where it is worked out.
    """

    name: str
    says: str
    parameters: tuple[str, ...]
    reference: str
    module: str

    @property
    def priors(self) -> tuple[Prior, ...]:
        """The priors of the parameters."""
        return tuple(load_priors()[name] for name in self.parameters)


COX = "Cox (1972), doi:10.1111/j.2517-6161.1972.tb00899.x"
OWN = "own rule, stated in the docs page displace"

FORESTALL_RULES: tuple[Rule, ...] = (
    Rule(
        "exposure",
        "People of the exposed places: a position in the mixture of the estimates known by the moment.",
        ("population",),
        OWN,
        "exposure",
    ),
    Rule(
        "onset",
        "A wave under way goes on; else it begins in the first month of the outlook with an event.",
        ("reaches_area",),
        OWN,
        "onset",
    ),
    Rule(
        "reach",
        "Each place is reached with the drawn share as its chance; at least one is.",
        ("reached",),
        OWN,
        "futures",
    ),
    Rule(
        "reopening",
        "Shut corridors open after a lognormal delay, or never; P(delay > s | delay > e) = S(s) / S(e).",
        ("reopening_days", "reopening_never"),
        OWN,
        "onset",
    ),
    Rule(
        "share_that_leaves",
        "Binomial(people, share), with a smaller share where violence does not reach.",
        ("share_leaving", "far_share"),
        OWN,
        "futures",
    ),
    Rule(
        "control_given_up",
        "Of places that changed hands, or whose holders give them up or lose them: a share of its own.",
        ("share_leaving_lost", "control_lost"),
        OWN,
        "control",
    ),
    Rule(
        "raids_and_insecurity",
        "Without a wave: a monthly share by place, as in months of long wars elsewhere.",
        ("raids_share",),
        OWN,
        "unrest",
    ),
    Rule(
        "closure_without_fighting",
        "Of places cut off without a wave: the share gone after thirty days in named cases.",
        ("closure_share",),
        OWN,
        "unrest",
    ),
    Rule(
        "conflict_near",
        "Pace of leaving 1 / (24 days_to_leave) per hour in places reached, times the given intensity.",
        ("days_to_leave",),
        COX,
        "departure",
    ),
    Rule("conflict_far", "That pace times far_pace in places not reached.", ("far_pace",), COX, "departure"),
    Rule(
        "closure",
        "People who decided wait at home while no route is open; the pace is multiplied once one opens.",
        ("reopening_hurry",),
        OWN,
        "departure",
    ),
    Rule(
        "fear",
        "The pace rises by fear * base pace * share of the neighbours that has left.",
        ("fear",),
        "Granovetter (1978), doi:10.1086/226707",
        "departure",
    ),
    Rule(
        "announced_end",
        "The pace is multiplied in the hours before the announced closure of a corridor.",
        ("ending_hurry",),
        OWN,
        "departure",
    ),
    Rule(
        "route_choice",
        "Logit over the k cheapest routes on the whole open network.",
        ("route_sensitivity", "danger_hours"),
        "McFadden (1974); Yen (1971), doi:10.1287/mnsc.17.11.712; Dijkstra (1959), doi:10.1007/BF01386390",
        "routes",
    ),
    Rule(
        "corridor_queue",
        "People leave a corridor at most at vehicles per hour times people per vehicle, in order of arrival.",
        (
            "capacity_trunk",
            "capacity_paved",
            "capacity_mountain",
            "capacity_local",
            "capacity_track",
            "capacity_other",
            "capacity_crossing",
            "restricted_capacity",
            "capacity_drift",
            "people_per_vehicle",
        ),
        "Vickrey (1969), American Economic Review 59(2), 251-260",
        "queues",
    ),
    Rule(
        "coming_into_use",
        "A corridor that was shut has 1 - exp(-h / opening_hours) of its capacity h hours after it opens.",
        ("opening_hours",),
        OWN,
        "movement",
    ),
    Rule(
        "spill_back",
        "A corridor holds km * lanes * jam density vehicles; full, it holds up those before it.",
        ("jam_density",),
        "Daganzo (1994), doi:10.1016/0191-2615(94)90002-7",
        "queues",
    ),
    Rule(
        "walking",
        "People without a vehicle walk where the way is short enough, without using capacity.",
        ("without_vehicle",),
        OWN,
        "futures",
    ),
    Rule(
        "reception",
        "People stay at first reception for a mean number of hours; above its limit they go on at once.",
        ("stay_hours",),
        OWN,
        "sites",
    ),
    Rule(
        "hosts",
        "People spread over hosts with room by Dirichlet shares around those of an earlier wave.",
        ("shares_concentration",),
        "Johnson, Kotz and Balakrishnan (2000), doi:10.1002/0471722065",
        "sites",
    ),
    Rule(
        "return",
        "If return becomes possible, people return from hosts at a constant rate after a delay.",
        ("return_possible", "return_after_days", "return_rate"),
        OWN,
        "sites",
    ),
    Rule(
        "counts",
        "Draws are moved to agree with the counts of arrivals known by the moment.",
        (),
        "Del Moral, Doucet and Jasra (2006), doi:10.1111/j.1467-9868.2006.00553.x",
        "assimilation",
    ),
    Rule(
        "destinations",
        "Inside or abroad by a drawn share, then the place by travel time, size and ties (nested logit).",
        ("inside_share", "distance_decay", "pull_size", "pull_ties", "pull_spread"),
        "McFadden (1978); Simini (2012), doi:10.1038/nature10856",
        "destinations",
    ),
    Rule(
        "counted_wave",
        "From what was counted on: log-logistic pace over a steady one, with lasting deviations.",
        (
            "wave_days",
            "wave_shape",
            "steady_rate",
            "pace_noise",
            "pace_memory",
            "pace_trend",
            "trend_memory",
            "counting_error",
            "shares_drift",
        ),
        "Bennett (1983), doi:10.2307/2347295; Kalman (1960), doi:10.1115/1.3662552",
        "wave",
    ),
)
