"""Write the golden tables anew; run with ``make golden``, then name the change in CHANGELOG.md."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from golden.golden import FOLDER, claims_verdicts, golden_tables, replays


def main() -> None:
    """Write every golden table."""
    FOLDER.mkdir(exist_ok=True)
    claims_verdicts().write_csv(FOLDER / "claims.csv")
    for name, crisis in replays().items():
        for table, frame in golden_tables(crisis).items():
            path = FOLDER / f"{name}-{table}.csv"
            frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S+00:00")
            sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
