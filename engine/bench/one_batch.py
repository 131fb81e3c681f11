"""What does one batch of a show take, from reserved to allocated and committed? Rounds of 2,000 orders in a room's own
database file, with all that a round writes: parcels, picks, events, reasons, the certificate.

Beside the time that passed stands the processor's, which tells what the round takes where nobody else works.
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from engine.bench.bench_room import bench_brand, open_workplace
from engine.bench.engine_path import prepare, take_all
from engine.bench.measure import BenchFailed
from engine.bench.pulse import PulseShape
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.room.verify import verify

BATCH = 2_000
FEWEST = 5
"""Whole rounds that a median wants, beside the first, which warms up."""
TOGETHER = 1_000
"""Orders of one request while they come in."""
PULSE = 20_000
"""Orders that come in; half of the provinces' quotas run full, so that some six rounds remain."""


def measure_batches() -> dict[str, Any]:
    """Medians of the rounds, in ms. Raises BenchFailed where a round was not whole or an invariant does not hold."""
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        made = bench_brand(PULSE)
        work = open_workplace(Path(name) / "batch.duckdb", made)
        try:
            rows = made.pulse(PulseShape(arrivals=PULSE))
            waiting = [rows[first : first + TOGETHER] for first in range(0, len(rows), TOGETHER)]
            take_all(work, prepare(work, waiting, together=1).groups)
            wall, processor = [], []
            while True:
                began, worked = time.perf_counter(), time.process_time()
                run = allocate_waiting(work, limit=BATCH)
                if run.orders < BATCH:
                    break
                wall.append((time.perf_counter() - began) * 1000)
                processor.append((time.process_time() - worked) * 1000)
            if len(wall) <= FEWEST:
                raise BenchFailed(
                    f"Only {len(wall)} whole batches of {BATCH} orders were waiting; {FEWEST} are wanted."
                )
            if not verify(work.database).clean:
                raise BenchFailed("An invariant does not hold after the batches.")
        finally:
            work.database.close()
    return {
        "orders": BATCH,
        "batches": len(wall) - 1,
        "batch_2000_ms": round(statistics.median(wall[1:])),
        "best_ms": round(min(wall[1:])),
        "processor_ms": round(statistics.median(processor[1:])),
    }
