"""What a measurement is made of: rounds, percentiles, the machine, the disk. Knows nothing of what is measured."""

import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import WarRoomError

BUSY = 0.25
"""Load per core from which on a machine is called busy; figures taken then are pessimistic."""


class BenchFailed(WarRoomError):
    """The benchmark could not be run, or what it measured was wrong; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Round:
    """One timed pass over all batches: seconds of the whole, milliseconds of each batch."""

    seconds: float
    batch_ms: tuple[float, ...]


def rate_of(orders: int, rounds: Sequence[Round]) -> dict[str, Any]:
    """Orders a second over the rounds (median, slowest, fastest), and batch times over all of them."""
    rates = sorted(orders / made.seconds for made in rounds)
    batch_ms = [ms for made in rounds for ms in made.batch_ms]
    return {
        "orders_per_second": round(statistics.median(rates)),
        "slowest": round(rates[0]),
        "fastest": round(rates[-1]),
        "rounds": len(rates),
        "batch_ms": {"p50": round(percentile(batch_ms, 0.5), 2), "p99": round(percentile(batch_ms, 0.99), 2)},
    }


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed; 0.0 of nothing."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def machine() -> dict[str, Any]:
    """Cores that this process may use, what they are, and how busy they are before anything starts."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    load = os.getloadavg()[0]
    return {
        "cores": cores,
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "load_before": round(load, 2),
        "busy": load > BUSY * cores,
    }


def disk_ms(directory: Path, *, kilobytes: int = 64, times: int = 100) -> dict[str, float]:
    """Milliseconds of one write and fdatasync: what a durable commit costs at the very least."""
    block, path = os.urandom(kilobytes * 1024), directory / "disk.bench"
    taken: list[float] = []
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(block)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    path.unlink()
    return {"kilobytes": kilobytes, "p50": round(percentile(taken, 0.5), 3), "p99": round(percentile(taken, 0.99), 3)}
