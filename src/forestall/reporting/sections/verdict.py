"""Where the replay was right and where it was wrong, reckoned from counts known only later."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from forestall.core.moments import parse_moment
from forestall.reporting.blocks import Block, Box, Table, text
from forestall.reporting.charts.fan import Count
from forestall.reporting.desk import ARMS, Desk
from forestall.reporting.reckoning import AtPlace, Reckoning, by_place, counts_of, fan_of, reckon
from forestall.reporting.replay import in_words
from forestall.reporting.writing import UNKNOWN, exact, interval, percent, rounded, sentence
from forestall.schema.conventions import ALL

_DONE: "WeakKeyDictionary[Desk, list[Reckoning]]" = WeakKeyDictionary()


def reckonings(desk: Desk) -> list[Reckoning]:
    """Return the reckoning of each arm, worked out once; one alone where both are the same."""
    if desk not in _DONE:
        _DONE[desk] = _reckonings(desk)
    return _DONE[desk]


def _reckonings(desk: Desk) -> list[Reckoning]:
    """Work the reckonings out."""
    by = desk.options.replay_by
    end = parse_moment(by, desk.zone) if by is not None else None
    found = [r for arm in ARMS if (r := reckon(desk, arm, by=end)) is not None]
    if len(found) == 2 and (found[0].q05, found[0].q50, found[0].q95) == (
        found[1].q05,
        found[1].q50,
        found[1].q95,
    ):
        return found[1:]
    return found


def show_verdict(desk: Desk) -> Sequence[Block]:
    """Return the verdict on a replay, or why nothing can be compared."""
    found = reckonings(desk)
    places = _places(desk)
    if places and (not found or not _later(desk)):
        return [Box("later", "Known only later", (_at_places(places),)), _place_table(desk, places)]
    if not found or not _later(desk):
        return [
            text("No count became known after the moment, or no arrivals were forecast: nothing to compare.")
        ]
    if all(r.counted is None for r in found):
        return [Box("later", "Known only later", tuple(_beyond(desk, found[0])))]
    paragraphs = [p for r in found for p in _said(desk, r)]
    box = Box("later", "Known only later", tuple(paragraphs))
    return [box, _table(desk, found), *([_place_table(desk, places)] if len(places) > 1 else [])]


def _places(desk: Desk) -> list[AtPlace]:
    """Return each place beside its own counts, if it happens."""
    by = desk.options.replay_by
    end = parse_moment(by, desk.zone) if by is not None else None
    return next((rows for arm in reversed(ARMS) if (rows := by_place(desk, arm, by=end))), [])


def _at_places(places: Sequence[AtPlace]) -> str:
    """Return in words how the places compare, and why there is no total."""
    inside = sum(row.q05 <= row.counted <= row.q95 for row in places)
    known = [row.closer for row in places if row.closer is not None]
    beside = (
        f" The median was closer than the last count known then, held, at {sum(known)} of {len(known)}."
        if known
        else " No count was known at the moment."
    )
    return (
        f"At {inside} of {len(places)} places the count lies inside the replay's 90 % band, each compared "
        f"with its own counts.{beside} Other places of the replay were not counted: their sum is not "
        "held against a count."
    )


def _place_table(desk: Desk, places: Sequence[AtPlace]) -> Block:
    """Return each place beside its own count and the last count known then."""
    body = tuple(
        (
            desk.name(row.place),
            desk.when(row.at),
            rounded(row.q50),
            interval(row.q05, row.q95),
            exact(row.counted),
            exact(row.known) if row.known is not None else UNKNOWN,
            f"{row.inside} of {row.compared}",
        )
        for row in places
    )
    head = (
        *("Place", "By", "Median", "90 % band", "Counted (known only later)"),
        *("Last count known then", "Counts inside the band"),
    )
    return Table("By place: the replay beside its own counts", head, body, numeric=(2, 3, 4, 5))


def _later(desk: Desk) -> list[Count]:
    """Return the counts that became known after the moment."""
    return [count for count in counts_of(desk, desk.entry) if count.later]


def _beyond(desk: Desk, found: Reckoning) -> list[str]:
    """Return what to say when every count lies past the horizon."""
    counts = _later(desk)
    fan = fan_of(desk, found.arm, desk.entry or ALL)
    ends = desk.when(fan.at[-1]) if fan else UNKNOWN
    first, last = counts[0], counts[-1]
    return [
        (
            f"The horizon of this replay ended {ends}. The first arrivals were counted "
            f"{desk.when(first.at)}, after it: the replay says nothing about the {exact(last.people)} "
            f"people counted by {desk.when(last.at)}. A horizon too short to hold what came is a miss "
            "too."
        )
    ]


def _said(desk: Desk, found: Reckoning) -> list[str]:
    """Return the verdict on one arm in sentences."""
    if found.counted is None:
        return []
    head = (
        f"{found.arm.capitalize()}: by {desk.when(found.at)} {exact(found.counted)} people had been "
        f"counted. The replay's median was {rounded(found.q50)}, its 90 % band "
        f"{interval(found.q05, found.q95)}: {in_words(found)}."
    )
    share = (
        f"Of {found.compared} counts after the moment {found.inside} lie inside the 90 % band "
        f"({percent(found.inside / found.compared)}; 90 % would be right on average)."
    )
    return [head, *_width(found), share, *_timing(desk, found)]


def _width(found: Reckoning) -> list[str]:
    """Return a remark where the band is too wide for being inside it to mean much."""
    if found.position != "inside" or not found.counted or found.q95 - found.q05 < found.counted:
        return []
    return ["The band is at least as wide as the count itself: to lie inside it is weak praise."]


def _timing(desk: Desk, found: Reckoning) -> list[str]:
    """Return when half had arrived, counted and replayed."""
    half = found.half
    if half.counted is None or half.median is None:
        return []
    return [
        (
            f"Half of them had arrived by {desk.when(half.counted)}; in the replay by "
            f"{desk.when(half.median)} (90 % interval {desk.when(half.low)} to {desk.when(half.high)})."
        )
    ]


def _table(desk: Desk, found: Sequence[Reckoning]) -> Block:
    """Return the same as a table."""
    body = tuple(
        (
            sentence(r.arm),
            desk.when(r.at),
            rounded(r.q50),
            interval(r.q05, r.q95),
            exact(r.counted) if r.counted is not None else "past the horizon",
            r.position + (" the 90 % band" if r.position != "not comparable" else ""),
            desk.when(r.half.median) if r.half.median else None,
            desk.when(r.half.counted) if r.half.counted else None,
        )
        for r in found
    )
    head = (
        "Arm",
        "By",
        "Median",
        "90 % band",
        "Counted (known only later)",
        "The count lies",
        "Half arrived, replay",
        "Half arrived, counted",
    )
    return Table("The replay beside what was counted", head, body, numeric=(2, 3, 4))


def strip(desk: Desk) -> str:
    """Return the verdict in one line for the head of the page; empty where there is none."""
    if not desk.replay:
        return ""
    found = reckonings(desk)
    if not found or not _later(desk):
        return ""
    last = found[-1]
    if last.counted is None:
        return _beyond(desk, last)[0]
    arm = ", if it happens" if last.arm == "if it happens" else ""
    return (
        f"By {desk.when(last.at)} {exact(last.counted)} people had been counted; this replay said "
        f"{rounded(last.q50)} (90 % band {interval(last.q05, last.q95)}){arm}: {in_words(last)}."
    )
