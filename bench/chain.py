"""Time the whole chain, the start of the package, the help and a large check; print one table.

Run with ``make bench``. Each row is the median of several fresh processes.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
REPEATS = 5


def measured(command: list[str]) -> tuple[float, float, float]:
    """Return wall seconds, CPU seconds and peak memory in MB of one fresh process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) not in {0, 1}:
        raise SystemExit(f"{' '.join(command)} failed")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def large_crisis(folder: Path) -> None:
    """Write a crisis of 100,000 rows, most of them events."""
    subprocess.run([BIN / "forestall", "new", str(folder)], check=True, capture_output=True)
    header = (folder / "events.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    row = {
        "kind": "violence",
        "actor": "A",
        "form": "material",
        "stance": "conflict",
        "description": "x",
        "source": "s",
    }
    lines = [",".join(header)]
    for number in range(100_000):
        day = f"20{number % 20:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
        cells = {**row, "event": f"e{number}", "date": day, "known_at": day, "known_basis": "end of day"}
        lines.append(",".join(cells.get(name, "") for name in header))
    (folder / "events.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as base:
        large = Path(base) / "large"
        large_crisis(large)
        run = [str(BIN / "forestall"), "run", "karabakh-2023", "--as-of", "2023-09-19T20:00+04:00"]
        commands = {
            "import forestall": [sys.executable, "-c", "import forestall"],
            "forestall --help": [str(BIN / "forestall"), "--help"],
            "forestall check, 100,000 rows": [str(BIN / "forestall"), "check", str(large), "--quiet"],
            "whole chain, 1,000 draws": [
                *run,
                "--draws",
                "1000",
                "--seed",
                "1",
                "--quiet",
                "--out",
                f"{base}/run",
            ],
        }
        rows = []
        for name, command in commands.items():
            measured(command)
            runs = [measured(command) for _ in range(REPEATS)]
            wall, cpu, memory = (statistics.median(column) for column in zip(*runs, strict=True))
            rows.append(
                {"what": name, "wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "peak_mb": round(memory)}
            )
            print(f"{name:34} {wall:6.2f} s wall {cpu:6.2f} s CPU {memory:6.0f} MB", flush=True)
        print(
            json.dumps(
                {
                    "cores": os.cpu_count(),
                    "rows": rows,
                    "self_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                }
            )
        )


if __name__ == "__main__":
    main()
