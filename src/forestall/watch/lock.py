"""One watch at a time: a lock that the system takes back where the process dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from forestall.core.errors import Unavailable


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder of runs.

    Raises
    ------
    Unavailable
        Where another watch holds it; it says since when.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".watch.lock"
    try:
        import fcntl
    except ImportError:  # a system without such locks: then the person sees to it
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            held = os.pread(handle, 200, 0).decode("utf-8", "replace").strip()
            raise Unavailable(f"another watch runs in {folder} ({held}); it will see the news") from error
        os.ftruncate(handle, 0)
        os.pwrite(
            handle, f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC".encode(), 0
        )
        yield
    finally:
        os.close(handle)
