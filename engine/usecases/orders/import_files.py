"""Order files into the room: read whole, decided in payment order, committed in chunks, so that a kill loses nothing.

A chunk that was committed is found again as duplicates when the file is imported once more. `send_file` does the
same through the API of a running room, which owns the database.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl

from engine.intake.assemble import OrderBatch
from engine.intake.files import detect_format, parse_table, read_table
from engine.usecases.orders.ingest_orders import ORDER_NUMBER, assembled, take_batch
from engine.usecases.orders.intake_parts import Part
from engine.usecases.room.room_caller import RoomCaller
from engine.usecases.room.workplace import Workplace

CHUNK_ORDERS = 5_000
"""Orders a commit. At 50,000 orders a second a chunk is a tenth of a second: what a kill makes one do again."""

SEND_ROWS = 1_000

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ImportTotals:
    """accepted + duplicate + unpaid + quarantined == read, over all files."""

    files: int = 0
    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    unpaid: int = 0
    quarantined: int = 0
    changed: int = 0
    reserved: int = 0
    held: int = 0
    sold_out: int = 0

    def plus(self, receipt: Mapping[str, Any]) -> "ImportTotals":
        """These totals and one receipt's."""
        counts = {name: getattr(self, name) + int(receipt[name]) for name in asdict(self) if name != "files"}
        return replace(self, **counts)


def import_file(
    work: Workplace, path: Path, totals: ImportTotals, *, actor: str, progress: Progress
) -> tuple[ImportTotals, list[dict[str, Any]]]:
    """Take in one file; returns the totals so far and the first faults. `progress` is told rows as they end."""
    table = read_table(path)
    name = detect_format(table.columns)
    batch = assembled(work, parse_table(table))
    faults: list[dict[str, Any]] = []
    for chunk in _chunks(batch):
        part = Part(uuid4().hex, path.name, name, 1, chunk.read)
        [receipt] = take_batch(work, chunk, [part], actor=actor)
        totals = totals.plus(receipt.as_dict())
        faults.extend(receipt.faults)
        progress(chunk.read)
    return replace(totals, files=totals.files + 1), faults


def _chunks(batch: OrderBatch) -> Iterator[OrderBatch]:
    """The batch in commits of CHUNK_ORDERS, first paid first; faults and repeated rows go with the first."""
    orders = batch.orders.sort("paid_at", "row", nulls_last=True, maintain_order=True)
    nothing = replace(batch, faults=batch.faults.clear(), duplicates=batch.duplicates.clear())
    for start in range(0, max(1, orders.height), CHUNK_ORDERS):
        share = orders.slice(start, CHUNK_ORDERS)
        whole = batch if start == 0 else nothing
        lines = batch.lines.join(share.select("order_id"), on="order_id", how="semi", maintain_order="left")
        read = int(share["rows"].sum()) + whole.faults.height + whole.duplicates.height
        yield replace(whole, orders=share, lines=lines, read=read)


def send_file(
    path: Path, url: str, totals: ImportTotals, *, key: str | None, progress: Progress
) -> tuple[ImportTotals, list[dict[str, Any]]]:
    """Send one file's rows to a running room; an order's rows always travel together. Retries while it is away."""
    table = read_table(path)
    name = detect_format(table.columns)
    faults: list[dict[str, Any]] = []
    with RoomCaller(url, key) as caller:
        for rows in _loads(table, name):
            receipt = caller.post("/api/orders", {"format": name, "source": path.name, "rows": rows})
            totals = totals.plus(receipt)
            faults.extend(receipt["faults"])
            progress(len(rows))
    return replace(totals, files=totals.files + 1), faults


def _loads(table: pl.DataFrame, name: str) -> Iterator[list[dict[str, Any]]]:
    """The rows in loads of about SEND_ROWS, an order's rows side by side and never in two loads."""
    number = ORDER_NUMBER[name]
    together = table.sort(pl.col("row").min().over(number), "row", maintain_order=True)
    ends = (together[number].rle_id().diff(null_behavior="ignore").fill_null(1) != 0).arg_true().to_list()
    starts = [0]
    for place in ends:
        if place - starts[-1] >= SEND_ROWS:
            starts.append(place)
    for start, stop in zip(starts, [*starts[1:], together.height], strict=True):
        yield together.slice(start, stop - start).drop("row").to_dicts()
