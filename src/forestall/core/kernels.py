"""Kernels: functions compiled to machine code, and whether their code is there and of their sources."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a kernel to machine code at its first call and keep the code on disk.

    Kernels fill arrays that they are given and make none, so that no reference is counted in them.
    Where no folder can be written the code is compiled anew in each process.
    """
    return _compile(function)


def inlined(function: F) -> F:
    """Compile a small function into every kernel that calls it."""
    return _compile(function, forceinline=True)


def _compile(function: F, **options: bool) -> F:
    compiler: Any = numba.njit
    options |= {"nogil": True, "_nrt": False}
    try:
        kernel: F = compiler(cache=True, **options)(function)
    except RuntimeError:  # numba found no folder that it may write its cache to
        kernel = compiler(**options)(function)
    return kernel


def compilation_pending(functions: Iterable[Any]) -> bool:
    """Tell whether the next call of these kernels has to compile first.

    Parameters
    ----------
    functions : iterable of functions made by :func:`compiled`
        The entry points that are about to be called.

    Returns
    -------
    bool
        True when for any of them no machine code newer than its source is on disk and none has
        been made in this process.
    """
    return any(not _is_ready(dispatcher) for dispatcher in functions)


def forget_stale(dispatcher: Any, sources: Iterable[Path]) -> int:
    """Delete machine code on disk that is older than any source it was made from.

    A kernel holds the code of all functions it calls, but only a change of its own file makes the
    compiler notice; this looks at all of them.

    Parameters
    ----------
    dispatcher : function made by :func:`compiled`
        Any kernel of the package whose code is looked at.
    sources : iterable of Path
        Files of the package, and of what it calls.

    Returns
    -------
    int
        How many files were deleted.
    """
    folder = dispatcher.stats.cache_path
    if folder is None or not Path(folder).is_dir():
        return 0
    newest = max(source.stat().st_mtime for source in sources)
    stale = [index for index in Path(folder).glob("*.nbi") if index.stat().st_mtime < newest]
    for index in stale:
        index.unlink(missing_ok=True)
    return len(stale)


def _is_ready(dispatcher: Any) -> bool:
    if not hasattr(dispatcher, "signatures") or dispatcher.signatures:
        return True
    folder = dispatcher.stats.cache_path
    if folder is None:
        return False
    function = dispatcher.py_func
    source = Path(function.__code__.co_filename)
    line = function.__code__.co_firstlineno
    version = f"{sys.version_info.major}{sys.version_info.minor}"
    pattern = f"*.{function.__name__}-{line}.py{version}*.nbi"
    made = [index.stat().st_mtime for index in Path(folder).glob(pattern)]
    return bool(made) and max(made) >= source.stat().st_mtime
