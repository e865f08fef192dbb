"""Files: whole or not at all, inside their folder, of a bounded size."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

AT_FDCWD = -100
EXCHANGE = 2
"""RENAME_EXCHANGE of renameat2(2) and RENAME_SWAP of renamex_np(2)."""
PART = ".part"
"""How the names of files and folders end that are not whole yet."""
MAX_FILE_BYTES = 512 * 1024**2
"""Largest table file that is read; larger ones are refused before a byte is read."""


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file so that readers see the old content or the new, never a part.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomic(Path(folder) / "a.txt", "done")
    ...     (Path(folder) / "a.txt").read_text()
    'done'
    """
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    clear_abandoned(path.parent, f".{path.name}")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
    held = _lock(Path(name), wait=True)
    if not Path(name).exists():  # another took it for an abandoned one before it was locked
        os.close(handle)
        write_atomic(path, content)
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    finally:
        if held is not None:
            os.close(held)


@contextmanager
def folder_atomic(target: Path) -> Iterator[Path]:
    """Give a fresh folder to fill; it takes the target's place only when the block ends well.

    What an earlier writer that was killed left beside the target is cleared first.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as base:
    ...     with folder_atomic(Path(base) / "run") as folder:
    ...         _ = (folder / "a.txt").write_text("x")
    ...     sorted(p.name for p in (Path(base) / "run").iterdir())
    ['a.txt']
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    put_back(target)
    with passing_folder(target.parent, f".{target.name}") as fresh:
        fresh.chmod(0o755)
        yield fresh
        _swap(fresh, target)


@contextmanager
def passing_folder(parent: Path, name: str) -> Iterator[Path]:
    """Give a folder that is gone afterwards; those of processes that were killed go too.

    Parameters
    ----------
    parent : Path
        Where it stands.
    name : str
        How its own name begins.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as base:
    ...     with passing_folder(Path(base), "x") as folder:
    ...         there = folder.is_dir()
    ...     there, list(Path(base).iterdir())
    (True, [])
    """
    clear_abandoned(parent, name)
    folder, held = _held(parent, name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            os.close(held)


def clear_abandoned(parent: Path, name: str) -> None:
    """Remove the passing folders and files of one name whose writer is gone."""
    for path in parent.glob(f"{escape(name)}.*{PART}"):
        held = _lock(path, wait=False)
        if held is None:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        os.close(held)


def _held(parent: Path, name: str) -> tuple[Path, int | None]:
    """Return a fresh folder with the lock that says that its writer lives."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=f"{name}.", suffix=PART))
        held = _lock(folder, wait=True)
        if folder.is_dir():  # else another took it for an abandoned one before it was locked
            return folder, held
        if held is not None:
            os.close(held)


def _lock(path: Path, *, wait: bool) -> int | None:
    """Return a locked handle of a file or folder; None where another holds it or nobody can."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(handle)
        return None
    return handle


def _swap(fresh: Path, target: Path) -> None:
    """Put a folder in the place of another: at no moment is there neither.

    Where the system cannot exchange two folders in one step, the old one waits under a known name,
    from which :func:`put_back` takes it should the process end in between.
    """
    if target.exists() and _exchanged(fresh, target):
        return  # the old folder now stands where the fresh one stood, and goes with it
    old = _waiting(target)
    if target.exists():
        target.replace(old)
    fresh.replace(target)
    shutil.rmtree(old, ignore_errors=True)


def put_back(target: Path) -> None:
    """End an exchange that was cut off half-way: the old folder stands again, or goes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as base:
    ...     (Path(base) / ".run.old").mkdir()
    ...     put_back(Path(base) / "run")
    ...     [path.name for path in Path(base).iterdir()]
    ['run']
    """
    old = _waiting(target)
    if not old.is_dir():
        return
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.replace(target)


def _waiting(target: Path) -> Path:
    """Return the name under which the old folder waits for the new one."""
    return target.with_name(f".{target.name}.old")


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, where the system can; return whether it did."""
    import ctypes

    if os.name != "posix":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one.absolute()), os.fsencode(other.absolute())
    if hasattr(library, "renameat2"):  # Linux
        return bool(library.renameat2(AT_FDCWD, first, AT_FDCWD, second, EXCHANGE) == 0)
    if hasattr(library, "renamex_np"):  # macOS
        return bool(library.renamex_np(first, second, EXCHANGE) == 0)
    return False


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_inside(path: Path, folder: Path) -> bool:
    """Return whether a path, links followed, lies inside a folder.

    Examples
    --------
    >>> is_inside(Path("/tmp/a/../b"), Path("/tmp/a"))
    False
    """
    return path.resolve().is_relative_to(folder.resolve())
