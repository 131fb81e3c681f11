"""Who has fallen below a standard, and who is back? By intervals, and with hysteresis.

A warning is raised when the whole interval lies below the standard: bad luck alone hardly explains it. It is cleared
only when the estimate itself is at the standard again, so that it does not flicker at the edge. Where nothing is
measured any more there is nothing to warn of.
"""

from enum import StrEnum

import polars as pl

KEY = ("kind", "partner", "tier", "measure")
FIGURES = ("parcels", "adjusted", "low", "high", "standard")


class WarningState(StrEnum):
    """Where a warning stands."""

    OPEN = "open"
    CLEARED = "cleared"


class WarningReason(StrEnum):
    """Why its state changed."""

    BELOW = "below"  # the interval lies below the standard
    BACK = "back"  # the estimate is at the standard again
    NO_PARCELS = "no_parcels"  # nothing is measured any more


def changes(scores: pl.DataFrame, standing: pl.DataFrame, *, min_parcels: int) -> pl.DataFrame:
    """KEY, state, reason, FIGURES of what changes.

    `scores`: KEY and FIGURES as they are now (standard may be null); `standing`: KEY and FIGURES of the open warnings.
    """
    known = standing.select(KEY, open=pl.lit(value=True))
    judged = scores.filter(pl.col("standard").is_not_null()).join(known, on=KEY, how="left")
    raised = judged.filter(
        pl.col("open").is_null(), pl.col("parcels") >= min_parcels, pl.col("high") < pl.col("standard")
    )
    back = judged.filter(pl.col("open"), pl.col("adjusted") >= pl.col("standard"))
    gone = standing.join(judged.select(KEY), on=KEY, how="anti").with_columns(parcels=pl.lit(0, dtype=pl.Int64))
    return pl.concat(
        [
            _moved(raised, WarningState.OPEN, WarningReason.BELOW),
            _moved(back, WarningState.CLEARED, WarningReason.BACK),
            _moved(gone, WarningState.CLEARED, WarningReason.NO_PARCELS),
        ]
    )


def _moved(rows: pl.DataFrame, state: WarningState, reason: WarningReason) -> pl.DataFrame:
    return rows.select(*KEY, state=pl.lit(state.value), reason=pl.lit(reason.value), **{f: pl.col(f) for f in FIGURES})
