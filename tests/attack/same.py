"""The same numbers whatever the hash seed, the order of rows and the order of columns."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from until import Until

from valley import copy_valley

MOMENT = "2025-03-14"
FORESTALL = (sys.executable, "-c", "from forestall.cli.main import main; main()")


def same(base: Path, until: Until, _short: bool) -> Iterator[tuple[str, str]]:
    """Run with other hash seeds and threads, shuffled rows and columns; compare files of results."""
    valley = copy_valley(base)
    expected = _run(valley, base / "first", {})
    yield from _shuffled(base, expected, until)
    settings = [{"PYTHONHASHSEED": seed} for seed in ("1", "77")]
    settings += [{"POLARS_MAX_THREADS": "1", "NUMBA_NUM_THREADS": "1"}, {"TZ": "Pacific/Chatham"}]
    for number, setting in enumerate(settings):
        if until.over():
            return
        yield str(setting), _differ(expected, _run(valley, base / f"env{number}", setting))


def _shuffled(base: Path, expected: dict[str, str], until: Until) -> Iterator[tuple[str, str]]:
    for seed in range(6):
        if until.over():
            return
        (base / f"s{seed}").mkdir()
        shuffled = copy_valley(base / f"s{seed}")
        for path in shuffled.glob("*.csv"):
            table = pl.read_csv(path, infer_schema=False)
            if seed % 2:
                table = table.sample(fraction=1.0, shuffle=True, seed=seed)
            else:
                table = table.select(reversed(table.columns))
            table.write_csv(path)
        what = "rows" if seed % 2 else "columns"
        yield f"{what} in another order, {seed}", _differ(expected, _run(shuffled, base / f"o{seed}", {}))


def _differ(one: dict[str, str], other: dict[str, str]) -> str:
    if refused := one.get("refused") or other.get("refused"):
        return f"nothing compared: {refused}"
    wrong = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return f"differ: {', '.join(wrong)}" if wrong else ""


def _run(valley: Path, out: Path, env: dict[str, str]) -> dict[str, str]:
    """Return the hash of each table of results."""
    import os

    done = subprocess.run(
        [*FORESTALL, "run", str(valley), "--as-of", MOMENT, "--draws", "10", "--quiet", "--out", str(out)],
        env={**os.environ, **env}, check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if done.returncode:
        return {"refused": done.stderr[-300:]}
    paths = [*out.glob("*.csv"), *out.glob("*.parquet")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
