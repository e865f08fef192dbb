"""What cannot fit is refused before it begins, with how many draws would."""

import pytest

from forestall.core.errors import CrisisError
from forestall.core.sizes import bytes_of
from forestall.crisis import open_crisis
from forestall.displacement.futures import make_clock
from forestall.displacement.memory import Size, refuse_what_cannot_fit
from forestall.runs import run
from valley import VALLEY, command, copy_valley

CLOCK = make_clock(336, 1440, daily=False)
BIG = Size(origins=4900, sites=60, hosts=40, lanes=20_000)


def test_what_fits_says_nothing():
    refuse_what_cannot_fit(Size(10, 2, 2, 40), CLOCK, 1000, "1GB")


def test_what_cannot_fit_says_how_many_draws_would():
    words = r"1,000 draws of 4,900 places .* 4\.0 GB are allowed .*at most (\d+)"
    with pytest.raises(MemoryError, match=words) as told:
        refuse_what_cannot_fit(BIG, CLOCK, 1000, "4GB")
    fit = int(str(told.value).rsplit(" ", 1)[1].rstrip(")"))
    refuse_what_cannot_fit(BIG, CLOCK, fit, "4GB")
    with pytest.raises(MemoryError):
        refuse_what_cannot_fit(BIG, CLOCK, fit + 1, "4GB")


def test_not_even_one_draw():
    with pytest.raises(MemoryError, match="not even one"):
        refuse_what_cannot_fit(BIG, CLOCK, 1, "1kB")


@pytest.mark.parametrize("text", ["", "much", "-4GB", "4", "0GB", "1e9GB", "nan GB"])
def test_what_is_no_size(text):
    with pytest.raises(ValueError, match="no size of memory"):
        bytes_of(text)


def test_the_option_is_checked_and_changes_no_number():
    with pytest.raises(CrisisError, match="no size of memory"):
        run(open_crisis(VALLEY), as_of="2025-03-14", draws=10, options={"displace": {"memory": "much"}})
    one, two = (
        run(open_crisis(VALLEY), as_of="2025-03-14", draws=10, until="displace", options=options).crisis
        for options in (None, {"displace": {"memory": "2GB"}})
    )
    assert one["arrivals"].equals(two["arrivals"])


def test_a_run_that_cannot_fit_ends_with_4_and_leaves_nothing(tmp_path):
    copy_valley(tmp_path)
    asked = ("--as-of", "2025-03-14", "--draws", "50", "--memory", "10kB", "--out", "run")
    done = command("run", "valley", *asked, cwd=tmp_path)
    assert done.returncode == 4
    assert "draws" in done.stderr
    assert not (tmp_path / "run").exists()
