"""Runs as jobs: one at a time, each in a process of its own, bounded in time and memory."""

import json
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from forestall.core.errors import UsageError

State = Literal["waiting", "running", "done", "failed", "cancelled", "out of time"]
MAX_WAITING = 16
"""Jobs that may wait; more are refused, so that nobody fills the machine."""
MAX_KEPT = 200
LAST_LINES = 4000
"""Characters of a worker's complaint that are kept."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use.

    Parameters
    ----------
    seconds : float
        Time of the clock.
    megabytes : int
        Memory for data.
    """

    seconds: float = 900.0
    megabytes: int = 4096


@dataclass(slots=True)
class Job:
    """One run that was asked for."""

    id: str
    crisis: str
    source: str
    at: str
    out: str
    draws: int | None = None
    state: State = "waiting"
    stage: str = ""
    step: int = 0
    steps: int = 0
    says: str = ""
    since: float = field(default_factory=time.time)
    process: subprocess.Popen[str] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what readers may know of it; no path of the machine is among it."""
        return {
            "id": self.id,
            "crisis": self.crisis,
            "at": self.at,
            "state": self.state,
            "stage": self.stage,
            "step": self.step,
            "steps": self.steps,
            "says": self.says,
        }


class Jobs:
    """A queue with one worker.

    Parameters
    ----------
    limits : Limits
        Of each job.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._change = threading.Condition()
        self._closed = False
        self._number = 0
        self._thread = threading.Thread(target=self._work, name="forestall-jobs", daemon=True)
        self._thread.start()

    def add(self, crisis: str, source: Path, at: str, out: Path, draws: int | None = None) -> Job:
        """Put a run in the queue; the same one that waits or runs already is given back.

        Raises
        ------
        UsageError
            Where too many wait.
        """
        with self._change:
            for job in self._jobs.values():
                if job.out == str(out) and job.state in ("waiting", "running"):
                    return job
            if sum(job.state == "waiting" for job in self._jobs.values()) >= MAX_WAITING:
                raise UsageError(f"{MAX_WAITING} runs wait already; ask again when one is done")
            self._number += 1
            job = Job(f"job-{self._number}", crisis, str(source), at, str(out), draws)
            self._jobs[job.id] = job
            while len(self._jobs) > MAX_KEPT and next(iter(self._jobs.values())).state not in (
                "waiting",
                "running",
            ):
                self._jobs.popitem(last=False)
            self._change.notify_all()
            return job

    def get(self, name: str) -> Job | None:
        """Return a job, or None."""
        with self._change:
            return self._jobs.get(name)

    def all(self) -> list[Job]:
        """Return every job, the newest first."""
        with self._change:
            return list(reversed(self._jobs.values()))

    def cancel(self, name: str) -> Job | None:
        """Stop a job that waits or runs; what it wrote is gone with it."""
        with self._change:
            job = self._jobs.get(name)
            if job is not None and job.state in ("waiting", "running"):
                _end(job, "cancelled", "cancelled by a reader")
            return job

    def close(self) -> None:
        """End the worker and the job that runs."""
        with self._change:
            self._closed = True
            for job in self._jobs.values():
                if job.state in ("waiting", "running"):
                    _end(job, "cancelled", "the server ended")
            self._change.notify_all()
        self._thread.join(timeout=10)

    def _next(self) -> Job | None:
        """Wait for a job and mark it as running; None where the queue is closed."""
        with self._change:
            while True:
                if self._closed:
                    return None
                for job in self._jobs.values():
                    if job.state == "waiting":
                        job.state = "running"
                        job.process = self._start(job)
                        return job
                self._change.wait()

    def _start(self, job: Job) -> "subprocess.Popen[str]":
        """Start the process of a job."""
        facts = {"source": job.source, "at": job.at, "out": job.out, "draws": job.draws}
        asked = json.dumps(facts | {"megabytes": self.limits.megabytes})
        command = [sys.executable, "-m", "forestall.serving.work", asked]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603

    def _work(self) -> None:
        """Run jobs until the queue is closed."""
        while (job := self._next()) is not None:
            process = job.process
            if process is None:
                continue
            timer = threading.Timer(self.limits.seconds, self._too_long, [job])
            timer.start()
            try:
                self._watch(job, process)
            finally:
                timer.cancel()

    def _too_long(self, job: Job) -> None:
        """End a job that ran too long."""
        with self._change:
            if job.state == "running":
                _end(job, "out of time", f"ended after {self.limits.seconds:g} seconds")

    def _watch(self, job: Job, process: "subprocess.Popen[str]") -> None:
        """Read how far a job is until it ends."""
        complaint: list[str] = []
        reader = threading.Thread(
            target=lambda: complaint.append(process.stderr.read() if process.stderr else "")
        )
        reader.start()
        for line in process.stdout or ():
            job.stage, job.step, job.steps = _progress(line) or (job.stage, job.step, job.steps)
        code = process.wait()
        reader.join()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        with self._change:
            if job.state == "running":
                job.state = "done" if code == 0 else "failed"
                job.says = "" if code == 0 else _last(complaint, code)


def _last(complaint: list[str], code: int) -> str:
    """Return the end of what a worker complained of, or how it ended where it said nothing."""
    text = "".join(complaint).strip()[-LAST_LINES:]
    return text or f"the process ended with {code}: too little memory, most likely"


def _progress(line: str) -> tuple[str, int, int] | None:
    """Return stage, its number and how many there are, where a line tells.

    Examples
    --------
    >>> _progress("warn 2 5")
    ('warn', 2, 5)
    >>> _progress("something else") is None
    True
    """
    parts = line.split()
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return parts[0], int(parts[1]), int(parts[2])
    return None


def _end(job: Job, state: State, says: str) -> None:
    """Mark a job as ended and end its process."""
    job.state, job.says = state, says
    if job.process is not None and job.process.poll() is None:
        job.process.kill()
