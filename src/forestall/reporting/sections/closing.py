"""What the runs assume, where rows come from, what is withheld and what the tool cannot say."""

from collections.abc import Sequence

from forestall.reporting.blocks import Block, Box, Bullets, Heading, Table, text
from forestall.reporting.cite import link
from forestall.reporting.desk import Desk
from forestall.reporting.disclosure import last_day_spoken_of
from forestall.reporting.writing import exact, percent, sentence

CANNOT = (
    (
        "Whether violence will come. It gives odds; an unlikely thing happens about as often as the odds "
        "say, and the record of such odds is short."
    ),
    (
        "Why people decide to fight, stop or negotiate. The odds rest on past deaths, not on intentions, "
        "and cannot see a decision made in private."
    ),
    (
        "Who is to blame, what an act should be called, or what would have happened without it. It says "
        "under which assumptions unmet need would have been averted, never that an act would have "
        "prevented violence."
    ),
    (
        "How any one person or family fares. It counts people in groups; it holds nobody's name and must "
        "not be used to find anyone."
    ),
    "What nobody recorded. Missing reports are marked as not known; they are not zero and not safe.",
    "What is true where sources disagree. Competing figures stand beside each other, with who says so.",
    (
        "Whether leaving is voluntary or safe, or whether return is possible. Any plan that moves people "
        "must ask this of the people themselves."
    ),
    (
        "How severe the needs are in the sense of a joint assessment. Mechanical figures are not endorsed "
        "by anyone; people decide."
    ),
)


def show_assumptions(desk: Desk) -> Sequence[Block]:
    """Return the priors and assumptions behind the run."""
    body = tuple(
        (
            sentence(r["name"].replace("_", " ")),
            r["distribution"],
            " ".join(part for part in (r["value"], r["unit"]) if part) or "see the prior",
            r["source"],
            r["known"],
        )
        for r in desk.frame("assumptions").iter_rows(named=True)
    )
    head = ("What", "Prior", "Value", "Where it comes from", "Why it could be known then")
    said = (
        "Each row says where a number comes from and why it could be known at the moment; read them as "
        "the weakest part of the run."
    )
    return [text(said), Table("Priors and assumptions", head, body, folded=len(body) > 12)]


def show_sources(desk: Desk) -> Sequence[Block]:
    """Return the sources of the rows used, their terms and their addresses."""
    if desk.has("terms"):
        used = {r["source"]: r["rows"] for r in desk.frame("terms").iter_rows(named=True)}
    else:
        used = {}
    body = []
    for r in desk.frame("sources").iter_rows(named=True):
        if used and r["source"] not in used:
            continue
        body.append(
            (
                r["publisher"],
                link(r.get("url"), r["title"] or r["source"]),
                r["licence"],
                r["redistribution"],
                exact(used[r["source"]]) if used else None,
            )
        )
    head = ("Publisher", "Title", "Licence", "May rows be passed on", "Rows used")
    return [
        text(
            "Rows travel with the terms of their source. Addresses are plain links: nothing is loaded "
            "from them."
        ),
        Table("Sources and terms", head, tuple(body), numeric=(4,), folded=len(body) > 20),
    ]


def show_limits(desk: Desk) -> Sequence[Block]:
    """Return what the tool cannot say, and what this brief withholds."""
    return [Bullets(CANNOT), Heading("What this brief withholds"), _withheld(desk)]


def _withheld(desk: Desk) -> Block:
    """Return what is left out, why, and how to show it."""
    if desk.detail:
        return text(
            f"Nothing. The results speak of days up to {desk.day(last_day_spoken_of(desk.crisis))}, over "
            "a year ago, and crisis.toml allows detail below the first admin level."
        )
    why = (
        "crisis.toml does not allow it"
        if not desk.options.public_detail
        else (
            f"the results speak of days up to {desk.day(last_day_spoken_of(desk.crisis))}, less than a "
            "year before this brief was made"
        )
    )
    return Box(
        "withheld",
        "Withheld",
        (
            (
                "A forecast of where people walk, how long a queue is or how long a town can hold out can "
                "help those who would harm them. So this brief leaves out flows and queues by corridor, "
                "hours of waiting, arrivals and gaps by place, sites, and days until supplies run out."
            ),
            (
                f"They are left out because {why}. To show them: set public_detail = true in the section "
                "[report] of crisis.toml; it takes effect only where all that the results speak of lies "
                "over a year back. The tables of the run hold them; treat those as restricted."
            ),
        ),
    )


def show_method(desk: Desk) -> Sequence[Block]:
    """Return how the brief was made: moment, seed, draws and the options of each stage."""
    settings = desk.crisis.settings
    rows = [
        ("Crisis", settings.title),
        ("Moment of knowledge", desk.when(desk.moment) if desk.moment else "none set: every row is used"),
        ("Mode", desk.crisis.mode or "no moment set"),
        ("Seed", str(desk.crisis.plan.seed)),
        ("Time zone", settings.zone),
    ]
    if desk.has("episodes"):
        frame = desk.frame("episodes")
        share = int(frame["happens"].sum()) / frame.height
        rows += [("Draws", exact(frame.height)), ("Draws in which it happens", percent(share))]
    body = tuple((name, value) for name, value in rows)
    said = (
        "warning x people exposed x propensity to flee x corridors = arrivals; arrivals x standards - "
        "supplies = gaps; gaps x lead time x commitments = what to do now."
    )
    return [text(said), Table("This run", ("What", "Value"), body)]
