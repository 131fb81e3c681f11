"""The whole path: a real room behind HTTP, 32 clients on this machine, each waiting for the answer after the commit."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson

from engine.bench.bench_room import BenchBrand, open_workplace
from engine.bench.http_load import Load, join, post_all
from engine.bench.measure import BenchFailed, percentile
from engine.bench.pulse import PulseShape, batches
from engine.settings import ROOT
from engine.store.database import Database
from engine.usecases.room.verify import verify

CLIENTS, PROCESSES = 32, 2
START_SECONDS, STOP_SECONDS = 90, 30
SINGLES = 20
"""Requests of one order are measured with a pulse of one part in `SINGLES` of the whole."""


def run_http(made: BenchBrand, shape: PulseShape, directory: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Requests of 20 orders, then of one, into the same room; then the room stops and every invariant is checked."""
    pulse = made.pulse(PulseShape(arrivals=shape.arrivals + shape.arrivals // SINGLES, resent_after=shape.resent_after))
    path = directory / "http.duckdb"
    open_workplace(path, made).database.close()
    told: dict[str, Any] = {"clients": CLIENTS, "client_processes": PROCESSES}
    with running_room(path, directory) as port:
        for size, part in ((20, pulse[: shape.arrivals]), (1, pulse[shape.arrivals :])):
            figures = _measured(port, part, size)
            told[f"requests_of_{size}"] = figures
            say(f"HTTP, {size} a request: {figures['orders_per_second']:,} orders/s, p99 {figures['ms']['p99']} ms")
    told["verify_clean"], told["orders_stored"] = _verified(path, distinct={order["order_no"] for order in pulse})
    return told


def _measured(port: int, orders: Sequence[dict[str, Any]], size: int) -> dict[str, Any]:
    bodies = [orjson.dumps({"source": "bench", "rows": batch}) for batch in batches(orders, size)]
    context = get_context("spawn")
    start_line = context.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=join, initargs=(start_line,)) as pool:
        shares = [bodies[n::PROCESSES] for n in range(PROCESSES)]
        running = [pool.submit(post_all, port, share, CLIENTS // PROCESSES) for share in shares]
        loads: list[Load] = [future.result() for future in running]
    refusals = [load.refusal for load in loads if load.refusal]
    if refusals:
        raise BenchFailed(f"The room refused orders of the benchmark with {refusals[0]}")
    ms = [1000 * seconds for load in loads for seconds in load.seconds]
    took = max(load.ended for load in loads) - min(load.began for load in loads)
    counts = {name: sum(load.counts.get(name, 0) for load in loads) for name in ("read", "accepted", "duplicate")}
    if counts["read"] != len(orders) or counts["accepted"] + counts["duplicate"] != len(orders):
        raise BenchFailed(f"{len(orders)} orders were sent, but the receipts say {counts}.")
    return {
        "orders": len(orders),
        "requests": len(bodies),
        "seconds": round(took, 3),
        "orders_per_second": round(len(orders) / took),
        "requests_per_second": round(len(bodies) / took),
        "ms": {name: round(percentile(ms, q), 1) for name, q in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))},
        **counts,
    }


@contextmanager
def running_room(database: Path, directory: Path, **settings: str) -> Iterator[int]:
    """A room of its own process on a free port; stopped as an operator stops it. `settings`: more of its environment.

    Yields the port.
    """
    port, log = _free_port(), directory / "room.log"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WARROOM_")},
        "WARROOM_DATABASE": f"duckdb:///{database}",
        "WARROOM_INTAKE_REQUESTS_PER_SECOND": "0",  # the limit is a caller's, and here one address sends for all
        **settings,
    }
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        _await_health(process, port, log)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise BenchFailed(f"The room did not stop within {STOP_SECONDS} s of SIGTERM.\n{_tail(log)}") from None


def _await_health(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _healthy(port):
            return
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
        raise BenchFailed(f"The room did not start:\n{_tail(log)}")
    raise BenchFailed(f"The room was not ready after {START_SECONDS} s:\n{_tail(log)}")


def _healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]


def _verified(path: Path, *, distinct: set[str]) -> tuple[bool, int]:
    """Whether every invariant holds, and how many orders are stored: each that was sent, once."""
    database = Database.open(f"duckdb:///{path}")
    try:
        report = verify(database)
    finally:
        database.close()
    broken = [f"{check.name} ({check.examples[0]})" for check in report.checks if check.breaches]
    if broken or report.orders != len(distinct):
        raise BenchFailed(
            f"{len(distinct)} different orders were acknowledged, {report.orders} are stored; "
            f"broken invariants: {broken or 'none'}."
        )
    return True, report.orders
