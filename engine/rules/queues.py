"""How much of what was planned still waits, and how much more can leave before a promise?

A node, or a carrier, is a fluid queue: parcels come in when they are planned and leave at a steady rate per working
minute, earliest promise first. Nothing here knows what the queue is.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]


def backlogs(planned: pl.DataFrame, *, due_by: float | None = None) -> pl.DataFrame:
    """Per `key`, the parcels that wait now: (key, waiting f64), only keys with any.

    `planned`: key, since (f64, working minutes between the planning and now), due (f64, the promise on any one clock),
    parcels, per_minute (the key's rate). With `due_by`, only parcels with an earlier or equal promise: those with a
    later one are served after them and do not count. A queue holds the most that any stretch of the past up to now
    brought in beyond what could leave in it (Lindley's recursion, unrolled).
    """
    relevant = planned if due_by is None else planned.filter(pl.col("due") <= due_by)
    return (
        relevant.group_by("key", "since")
        .agg(pl.col("parcels").sum(), pl.col("per_minute").first())
        .sort("key", "since")
        .with_columns(
            waiting=pl.col("parcels").cum_sum().over("key").cast(pl.Float64) - pl.col("per_minute") * pl.col("since")
        )
        .group_by("key")
        .agg(pl.col("waiting").max())
        .filter(pl.col("waiting") > 0)
    )


def room_until_promises(left: Floats, *, due_share: Floats) -> npt.NDArray[np.int64]:
    """How many parcels of a batch each key can take so that none of the promises is broken.

    `left`: keys x promises, parcels that can still leave until each promise. `due_share`: share of the batch due by
    each promise, ending with 1. A key that takes N parcels of the batch's mix has N x share of them due by a promise,
    so N is at most left / share, for every promise. Exact where all promises are one, or every key takes the mix.
    """
    limits = np.maximum(left, 0) / due_share[None, :]
    room: npt.NDArray[np.int64] = np.floor(limits.min(axis=1) + 1e-9).astype(np.int64)
    return room
