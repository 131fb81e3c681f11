"""Real couriers to watch: pick-ups of LaDe (Cainiao's last-mile data set) as positions and stops on a clock from zero.

The user brings the file; nothing of it is kept here. A courier is seen where its phone was when it accepted and when it
picked up, else at the door; each pick-up is a stop between the two. The days of the file are laid over one another.
"""

from pathlib import Path

import polars as pl

from engine.clock import utc_now
from engine.errors import BadFile
from engine.model.datum import Datum
from engine.usecases.riders.assign_tasks import Task
from engine.usecases.riders.record_positions import Position
from jobs.demo.play_riders import Recorded

COLUMNS = {
    "order_id": pl.Int64, "courier_id": pl.Int64, "city": pl.String, "accept_time": pl.String, "pickup_time": pl.String,
    "lng": pl.Float64, "lat": pl.Float64, "pickup_gps_lng": pl.Float64, "pickup_gps_lat": pl.Float64,
    "accept_gps_lng": pl.Float64, "accept_gps_lat": pl.Float64,
}  # fmt: skip
"""Times read "MM-DD HH:MM:SS"; positions are degrees, whose datum the data set does not name."""


def lade_day(path: Path, datum: Datum) -> list[Recorded]:
    """What every courier of the file reported in a day, in order, in seconds from the first. Raises BadFile."""
    try:
        frame = pl.read_parquet(path, columns=list(COLUMNS)).cast(pl.Schema(COLUMNS))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadFile(f"{path} cannot be read as pick-ups of LaDe: {error}") from error
    times = [
        pl.col(f"{what}_time").str.slice(6).str.to_time("%H:%M:%S", strict=False).alias(f"{what}_at")
        for what in ("accept", "pickup")
    ]
    rows = frame.with_columns(times).drop_nulls(["accept_at", "pickup_at", "lng", "lat"])
    rows = rows.with_columns(
        pl.col("accept_at", "pickup_at").dt.hour().cast(pl.Float64) * 3600
        + pl.col("accept_at", "pickup_at").dt.minute().cast(pl.Float64) * 60
        + pl.col("accept_at", "pickup_at").dt.second()
    ).filter(pl.col("pickup_at") > pl.col("accept_at"))
    if rows.is_empty():
        raise BadFile(f"{path} holds no pick-up that was accepted and made on one day.")
    rows = rows.sort("courier_id", "pickup_at").with_columns(seq=pl.int_range(pl.len()).over("city", "courier_id"))
    events: list[Recorded] = []
    some_time = utc_now()  # each report gets its own when it is sent
    for row in rows.iter_rows(named=True):
        name = f"{row['city'].upper()[:3]}-{row['courier_id']}"
        door = (row["lng"], row["lat"])
        for what in ("accept", "pickup"):
            lon, lat = row[f"{what}_gps_lng"], row[f"{what}_gps_lat"]
            seen = door if lon is None or lat is None else (lon, lat)
            if what == "pickup" or seen is not door:
                events.append((row[f"{what}_at"], Position(name, some_time, *seen, datum)))
            state = "open" if what == "accept" else "done"
            task = f"lade-{row['city']}-{row['order_id']}"
            events.append((row[f"{what}_at"], Task(task, name, some_time, row["seq"], state, None, *door, datum, "")))
    events.sort(key=lambda event: event[0])
    first = events[0][0]
    return [(at - first, report) for at, report in events]
