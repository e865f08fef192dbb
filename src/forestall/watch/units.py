"""Units of systemd that start the watch once a day, a missed day made up for."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from forestall.core.files import write_atomic

NAME = "forestall-watch"
SERVICE = """\
[Unit]
Description=Forestall: fetch what is due, run what changed, stage alerts
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
WorkingDirectory={folder}
EnvironmentFile=-%h/.config/forestall/keys.env
ExecStart={command}
SuccessExitStatus=3
Nice=10
"""
TIMER = """\
[Unit]
Description=Forestall: the watch, every day

[Timer]
OnCalendar=*-*-* {time}
Persistent=true
RandomizedDelaySec=20min

[Install]
WantedBy=timers.target
"""


def units(arguments: Sequence[str], folder: Path, time: str) -> dict[str, str]:
    """Return the two units as text by file name.

    Parameters
    ----------
    arguments
        What follows ``forestall watch``.
    folder
        Working folder.
    time
        Hour and minute, as in 05:40.

    Examples
    --------
    >>> text = units(["--once", "mali"], Path("/srv"), "05:40")["forestall-watch.timer"]
    >>> "OnCalendar=*-*-* 05:40" in text, "Persistent=true" in text
    (True, True)
    """
    program = Path(sys.executable).with_name("forestall")
    command = " ".join(_quoted(part) for part in (str(program), "watch", *arguments))
    return {
        f"{NAME}.service": SERVICE.format(folder=str(folder).replace("%", "%%"), command=command),
        f"{NAME}.timer": TIMER.format(time=time),
    }


def _quoted(part: str) -> str:
    """Return a word as a line of systemd reads it."""
    return shlex.quote(part).replace("%", "%%").replace("$", "$$")


def write_units(target: Path, texts: dict[str, str]) -> list[Path]:
    """Write the units where they differ from what is there; return those written."""
    written = []
    for name, text in texts.items():
        path = target / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_atomic(path, text)
            written.append(path)
    return written
