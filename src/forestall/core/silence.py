"""Silence for libraries that print on their own."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_OUT = 1


@contextmanager
def silenced() -> Iterator[None]:
    """Drop what compiled code writes to standard output within the block.

    Such code bypasses ``sys.stdout``, so the file descriptor itself is turned away; what its own
    buffer holds is let go before the descriptor comes back, else it would be written at exit.

    Examples
    --------
    >>> with silenced():
    ...     done = os.system("echo a library that speaks")
    """
    sys.stdout.flush()
    try:
        kept = os.dup(_OUT)
    except OSError:  # no standard output, nothing to keep clean
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _OUT)
        yield
    finally:
        _flush_compiled()
        os.dup2(kept, _OUT)
        os.close(kept)
        os.close(nowhere)


def _flush_compiled() -> None:
    """Write out what the C library still holds in its buffers."""
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
        library.fflush(None)
