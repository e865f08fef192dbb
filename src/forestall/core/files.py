"""Files: whole or not at all, inside their folder, of a bounded size."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
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


@contextmanager
def folder_atomic(target: Path) -> Iterator[Path]:
    """Give a fresh folder to fill; it takes the target's place only when the block ends well.

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
    fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    fresh.chmod(0o755)
    try:
        yield fresh
        _swap(fresh, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _swap(fresh: Path, target: Path) -> None:
    """Put a folder in the place of another, keeping the old one until the new stands."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.replace(old)
    fresh.replace(target)
    shutil.rmtree(old, ignore_errors=True)


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
