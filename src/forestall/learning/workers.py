"""Where fits are computed: here, on workers of this machine, or on a cluster.

Tasks are functions of their arguments alone, with numbered random streams, so that the numbers are
the same to the byte for any number of workers, and a task whose worker died is computed again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from forestall.core.errors import UsageError

Mapped = Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]]
EXPECTED = "local, local:2, slurm:8 or an address such as tcp://10.0.0.5:8786"
LOST_BEFORE_GIVING_UP = 20
"""Workers that may die over one task before it is given up."""


def threads_of(cluster: str) -> int | None:
    """Return the threads of one task: one where workers share a machine, else all.

    Examples
    --------
    >>> threads_of("local:4"), threads_of("")
    (1, None)
    """
    return 1 if cluster else None


@contextmanager
def mapping(cluster: str) -> Iterator[Mapped]:
    """Yield a function that applies another to many arguments, in their order.

    Parameters
    ----------
    cluster : str
        Empty: one after the other in this process, on all its threads. ``local`` or ``local:2``:
        workers of dask on this machine. ``slurm:8``: that many jobs by dask-jobqueue, configured as
        its documentation says. ``tcp://...``: a scheduler that runs already.

    Raises
    ------
    UsageError
        Where the text is none of these, the library is missing or no scheduler answers.
    """
    if not cluster:
        yield lambda function, tasks: [function(task) for task in tasks]
        return
    with _client(cluster) as client:
        yield lambda function, tasks: gathered(client, function, tasks)


def gathered(client: Any, function: Callable[[Any], Any], tasks: Iterable[Any]) -> list[Any]:
    """Return results in order; every task is computed by the workers, none remembered from before."""
    found: list[Any] = client.gather(client.map(function, list(tasks), pure=False))
    return found


@contextmanager
def _client(cluster: str) -> Iterator[Any]:
    """Yield a client of workers, which end with it where they were started for it."""
    from forestall.core.extras import need

    kind, _, rest = cluster.partition(":")
    if not re.fullmatch(r"(local|slurm)(:[1-9]\d{0,3})?|(tcp|tls|ucx)://\S+", cluster):
        raise UsageError(f"unknown cluster {cluster!r}; expected {EXPECTED}")
    need("distributed", "clusters")
    dask: Any = import_module("dask")
    connected: Any = import_module("distributed").Client
    with dask.config.set({"distributed.scheduler.allowed-failures": LOST_BEFORE_GIVING_UP}):
        if kind in ("local", "slurm"):
            with _started(kind, int(rest or 2)) as workers, connected(workers) as client:
                yield client
            return
        try:
            client = connected(cluster, timeout="10s")
        except OSError as fault:
            raise UsageError(f"no scheduler answers at {cluster}; next: dask scheduler") from fault
        with client:
            yield client


def _started(kind: str, number: int) -> Any:
    """Return workers of one thread each, on this machine or as jobs of SLURM."""
    if kind == "local":
        local: Any = import_module("distributed").LocalCluster
        return local(n_workers=number, threads_per_worker=1, dashboard_address=None)
    from forestall.core.extras import need

    need("dask_jobqueue", "jobs of SLURM")
    jobs: Any = import_module("dask_jobqueue").SLURMCluster()
    jobs.scale(jobs=number)
    return jobs
