"""A PostgreSQL server of the tests' own, in a folder that goes afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NO_SERVER = "no PostgreSQL here (initdb is not found): install the package postgresql to run these tests"


def program(name: str) -> str | None:
    """Return the path of a program of PostgreSQL: Debian keeps them out of the search path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


def _as_another() -> dict[str, object]:
    """The server refuses to run as root: then it runs as the user that Debian made for it."""
    if os.getuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    return {"user": user.pw_uid, "group": user.pw_gid}


@contextmanager
def server() -> Iterator[str]:
    """Give the URL of a server that listens on a socket in its own folder alone."""
    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip(NO_SERVER)
    another = _as_another()
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket needs a short path
    if another:
        os.chown(folder, another["user"], another["group"])
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **another}
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    try:
        subprocess.run([initdb, "-D", data, "-A", "trust", "-U", "tester", "-E", "UTF8"], check=True, **quiet)
        subprocess.run([pg_ctl, "-D", data, "-w", "-o", options, "start"], check=True, **quiet)
        yield f"postgresql://tester@/postgres?host={folder}"
    finally:
        subprocess.run([pg_ctl, "-D", data, "-m", "immediate", "stop"], check=False, **quiet)
        shutil.rmtree(folder, ignore_errors=True)
