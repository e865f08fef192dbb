"""The sections of the brief in the order in which a person asks: what, who, where, when, what now."""

from forestall.reporting.section import Section
from forestall.reporting.sections.action import show_response, show_ties, show_timeline
from forestall.reporting.sections.ahead import show_claims, show_risks
from forestall.reporting.sections.arrivals import show_arrivals, show_places
from forestall.reporting.sections.caseloads import show_caseloads
from forestall.reporting.sections.closing import show_assumptions, show_limits, show_method, show_sources
from forestall.reporting.sections.closure import show_closure
from forestall.reporting.sections.earlier import show_earlier, show_options, show_plan, show_sensitivity
from forestall.reporting.sections.ground import show_map
from forestall.reporting.sections.known import show_known
from forestall.reporting.sections.needs import show_gaps, show_severity
from forestall.reporting.sections.now import show_now
from forestall.reporting.sections.odds import show_odds
from forestall.reporting.sections.people import show_before, show_exposed
from forestall.reporting.sections.promises import show_ledger, show_leverage, show_provisions
from forestall.reporting.sections.road import show_road
from forestall.reporting.sections.triggers import show_triggers
from forestall.reporting.sections.verdict import show_verdict

SECTIONS: tuple[Section, ...] = (
    Section(
        "now",
        "What to do now",
        ("triggers",),
        show_now,
        "Which actions are due, who agreed to them, and how long do they take?",
    ),
    Section(
        "verdict",
        "Where this replay was right and wrong",
        (),
        show_verdict,
        "How does it compare with what happened?",
        replays=True,
    ),
    Section("known", "What was known, and what was not", (), show_known, "What does this brief rest on?"),
    Section(
        "odds",
        "The odds of violence",
        ("warning_odds",),
        show_odds,
        "How likely is it, and how good have such odds been?",
    ),
    Section("exposed", "The people exposed", ("population",), show_exposed, "How many people live there?"),
    Section(
        "map", "Places and corridors", ("places", "corridors"), show_map, "By which roads could people leave?"
    ),
    Section(
        "arrivals",
        "How many would arrive, and when",
        ("arrivals_summary",),
        show_arrivals,
        "How many people should be expected?",
    ),
    Section(
        "places",
        "Where they would arrive",
        ("arrivals_summary",),
        show_places,
        "Which areas would receive them?",
    ),
    Section(
        "road",
        "On the road",
        ("road_summary",),
        show_road,
        "How many would be under way, and how long would they wait?",
    ),
    Section(
        "caseloads",
        "How many to plan for",
        ("caseloads",),
        show_caseloads,
        "Which figure should a plan use, and who are the people?",
    ),
    Section("gaps", "What would be missing", ("gaps",), show_gaps, "Which supplies fall short, by sector?"),
    Section(
        "severity",
        "People in need",
        ("people_in_need",),
        show_severity,
        "How many would need help, by sector?",
        optional=True,
    ),
    Section(
        "closure",
        "Inside the closed area",
        ("closure_exhaustion",),
        show_closure,
        "How long would supplies last?",
        optional=True,
    ),
    Section(
        "plan",
        "What to place where before",
        ("plan",),
        show_plan,
        "Which supplies, placed before, would cut the gap most for the money?",
        optional=True,
    ),
    Section(
        "options",
        "Options with and without",
        ("options_effect",),
        show_options,
        "What would each option change, on the same draws?",
        optional=True,
    ),
    Section(
        "earlier",
        "What earlier action would have averted",
        ("earlier_averted",),
        show_earlier,
        "How much unmet need, under these assumptions?",
        optional=True,
    ),
    Section(
        "sensitivity",
        "What to find out next",
        ("sensitivity",),
        show_sensitivity,
        "Which assumption moves the planning figures most?",
        optional=True,
    ),
    Section(
        "triggers",
        "Triggers",
        ("triggers",),
        show_triggers,
        "What did the thresholds say, when, and who agreed to them?",
    ),
    Section(
        "timeline",
        "Words and deeds",
        ("response_timeline",),
        show_timeline,
        "Who said and did what since the first public warning?",
    ),
    Section("response", "From warning to act", ("response_gap",), show_response, "How long did each take?"),
    Section("ties", "Who depends on whom", ("ties_table",), show_ties, "Who could withhold or give what?"),
    Section(
        "leverage",
        "Leverage",
        ("leverage_ranks",),
        show_leverage,
        "Who could withhold more than it would lose?",
        optional=True,
    ),
    Section(
        "ledger",
        "Promises",
        ("ledger_status",),
        show_ledger,
        "What was promised, by whom, and what of it was delivered?",
        optional=True,
    ),
    Section(
        "provisions",
        "Agreements",
        ("provisions_status",),
        show_provisions,
        "Which provisions were kept, and by whose account?",
        optional=True,
    ),
    Section(
        "risks",
        "Risks ahead",
        ("risks_register",),
        show_risks,
        "What else could happen, and how often has it?",
        optional=True,
    ),
    Section(
        "claims",
        "Claims checked",
        ("claims_verdicts",),
        show_claims,
        "What do the tables say of what people said?",
        optional=True,
    ),
    Section(
        "before",
        "Those who fled and died before",
        ("movements",),
        show_before,
        "What had both sides been through?",
    ),
    Section(
        "assumptions",
        "Assumptions",
        ("assumptions",),
        show_assumptions,
        "What was assumed, and why could it be known?",
    ),
    Section("sources", "Sources and terms", ("sources",), show_sources, "Where do the rows come from?"),
    Section("method", "How this brief was made", (), show_method),
    Section("limits", "What this tool cannot say", (), show_limits),
)
"""All sections; a new one is one more entry here."""
