"""When does each rider reach each next stop? Straight line times a detour, at the rider's own speed, stop after stop.

No road network: the room works offline and for every city. What that costs is in DECISIONS.md.
"""

from datetime import datetime

import polars as pl

from engine.logistics.courier_policy import EtaPolicy, SpeedPolicy
from engine.model.distance import kilometres
from engine.model.frames import INSTANT, Contract, conform

STOPS: Contract = {
    # Open stops with the rider's position, before their times are known.
    "task_id": pl.String,
    "courier": pl.String,
    "seq": pl.Int32,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "due_at": INSTANT,  # null: nothing was promised
    "rider_lon": pl.Float64,  # null where the rider was never heard of, and the next two
    "rider_lat": pl.Float64,
    "heard_at": INSTANT,
    "speed_kmh": pl.Float64,  # null: not moving, or not known
}


def arrivals(stops: pl.DataFrame, speed: SpeedPolicy, eta: EtaPolicy, *, now: datetime) -> pl.DataFrame:
    """STOPS with `km` (road, from the stop before), `eta` (null without a rider) and `late` (false without either).

    A rider who stands is expected to go on at the usual speed; nobody arrives before `now`.
    """
    rows = conform(stops, STOPS).sort("courier", "seq", "task_id")
    first = pl.col("courier") != pl.col("courier").shift(1).fill_null("")
    rows = rows.with_columns(
        from_lon=pl.when(first).then("rider_lon").otherwise(pl.col("lon").shift(1)),
        from_lat=pl.when(first).then("rider_lat").otherwise(pl.col("lat").shift(1)),
    )
    straight = kilometres(*(rows[c].cast(pl.Float64).to_numpy() for c in ("from_lon", "from_lat", "lon", "lat")))
    kmh = pl.col("speed_kmh").fill_null(speed.usual_kmh).clip(speed.least_kmh, speed.most_kmh)
    ride = pl.col("km") / kmh * 60.0
    minutes = (ride + eta.stop_minutes).cum_sum().over("courier") - eta.stop_minutes
    reached = pl.col("heard_at") + pl.duration(seconds=minutes * 60.0)
    arrives = pl.max_horizontal(reached, pl.lit(now).cast(INSTANT))
    return (
        rows.with_columns(km=pl.Series(straight, nan_to_null=True) * eta.detour)
        .with_columns(eta=pl.when(pl.col("heard_at").is_not_null()).then(arrives))
        .with_columns(late=(pl.col("eta") > pl.col("due_at")).fill_null(value=False))
        .drop("from_lon", "from_lat")
    )
