"""Readers of tables and settings under bytes that hypothesis makes up: an answer, no traceback."""

import random
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from until import Until

from forestall.core.errors import ForestallError
from forestall.crisis import read_crisis
from property.test_hostile_folder import harmed
from valley import copy_valley

EXAMPLES = 20
SPECIAL = st.sampled_from(
    [b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"\r", b"=1+1", b"1e400", b"-0", b"\xe2\x80\xae"]
)
PIECES = st.lists(st.one_of(SPECIAL, st.binary(max_size=12)), min_size=1, max_size=4)


def fuzzed(base: Path, until: Until, _short: bool) -> Iterator[tuple[str, str]]:
    """Put made-up bytes into one file after another and read the folder."""
    valley = copy_valley(base)
    files = sorted(valley.iterdir())
    number = 0
    while not until.over():
        path = files[number % len(files)]
        yield f"{path.name}, round {number}", _fell(valley, path, number)
        number += 1


def _fell(valley: Path, path: Path, number: int) -> str:
    """Return how a reader fell on one of some contents, empty where it held."""
    whole = path.read_bytes()

    @seed(number)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None,
        phases=(Phase.generate, Phase.target), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(PIECES, st.integers(0, 2**32))
    def read(pieces: list[bytes], where: int) -> None:
        dice = random.Random(where)  # noqa: S311 - accidents, not secrets
        content = harmed(whole, dice) if where % 2 else whole
        for piece in pieces:
            at = dice.randint(0, len(content))
            content = content[:at] + piece + content[at:]
        path.write_bytes(content)
        try:
            read_crisis(valley)
        except ForestallError:
            return

    try:
        read()
    except Exception as error:  # noqa: BLE001 - that is what is sought
        return f"traceback: {type(error).__name__}: {error}"[:200]
    finally:
        path.write_bytes(whole)
    return ""
