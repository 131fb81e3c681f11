"""Prometheus text: what intake has committed, how long it took, how much waits, how many people watch.

Rows by end come from the database, so they survive a restart; latencies are this process's own.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from streamlit import runtime

from dashboard.read_times import READ_TIMES, Asked
from engine.model.states import RowEnd
from engine.usecases.room.room import Room
from jobs.runtime import Running

BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds; 0.1 is the goal for the 99th percentile."""


class Metrics:
    """Counters of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = [0] * (len(BUCKETS) + 1)
        self._sum = 0.0

    def committed(self, seconds: float) -> None:
        """One intake request was answered after its commit."""
        with self._lock:
            self._counts[bisect_left(BUCKETS, seconds)] += 1
            self._sum += seconds

    def text(self, running: Running) -> str:
        """Everything, in Prometheus's text format. Reads the database: call it in a thread."""
        with self._lock:
            counts, total = tuple(self._counts), self._sum
        room = running.room
        parts = [
            *_family("warroom_intake_rows_total", "counter", "Rows taken in, by how they ended.", _rows(room)),
            *_family("warroom_intake_waiting", "gauge", "Requests waiting at the desk.", {"": room.desk.depth}),
            *_family("warroom_data_version", "gauge", "Commits so far.", {"": room.database.data_version()}),
            *_family(
                "warroom_scheduler_running", "gauge", "1 while jobs are scheduled.", {"": int(running.scheduling)}
            ),
            *_family("warroom_sessions", "gauge", "Browser sessions connected.", {"": sessions()}),
            *_reads(READ_TIMES.all()),
            *_histogram("warroom_intake_commit_seconds", "From request to commit.", counts, total),
        ]
        return "\n".join(parts) + "\n"


METRICS = Metrics()


def sessions() -> int:
    """Browser sessions connected to this process."""
    if not runtime.exists():
        return 0
    found = runtime.get_instance().stats_mgr.get_stats(family_names=["active_sessions"])
    return sum(int(getattr(stat, "value", 0)) for stats in found.values() for stat in stats)


def _rows(room: Room) -> dict[str, int]:
    ends = [end.value for end in RowEnd]
    sums = ", ".join(f"coalesce(sum({end}), 0)::BIGINT" for end in ends)
    [row] = room.database.read(f"SELECT {sums} FROM intake_batches").rows()
    return {f'{{end="{end}"}}': int(value) for end, value in zip(ends, row, strict=True)}


def _reads(boards: Mapping[str, Asked]) -> Iterator[str]:
    name = "warroom_board_read_seconds"
    yield f"# HELP {name} Everything that a board shows, asked once for all viewers."
    yield f"# TYPE {name} summary"
    for board, asked in boards.items():
        yield f'{name}_sum{{board="{board}"}} {asked.seconds:.6f}'
        yield f'{name}_count{{board="{board}"}} {asked.count}'
    slowest = {f'{{board="{board}"}}': round(asked.slowest, 6) for board, asked in boards.items()}
    yield from _family(f"{name}_slowest", "gauge", "The slowest of them so far.", slowest)


def _family(name: str, kind: str, told: str, values: Mapping[str, int | float]) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values.items():
        yield f"{name}{labels} {value}"


def _histogram(name: str, told: str, counts: Sequence[int], total: float) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} histogram"
    *below, all_of_them = accumulate(counts)
    for bound, count in zip(BUCKETS, below, strict=True):
        yield f'{name}_bucket{{le="{bound}"}} {count}'
    yield f'{name}_bucket{{le="+Inf"}} {all_of_them}'
    yield f"{name}_sum {total}"
    yield f"{name}_count {all_of_them}"
