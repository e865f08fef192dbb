"""Attack Forestall and print what was tried, what held and what fell.

Everything is seeded; `--short` takes about a minute, the whole some fifteen.
Figures of the last one stand in docs/robustness.md (`--write`).
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

import folders  # noqa: E402
import hindsight  # noqa: E402
import kills  # noqa: E402
import queries  # noqa: E402
import readers  # noqa: E402
import same  # noqa: E402
from until import Until  # noqa: E402

Tried = tuple[str, str]
"""What was tried, and how it fell: empty where it held."""
Part = Callable[[Path, Until, bool], Iterator[Tried]]

PARTS: dict[str, tuple[tuple[float, int], tuple[float, int], Part]] = {
    "mutated folders and options": ((200, 60), (10, 8), folders.mutated),
    "readers under made-up bytes": ((60, 40), (8, 10), readers.fuzzed),
    "kills at each step of a write": ((60, 25), (8, 25), kills.at_each_step),
    "kills of a run at random moments": ((150, 20), (8, 2), kills.at_random),
    "full and read-only disks": ((60, 6), (8, 2), folders.disks),
    "later rows deleted and scrambled": ((300, 12), (8, 1), hindsight.later_rows),
    "hostile queries": ((60, 40), (20, 40), queries.hostile),
    "hash seeds, order of rows and columns": ((90, 10), (10, 2), same.same),
}
"""Seconds that each part takes and the least number of its tries, in full and in short."""

PAGE = HERE.parents[2] / "docs" / "robustness.md"


def attack(*, short: bool, share: float = 1.0) -> list[tuple[str, list[Tried], float]]:
    """Return what each part tried, within its time or a share of it."""
    found = []
    for name, (full, brief, part) in PARTS.items():
        begun = time.monotonic()
        seconds, floor = brief if short else full
        with TemporaryDirectory(prefix="forestall-attack-") as folder:
            tried = list(part(Path(folder), Until(seconds * share, floor), short))
        found.append((name, tried, time.monotonic() - begun))
    return found


def table(found: list[tuple[str, list[Tried], float]]) -> str:
    """Return the table of what was tried, held and fell."""
    lines = ["| what | tried | held | fell | seconds |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, tried, seconds in found:
        fell = sum(bool(how) for _, how in tried)
        lines.append(f"| {name} | {len(tried)} | {len(tried) - fell} | {fell} | {seconds:.0f} |")
    return "\n".join(lines)


def main() -> int:
    """Run the attack; return 1 where anything fell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="about a minute")
    parser.add_argument("--write", action="store_true", help="write docs/robustness.md")
    parser.add_argument("--minutes", type=float, help="minutes that the parts may take together")
    asked = parser.parse_args()
    whole = sum((brief if asked.short else full)[0] for full, brief, _ in PARTS.values())
    found = attack(short=asked.short, share=asked.minutes * 60 / whole if asked.minutes else 1.0)
    words = table(found)
    falls = [f"- {name}: {what}: {how}" for name, tried, _ in found for what, how in tried if how]
    sys.stdout.write("\n".join([words, *falls]) + "\n")
    if asked.write:
        form = "make attack-short" if asked.short else "make attack"
        form += f" (--minutes {asked.minutes:g})" if asked.minutes else ""
        head = (
            "# Robustness\n\nWhat was tried to break Forestall, and what fell. The table is that of the last "
            f"`{form}`, of {datetime.now(UTC):%Y-%m-%d}; who may send what stands in "
            "[the threat model](threat-model.md).\n\n"
        )
        PAGE.write_text(head + words + "\n" + ("\n" + "\n".join(falls) + "\n" if falls else ""), "utf-8")
    return 1 if falls else 0


if __name__ == "__main__":
    raise SystemExit(main())
