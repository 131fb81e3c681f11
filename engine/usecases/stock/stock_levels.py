"""Levels of every lot before and after a steering change: what orders give back and take, what is fenced or found."""

import polars as pl

from engine.allocation.steering import Change, ChangeKind
from engine.store.database import Database

KEYS = ("node", "sku", "lot")
LEVELS = ("on_hand", "reserved", "quarantined")


def stock_levels(database: Database) -> pl.DataFrame:
    """node, sku, lot, on_hand, reserved, quarantined of every lot at every node."""
    return database.read("SELECT node, sku, lot, on_hand, reserved, quarantined FROM stock_balance ORDER BY ALL")


def levels_after(
    levels: pl.DataFrame,
    change: Change,
    *,
    back: pl.DataFrame,
    taken: pl.DataFrame | None,
    quarantined: frozenset[str],
) -> pl.DataFrame:
    """The lots whose levels change: KEYS, LEVELS after, LEVELS `_before`.

    `back`, `taken`: picks that orders give up and take; `quarantined`: lots that may not ship as things stand;
    what comes free of them is fenced.
    A count never goes below what stuck orders hold and what is fenced: those units are booked until they are settled.
    """
    after = levels.with_columns(pl.col(level).alias(f"{level}_before") for level in LEVELS)
    after = _shifted(after, back, sign=-1)
    if taken is not None:
        after = _shifted(after, taken.with_columns(pl.col("qty").cast(pl.Int64)), sign=1)
    here = (pl.col("node") == (change.node or "")) & (pl.col("lot") == (change.lot or ""))
    barred = set(quarantined)
    match change.kind:
        case ChangeKind.STOCK_COUNTED:
            units = change.units or 0
            fenced = pl.min_horizontal("quarantined", pl.lit(units, dtype=pl.Int64))
            found = pl.max_horizontal(pl.lit(units, dtype=pl.Int64), pl.col("reserved") + fenced)
            after = after.with_columns(
                on_hand=pl.when(here).then(found).otherwise(pl.col("on_hand")),
                quarantined=pl.when(here).then(fenced).otherwise(pl.col("quarantined")),
            )
        case ChangeKind.LOT_RELEASED:
            barred -= {change.lot}
            is_lot = pl.col("lot") == change.lot
            after = after.with_columns(quarantined=pl.when(is_lot).then(0).otherwise(pl.col("quarantined")))
        case ChangeKind.LOT_QUARANTINED:
            barred |= {change.lot or ""}
        case _:
            pass
    fence = pl.when(pl.col("lot").is_in(sorted(barred))).then(pl.col("on_hand") - pl.col("reserved"))
    after = after.with_columns(quarantined=fence.otherwise(pl.col("quarantined")))
    return after.filter(pl.any_horizontal(pl.col(level) != pl.col(f"{level}_before") for level in LEVELS))


def _shifted(levels: pl.DataFrame, picks: pl.DataFrame, *, sign: int) -> pl.DataFrame:
    units = picks.group_by(KEYS).agg(units=pl.col("qty").sum())
    return (
        levels.join(units, on=KEYS, how="left", maintain_order="left")
        .with_columns(reserved=pl.col("reserved") + sign * pl.col("units").fill_null(0))
        .drop("units")
    )
