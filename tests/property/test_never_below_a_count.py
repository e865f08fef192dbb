"""After assimilation no draw lies below a count that it was given."""

import pytest

from forestall.crisis import open_crisis
from forestall.displacement.forecast import make_forecast
from forestall.displacement.results import arrivals_at, horizon_end
from forestall.runs import run

MOMENTS = (
    ("karabakh-2023", "2023-09-25T20:00+04:00"),
    ("karabakh-2023", "2023-09-28"),
    ("karabakh-2023", "2023-10-02"),
    ("ukraine-2022", "2022-03-15"),
    ("ukraine-2022", "2022-04-05"),
    ("ukraine-2022", "2022-05-01"),
)


@pytest.mark.parametrize(("name", "moment"), MOMENTS)
def test_no_draw_ends_below_what_was_counted(name, moment):
    known = run(open_crisis(name), as_of=moment, draws=100, seed=1, until="warn").crisis
    forecast = make_forecast(known, known.plan.displace)
    assert forecast.fit is not None
    names, people = arrivals_at(forecast, [horizon_end(known, known.plan.displace)])
    counted = {s.place: float(s.totals[-1]) for s in forecast.counted.arrived if s.place in names}
    assert counted
    least = {place: float(people[:, 0, names.index(place)].min()) for place in counted}
    assert {place: low for place, low in least.items() if low < counted[place] - 0.5} == {}
