"""Charts: what they draw, what they escape, what they leave unknown."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from forestall.reporting.charts.bars import Row, draw_pyramid, draw_rows, draw_shares
from forestall.reporting.charts.fan import Count, Fan, draw_fan
from forestall.reporting.charts.ground import Spot, Way, draw_ground
from forestall.reporting.charts.svg import Clock, Linear, element
from forestall.reporting.charts.timeline import Act, draw_timeline
from forestall.reporting.charts.widths import fit_text, text_width

ZONE = ZoneInfo("Etc/GMT-4")
START = datetime(2023, 9, 25, tzinfo=UTC)


def fan() -> Fan:
    at = [START + timedelta(hours=6 * i) for i in range(9)]
    rising = [1000.0 * i for i in range(9)]
    return Fan(at, *[[v * f for v in rising] for f in (0.1, 0.5, 1.0, 1.5, 2.0)])


def test_element_escapes_text_and_attributes() -> None:
    drawn = element("text", "<b>&", title='"><script>')
    assert "<b>" not in drawn
    assert "<script>" not in drawn
    assert "&lt;b&gt;&amp;" in drawn


@pytest.mark.parametrize(("low", "high"), [(0, 100_000), (0, 1), (-0.4, 0.9), (0, 7)])
def test_ticks_lie_within_the_scale_and_are_evenly_spaced(low: float, high: float) -> None:
    ticks = Linear(low, high, 0, 100).ticks(5)
    steps = {round(b - a, 9) for a, b in pairwise(ticks)}
    assert len(steps) == 1
    assert low - 1e-9 <= min(ticks)
    assert max(ticks) <= high + 1e-9


@pytest.mark.parametrize("hours", [12, 60, 300, 24 * 90, 24 * 365 * 30])
def test_days_under_a_chart_are_few_and_in_order(hours: int) -> None:
    clock = Clock(START, START + timedelta(hours=hours), 0, 600, ZONE)
    moments = [moment for moment, _ in clock.ticks(7)]
    assert 1 <= len(moments) <= 16
    assert moments == sorted(moments)
    assert all(clock.low <= moment <= clock.high for moment in moments)


def test_a_day_starts_at_midnight_of_the_crisis() -> None:
    clock = Clock(START, START + timedelta(days=6), 0, 600, ZONE)
    assert all(moment.astimezone(ZONE).hour == 0 for moment, _ in clock.ticks(6))


def test_fan_has_bands_median_and_marks_what_was_known_later() -> None:
    counts = [
        Count(START + timedelta(hours=6), 900, later=False),
        Count(START + timedelta(hours=20), 3000, later=True),
    ]
    drawn = draw_fan(fan(), counts, 720, zone=ZONE, moment=START + timedelta(hours=8))
    for style in ("band90", "band50", "median", "count-then", "count-later", "now"):
        assert f'class="{style}"' in drawn


def test_fan_holds_its_highest_value_inside_the_picture() -> None:
    drawn = draw_fan(fan(), [], 720, zone=ZONE, moment=None)
    tops = [float(part.split(" ")[1].split("L")[0].rstrip("Z")) for part in drawn.split('d="M')[1:2]]
    assert all(0 <= top <= 340 for top in tops)


def test_unknown_is_hatched_and_not_drawn_as_zero() -> None:
    rows = [Row("known", 0.4, aside="40 %"), Row("nobody knows", None)]
    for drawn in (
        draw_shares(rows, 720, title="t", text="x"),
        draw_rows(rows, 720, title="t", text="x", share=True),
    ):
        assert drawn.count('class="unknown"') == 1
        assert "not known" in drawn


def test_rows_left_of_zero_stay_in_the_picture() -> None:
    drawn = draw_rows([Row("a", -0.3, -0.5, 0.2)], 720, title="t", text="x")
    xs = [float(part.split('"')[0]) for part in drawn.split('x1="')[1:]]
    assert min(xs) >= 0


def test_pyramid_hatches_an_unknown_side() -> None:
    drawn = draw_pyramid([("0-17", 10.0, None), ("18+", 20.0, 30.0)], 720, title="t", text="x")
    assert drawn.count('class="unknown"') == 1
    assert drawn.count("bar female") == 2


@pytest.mark.parametrize("width", [720, 350])
def test_names_on_the_map_never_overlap(width: float) -> None:
    spots = [
        Spot(f"p{i}", f"Place {i}", 46 + i % 5 * 0.05, 39 + i // 5 * 0.04, "exposed", i) for i in range(25)
    ]
    drawn = draw_ground(spots, [], width, title="t", text="x")
    boxes = []
    for part in drawn.split("<text ")[1:]:
        if "place-name" not in part:
            continue
        x, y = float(part.split('x="')[1].split('"')[0]), float(part.split('y="')[1].split('"')[0])
        name = part.split(">")[1].split("<")[0]
        left = x - (6.1 * len(name) if "end" in part.split(">")[0] else 0)
        boxes.append((left, y - 10, left + 6.1 * len(name), y + 3))
    assert boxes
    for i, a in enumerate(boxes):
        assert all(a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3] for b in boxes[i + 1 :])


def test_map_draws_each_status_in_its_own_style() -> None:
    spots = [Spot(k, k, 46 + i * 0.1, 39.5, "other") for i, k in enumerate("abcd")]
    ways = [
        Way("a", "b", "open"),
        Way("b", "c", "closed"),
        Way("c", "d", "not assessed"),
        Way("a", "d", "humanitarian_only", 50),
    ]
    drawn = draw_ground(spots, ways, 720, title="t", text="x")
    for style in ("way open", "way closed", "way not-assessed", "way humanitarian-only", "flow"):
        assert f'class="{style}"' in drawn
    assert drawn.count('class="way-bar"') == 1


def test_map_of_one_place_is_drawn() -> None:
    assert "only" in draw_ground([Spot("a", "only", 46, 39.5)], [], 350, title="t", text="x")


def test_words_are_round_and_deeds_square() -> None:
    acts = [Act(START, "A", material=True, conflict=False), Act(START, "A", material=False, conflict=True)]
    drawn = draw_timeline(
        acts,
        ["A"],
        720,
        zone=ZONE,
        warning=START,
        moment=START + timedelta(days=9),
        start=START,
        title="t",
        text="x",
    )
    assert '<rect x="196" y="51" width="8" height="8" class="act cooperation">' in drawn
    assert 'class="act conflict"' in drawn
    assert "first public warning" in drawn


def test_names_are_cut_to_the_room_there_is() -> None:
    assert len(fit_text("x" * 400, 100)) < 20
    assert fit_text("short", 100) == "short"


@pytest.mark.parametrize(
    ("words", "usual", "bold"),
    [
        ("under 0.1 %", 6105, 6781),
        ("200k", 2488, 2752),
        ("Nagorno-Karabakh de facto", 13782, 15565),
        ("Степанакерт", 6866, 7375),
        ("Երևան", 3785, 3765),
    ],
)
def test_a_width_is_at_least_that_of_the_widest_common_sans(words: str, usual: int, bold: int) -> None:
    # The figures are the advances of DejaVu Sans and DejaVu Sans Bold, in thousandths of the size.
    assert usual <= text_width(words, 1000.0) <= usual * 1.2
    assert bold <= text_width(words, 1000.0, strong=True) <= bold * 1.2
