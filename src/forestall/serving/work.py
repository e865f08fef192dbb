"""One job in a process of its own: run the chain, tell how far it is, write the run whole or not at all."""

import json
import sys
from typing import Any

from forestall.core.errors import ForestallError


def main(asked: str) -> int:
    """Run what a job asks for and return how it ended.

    Parameters
    ----------
    asked : str
        JSON: source, at, out, draws, megabytes.
    """
    facts = json.loads(asked)
    _bound(facts["megabytes"])
    try:
        _run(facts)
    except ForestallError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except MemoryError:
        sys.stderr.write(f"the run needs more memory than the {facts['megabytes']} MB it may use\n")
        return 1
    return 0


def _bound(megabytes: int) -> None:
    """Bound the memory of this process, where the system can."""
    try:
        import resource
    except ImportError:
        return
    size = megabytes * 1024**2
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def _run(facts: dict[str, Any]) -> None:
    """Run the chain and write the run with its pages."""
    from forestall.crisis import read_crisis
    from forestall.reporting.pages.made import files_of
    from forestall.runs import run

    crisis = read_crisis(facts["source"])
    run(
        crisis,
        as_of=facts["at"],
        draws=facts["draws"],
        out=facts["out"],
        pages=lambda result: files_of(result, crisis),
        progress=_tell,
    )


def _tell(stage: str, number: int, total: int) -> None:
    """Say which stage begins."""
    sys.stdout.write(f"{stage} {number} {total}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
