"""Folders and options with accidents, and disks that are full or read-only."""

import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from until import Until

from property.test_hostile_folder import harmed
from valley import command, copy_valley

MOMENT = "2025-03-14"
FORESTALL = (sys.executable, "-c", "from forestall.cli.main import main; main()")
HANG_SECONDS = 60
OPTIONS = (
    "horizon = '9999999 days'", "horizon = ''", "odds_months = [0]", "odds_months = []", "seed = -1",
    "draws = 0", "counted_at = '../x'", "counted_at = 'nowhere'", "rules = 'x'", "hourly_for = '0 days'",
    "x = " + "[" * 500 + "]" * 500, "horizon = nan", "horizon = 1e400", "recent_closure = '-1 days'",
    "warning_events = ['x']", "warning_within = '1000000 years'", "title = '\\u202e'",
)  # fmt: skip
SECTIONS = ("warn", "displace", "prepare", "act", "report", "earlier", "record")


class HungError(Exception):
    """It took too long."""


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise where a block takes too long."""

    def late(*_: object) -> None:
        raise HungError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def mutated(base: Path, until: Until, _short: bool) -> Iterator[tuple[str, str]]:
    """Mutate folders and options; a check and a run end with an answer, and nothing half written."""
    seed = 0
    while seed < 500 and not until.over():
        dice = random.Random(seed)  # noqa: S311 - accidents, not secrets
        home = base / str(seed)
        home.mkdir()
        valley = copy_valley(home)
        if dice.random() < 0.5:
            with (valley / "crisis.toml").open("a") as file:
                file.write(f"\n[{dice.choice(SECTIONS)}]\n{dice.choice(OPTIONS)}\n")
        else:
            for path in dice.sample(sorted(valley.iterdir()), dice.randint(1, 3)):
                path.write_bytes(harmed(path.read_bytes(), dice))
        yield f"seed {seed}", _answered(home, seed)
        seed += 1


def _answered(home: Path, seed: int) -> str:
    """Return how a check or a run of a folder fell, empty where it held."""
    try:
        with limited(HANG_SECONDS):
            checked = command("check", "valley", cwd=home).returncode
            ran = command(
                "run", "valley", "--as-of", MOMENT, "--draws", "10", "--quiet", "--out", "run", cwd=home
            ).returncode
    except HungError:
        return "hung"
    except Exception as error:  # noqa: BLE001 - that is what is sought
        return f"traceback: {type(error).__name__}: {error}"[:200]
    whole = (home / "run" / "run.json").is_file()
    if whole != (ran == 0):
        return f"exit {ran}, but a run is there: {whole}"
    if checked not in {0, 1} or (checked == 1 and ran == 0) or (checked == 0 and ran == 1):
        return f"check says {checked}, run says {ran}"
    return "" if seed >= 0 and not list(home.glob(".*")) else "leftovers"


def disks(base: Path, until: Until, _short: bool) -> Iterator[tuple[str, str]]:
    """Limit the size of files, fill a disk, forbid to write: exit 4 with a sentence and nothing there."""
    valley = copy_valley(base)
    for size in (0, 1_000, 4_000, 20_000, 60_000, 200_000):
        if until.over():
            return
        yield f"files of at most {size} bytes", _refused(valley, base / f"limit{size}" / "run", size)
    if os.geteuid() == 0:
        yield from _mounted(valley, base, until)


def _mounted(valley: Path, base: Path, until: Until) -> Iterator[tuple[str, str]]:
    """Run onto small and read-only disks, where the system lets one be mounted."""
    for options in ("size=16k", "size=64k", "size=256k", "ro"):
        disk = base / options
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
        if until.over() or subprocess.run(mount, check=False, capture_output=True).returncode:
            return
        try:
            yield f"disk {options}", _refused(valley, disk / "run", None)
        finally:
            subprocess.run(["umount", str(disk)], check=True)


def _refused(valley: Path, out: Path, size: int | None) -> str:
    """Return how a run onto a bad disk fell, empty where it held."""

    def limit() -> None:
        if size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = subprocess.run(
        [*FORESTALL, "run", str(valley), "--as-of", MOMENT, "--draws", "10", "--quiet", "--out", str(out)],
        preexec_fn=limit, check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if "Traceback" in done.stderr:
        return "traceback: " + done.stderr.strip().splitlines()[-1][:150]
    left = list(out.parent.iterdir()) if out.parent.is_dir() else []
    if done.returncode == 0:
        return ""
    return "" if done.returncode == 4 and not left else f"exit {done.returncode}, left {len(left)}"
