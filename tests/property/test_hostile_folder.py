"""Whatever stands in the files of a crisis folder, the check ends with findings, not with an error."""

import random

import pytest

from forestall.cli.tables import _all_findings
from valley import copy_valley

CELLS = (
    b"", b'"', b"NaN", b"1e400", b"-1", b"0", b"9" * 30, b"2023-13-45", b"9999-12-31", b"0001-01-01",
    b"2023-09-25T24:00", b"2023-09-25T10:00+99:99", b"../x", b"\xe2\x80\xae", b"\xff\xfe", b"\x00", b"0x1",
    b"|", b";",
)  # fmt: skip


def harmed(data: bytes, dice: random.Random) -> bytes:
    """Return a file with one accident: a strange cell, a stray byte, a cut, a shuffle, another separator."""
    lines = data.split(b"\n")
    accident = dice.randrange(5)
    if accident == 0:
        line = dice.randrange(len(lines))
        cells = lines[line].split(b",")
        cells[dice.randrange(len(cells))] = dice.choice(CELLS)
        lines[line] = b",".join(cells)
        return b"\n".join(lines)
    if accident == 1:
        at = dice.randrange(len(data) + 1)
        return data[:at] + bytes([dice.randrange(256)]) + data[at:]
    if accident == 2:
        return data[: dice.randrange(len(data) + 1)]
    if accident == 3:
        dice.shuffle(lines)
        return b"\n".join(lines)
    return data.replace(b",", dice.choice([b";", b"\t", b",,"]))


@pytest.mark.parametrize("seed", range(24))
def test_accidents_end_with_findings(seed, tmp_path):
    dice = random.Random(seed)  # noqa: S311 - accidents, not secrets
    valley = copy_valley(tmp_path)
    for path in dice.sample(sorted(valley.iterdir()), 6):
        for _ in range(dice.randint(1, 3)):
            path.write_bytes(harmed(path.read_bytes(), dice))
    findings = _all_findings(str(valley), None)
    assert all(finding.code and finding.message for finding in findings)
