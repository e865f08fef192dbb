"""Readers on the page over loopback: how long they wait, whether anything fails, whether memory grows.

python bench/serve.py --runs FOLDER [--readers 200] [--seconds 60] [--pause 1.0] [--crisis karabakh-2023]

Each reader keeps one connection, asks for one address after the other and looks at each for the pause.
With --pause 0 they ask as fast as they can, which shows how many answers a second there are at most.
"""

import argparse
import asyncio
import json
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SEED = 15
WARM_UP = 2


def rss_mb(pid: int) -> float:
    """Return the memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, host: str
) -> tuple[int, int]:
    """Ask for one address on an open connection; return the status and the bytes of the body."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    if "content-length:" in head:
        size = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
        await reader.readexactly(size)
        return status, size
    size = 0
    while chunk := int((await reader.readline()).strip(), 16):
        await reader.readexactly(chunk + 2)
        size += chunk
    await reader.readline()
    return status, size


async def read_on(
    number: int, port: int, paths: list[str], end: float, pause: float
) -> list[tuple[float, int, int]]:
    """Read one address after the other until the end; return seconds, status and bytes of each."""
    chance, done = random.Random(SEED + number), []  # noqa: S311
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(chance.random() * pause)
    while time.perf_counter() < end:
        started = time.perf_counter()
        try:
            status, size = await ask(reader, writer, chance.choice(paths), f"127.0.0.1:{port}")
        except (OSError, asyncio.IncompleteReadError, ValueError):
            status, size = 0, 0
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        done.append((time.perf_counter() - started, status, size))
        await asyncio.sleep(pause * (0.5 + chance.random()))
    writer.close()
    return done


async def addresses(port: int, crisis: str) -> list[str]:
    """Return the addresses of every view of the crisis's last run, and of the world."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /crises.json HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    told = json.loads((await reader.read()).partition(b"\r\n\r\n")[2])
    moments = next(row["moments"] for row in told["crises"] if row["name"] == crisis)
    views = [f"/crisis/{crisis}/{moments[-1]}/{view}.json" for view in told["views"]]
    return ["/", "/world.json", "/crises.json", *views]


async def measured(port: int, pid: int, given: argparse.Namespace) -> dict[str, object]:
    """Return what readers saw."""
    paths = await addresses(port, given.crisis)
    await asyncio.gather(*(read_on(n, port, paths, time.perf_counter() + WARM_UP, 0) for n in range(4)))
    before, started = rss_mb(pid), time.perf_counter()
    end = started + given.seconds
    readers = (read_on(n, port, paths, end, given.pause) for n in range(given.readers))
    rows = [row for one in await asyncio.gather(*readers) for row in one]
    waits = np.array([row[0] for row in rows]) * 1000
    return {
        "readers": given.readers, "seconds": round(time.perf_counter() - started, 1), "pause": given.pause,
        "answers": len(rows), "errors": sum(row[1] != 200 for row in rows),
        **{f"p{q}_ms": round(float(np.quantile(waits, q / 100)), 1) for q in (50, 95, 99)},
        "mb_before": round(before), "mb_after": round(rss_mb(pid)),
        "kb_an_answer": round(sum(row[2] for row in rows) / max(len(rows), 1) / 1000, 1),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", required=True)
    parser.add_argument("--crisis", default="karabakh-2023")
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=1.0)
    given = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = "from forestall.cli import main; main()"
    command = [sys.executable, "-c", start, "serve", given.crisis, "--runs", given.runs, "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        print(json.dumps(asyncio.run(measured(port, server.pid, given)), indent=1))
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    main()
