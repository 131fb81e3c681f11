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


def room_until_promises(left: Floats, *, due: Floats) -> npt.NDArray[np.int64]:
    """How many parcels of a batch each key can take so that its promises can be kept.

    `left`: keys x promises, parcels that can still leave until each promise, from the nearest to the farthest. `due`:
    orders of the batch due at each, a parcel an order. Of those due by a promise a key can take what is left until it;
    of the others, at most all: so it takes no more than left + orders due later, for every promise. Exact where all
    promises are one. With several it never forbids what is possible, and an order with a near promise does not stop
    those with far ones: that a key takes too many of the near ones is not forbidden here but priced, as lateness.
    """
    later = due.sum() - np.cumsum(due)
    room: npt.NDArray[np.int64] = np.floor((np.maximum(left, 0) + later[None, :]).min(axis=1) + 1e-9).astype(np.int64)
    return room
