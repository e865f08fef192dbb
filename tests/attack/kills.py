"""Kills: at each step of a write, and of a run at any moment."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from until import Until

from valley import copy_valley

STEP = """
import os, signal, sys
from pathlib import Path
from forestall.core.files import folder_atomic
left = int(sys.argv[2])
STEPS = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.chmod", "shutil.rmtree",
         "tempfile.mkdtemp", "ctypes.dlsym", "os.scandir", "os.listdir", "fcntl.flock")
def count(event, _):
    global left
    if event in STEPS:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
target = Path(sys.argv[1]) / "run"
import ctypes, fcntl, shutil, tempfile
sys.addaudithook(count)
with folder_atomic(target) as fresh:
    for n in range(4):
        (fresh / str(n)).write_text(sys.argv[3])
os._exit(0)
"""


def at_each_step(base: Path, until: Until, _short: bool) -> Iterator[tuple[str, str]]:
    """Kill a writer of a folder before its n-th step, for each n, until it ends by itself."""
    target = base / "run"
    step, ended = 0, False
    _write(base, 0, "old")
    while not ended and not until.over():
        step += 1
        ended = _write(base, step, f"new{step}") == 0
        yield f"step {step}", _one(target)
    _write(base, 0, "last")
    left = [path.name for path in base.iterdir() if path.name != "run"]
    yield "after the next run", f"left {left}" if left or _one(target) else ""


def _write(base: Path, step: int, text: str) -> int:
    return subprocess.run([sys.executable, "-c", STEP, str(base), str(step), text], check=False).returncode


def _one(target: Path) -> str:
    """Return why a folder is not one whole version, empty where it is."""
    if not target.is_dir():
        return "no folder"
    texts = [path.read_text() for path in target.iterdir()]
    return "" if len(texts) == 4 and len(set(texts)) == 1 else f"a part: {texts}"


def at_random(base: Path, until: Until, _short: bool) -> Iterator[tuple[str, str]]:
    """Kill a run that takes the place of another, at any moment; the old or the new stays whole."""
    from forestall.runs import read_run

    valley, out = copy_valley(base), base / "run"
    run = [
        sys.executable,
        "-c",
        "from forestall.cli.main import main; main()",
        "run",
        str(valley),
        "--as-of",
        "2025-03-14",
        "--draws",
        "10",
    ]
    run += ["--quiet", "--out", str(out)]
    begun = time.monotonic()
    subprocess.run(run, check=True, capture_output=True)
    takes = time.monotonic() - begun
    dice = random.Random(9)  # noqa: S311 - moments, not secrets
    names = {path.name for path in out.iterdir()}
    for number in range(200):
        if until.over():
            break
        child = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(takes * (dice.uniform(0.8, 1.05) if number % 2 else dice.random()))
        child.kill()
        child.wait()
        whole = out.is_dir() and {path.name for path in out.iterdir()} == names and bool(read_run(out)[1])
        yield f"kill {number}", "" if whole else "not whole"
    subprocess.run(run, check=True, capture_output=True)
    left = {path.name for path in base.iterdir()} - {"run", "valley"}
    yield "after the next run", f"left {left}" if left else ""
