"""The limit: the rows that intake appends, appended by DuckDB alone. No decision, no audit, no balances.

Same tables with their keys and CHECKs, same batches, one commit a batch, frames already in Arrow.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from engine.bench.measure import Round
from engine.store.database import Database

Batch = tuple[pa.Table, pa.Table]


def stored_batches(database: Database) -> list[Batch]:
    """Orders and lines as the room stored them, one pair a commit."""
    orders = database.read("FROM orders ORDER BY version, arrival").partition_by("version", as_dict=True)
    lines = database.read("FROM order_lines ORDER BY version, order_id, line_no").partition_by("version", as_dict=True)
    return [(frame.to_arrow(), _arrow(lines[version])) for version, frame in orders.items()]


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow()


def append_limit(directory: Path, batches: Sequence[Batch]) -> Round:
    """Append every batch into a fresh database in `directory`."""
    path = directory / "limit.duckdb"
    Database.open(f"duckdb:///{path}").close()  # creates the tables
    batch_ms: list[float] = []
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET checkpoint_threshold = '256MB'")
        began = time.perf_counter()
        for orders, lines in batches:
            start = time.perf_counter()
            connection.execute("BEGIN")
            for table, frame in (("orders", orders), ("order_lines", lines)):
                columns = ", ".join(f'"{name}"' for name in frame.column_names)
                connection.register("staged", frame)
                connection.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM staged")
                connection.unregister("staged")
            connection.execute("COMMIT")
            batch_ms.append((time.perf_counter() - start) * 1000)
        seconds = time.perf_counter() - began
    path.unlink()
    return Round(seconds, tuple(batch_ms))
