"""Readers under bytes that a fuzzer makes up, led by the lines they reach: an answer, never a traceback.

python tests/attack/fuzz.py [--seconds 60] [--reader csv] [--kept FOLDER]

Each reader runs in a process of its own for so many seconds, begins with good files, and falls on any
exception that is not one of ours, on more than 2 GB and on more than 20 seconds for one input. The input that
made it fall is kept.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
SEED, LONGEST, SLOWEST, MEGABYTES = 9, 16_384, 20, 2048
Target = Callable[[bytes], object]
Corpus = Mapping[str, bytes]
DAY = datetime(2025, 4, 20, tzinfo=UTC)


def tables(folder: Path) -> tuple[Target, Corpus]:
    """Read a table of a crisis: the first byte says which."""
    from forestall.schema import load_schema
    from forestall.schema.reading import read_table
    from valley import VALLEY

    names = sorted(load_schema())
    good = {path.stem: bytes([names.index(path.stem)]) + path.read_bytes() for path in VALLEY.glob("*.csv")}

    def read(data: bytes) -> object:
        name = names[data[0] % len(names)] if data else names[0]
        path = folder / f"{name}.csv"
        path.write_bytes(data[1:])
        return read_table(path, load_schema()[name], ZoneInfo("UTC"))

    return read, good


def settings(folder: Path) -> tuple[Target, Corpus]:
    """Read crisis.toml and resolve its options."""
    from forestall.settings import read_settings
    from valley import VALLEY

    path = folder / "crisis.toml"

    def read(data: bytes) -> object:
        path.write_bytes(data)
        return read_settings(path)

    return read, {"toml": (VALLEY / "crisis.toml").read_bytes()}


def workbook(folder: Path) -> tuple[Target, Corpus]:
    """Read a workbook into a crisis folder, and one sheet of it."""
    from forestall.recording.xlsx import read_sheet, write_workbook
    from valley import VALLEY

    book, path = folder / "good.xlsx", folder / "made.xlsx"
    write_workbook({name: (VALLEY / name).read_text() for name in ("crisis.toml", "places.csv")}, book)

    def read(data: bytes) -> object:
        path.write_bytes(data)
        return read_sheet(path, "places")

    return read, {"xlsx": book.read_bytes()}


def peer(folder: Path) -> tuple[Target, Corpus]:
    """Read a folder of the peer with one file replaced: the first byte says which."""
    from flee_folders import FILES, write_folder
    from forestall.flee.reading.folder import read_folder

    root = write_folder(folder / "peer")
    names = sorted(FILES)

    def read(data: bytes) -> object:
        name = names[data[0] % len(names)] if data else names[0]
        whole = (root / name).read_bytes()
        try:
            (root / name).write_bytes(data[1:])
            return read_folder(root)
        finally:
            (root / name).write_bytes(whole)

    good = {name: bytes([number]) + FILES[name].encode() for number, name in enumerate(names)}
    return read, {re.sub(r"\W", "_", name): data for name, data in good.items()}


def sources(_: Path) -> tuple[Target, Corpus]:
    """Make tables from a saved answer: the first byte says of which source."""
    from forestall.crisis import open_crisis
    from forestall.recording.saved import Saved
    from forestall.recording.sources import NAMES, tidy
    from valley import VALLEY

    crisis, files = open_crisis(VALLEY), sorted((TESTS / "data" / "sources").iterdir())

    def read(data: bytes) -> object:
        name = NAMES[data[0] % len(NAMES)] if data else NAMES[0]
        return tidy([Saved("GEDEvent_v25_0_2.csv", data[1:], DAY)], name, crisis)

    return read, {
        f"{path.name}_{number}": bytes([number]) + path.read_bytes()[: LONGEST - 1]
        for path in files
        for number in range(len(NAMES))
    }


READERS = {"csv": tables, "toml": settings, "workbook": workbook, "peer": peer, "sources": sources}


def fuzz(reader: str, seconds: int, kept: Path) -> None:
    """Run the fuzzer on one reader in this process; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=["forestall"]):
        from forestall.core.errors import ForestallError

        folder = Path(tempfile.mkdtemp())
        target, good = READERS[reader](folder)
    corpus = folder / "corpus"
    corpus.mkdir()
    for name, data in good.items():
        (corpus / name).write_bytes(data[:LONGEST])

    def one(data: bytes) -> None:
        try:
            target(data)
        except ForestallError:
            return

    options = [f"-max_total_time={seconds}", f"-seed={SEED}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}",
               f"-rss_limit_mb={MEGABYTES}", f"-artifact_prefix={kept}/{reader}-", str(corpus)]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def tried(reader: str, seconds: int, kept: Path) -> tuple[str, int, int, str]:
    """Run the fuzzer on one reader in a process of its own; return inputs, branches and how it fell."""
    command = [sys.executable, __file__, "--only", reader, "--seconds", str(seconds), "--kept", str(kept)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    told = re.findall(r"#(\d+)\s.*?cov: (\d+)", done.stderr)
    number, reached = (int(told[-1][0]), int(told[-1][1])) if told else (0, 0)
    fell = "" if done.returncode == 0 else _said(done.stderr)
    return reader, number, reached, fell


def _said(text: str) -> str:
    """Return what a fallen fuzzer says in one line."""
    mark = re.compile(r"\s*(\w+\.)*\w*(Error|Exception|Iteration|BadZipFile)\b|==\d+== ERROR")
    marks = [line.strip() for line in text.splitlines() if mark.match(line)]
    return (marks or text.strip().splitlines()[-1:] or ["no word"])[0][:160]


def main() -> int:
    parser = argparse.ArgumentParser(description="Readers under bytes that a fuzzer makes up.")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--reader", choices=READERS, action="append")
    parser.add_argument("--only", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--kept", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args()
    if given.only:
        fuzz(given.only, given.seconds, given.kept)
        return 0
    rows = [tried(reader, given.seconds, given.kept) for reader in given.reader or READERS]
    sys.stdout.write("| reader | inputs | branches reached | fell |\n| --- | ---: | ---: | --- |\n")
    for reader, number, reached, fell in rows:
        sys.stdout.write(f"| {reader} | {number:,} | {reached:,} | {fell or 'no'} |\n")
    return int(any(fell for *_, fell in rows))


if __name__ == "__main__":
    sys.exit(main())
