"""Which lots may ship from which node, and in what order do they leave?

First expired, first out, among lots that are not near expiry on the day the carrier is predicted to scan
them. Days are Chinese calendar days: the date printed on the package and the platform's inspector both use
them.
"""

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from enum import StrEnum

import polars as pl

from engine.allocation.problem import UTC_TIME, AllocationPolicy

CHINA_AHEAD_OF_UTC = timedelta(hours=8)  # one zone, no summer time


class Blocked(StrEnum):
    """Why a lot that lies at a node does not count as stock there."""

    NEAR_EXPIRY = "near_expiry"
    WRONG_LAYER = "wrong_layer"


def near_expiry_days(shelf_life_days: int | None, *, table: tuple[tuple[int, int], ...]) -> int:
    """Days left at pick-up at which a product counts as near expiry; more than that must be left to ship it.

    A product that expires but does not say its shelf life gets the strictest figure: refusing a good lot
    costs a transfer, shipping a near-expiry lot costs the shop.
    """
    if shelf_life_days is None:
        return max(days for _, days in table)
    return next(days for life, days in table if shelf_life_days >= life)


def judge_lots(
    stock: pl.DataFrame, *, skus: pl.DataFrame, nodes: pl.DataFrame, policy: AllocationPolicy
) -> pl.DataFrame:
    """`stock` plus `blocked` (a Blocked or null), sorted so that reading it downwards is FEFO (no expiry
    comes last)."""
    limit = pl.lit(near_expiry_days(None, table=policy.near_expiry))
    for life, days in reversed(policy.near_expiry):
        limit = pl.when(pl.col("shelf_life_days") >= life).then(pl.lit(days)).otherwise(limit)
    pick_up = pl.col("cutoff_at").fill_null(pl.lit(policy.now.astimezone(UTC), dtype=UTC_TIME))
    pick_up_day = (pick_up + CHINA_AHEAD_OF_UTC).dt.date()
    near = (pl.col("expiry") - pick_up_day).dt.total_days() <= limit
    return (
        stock.join(skus.select("sku", "layer", "shelf_life_days"), on="sku")
        .join(nodes.select("node", "layers", "cutoff_at"), on="node")
        .with_columns(
            pl.when(~pl.col("layers").list.contains(pl.col("layer")))
            .then(pl.lit(Blocked.WRONG_LAYER.value))
            .when(near.fill_null(value=False))
            .then(pl.lit(Blocked.NEAR_EXPIRY.value))
            .alias("blocked")
        )
        .select("node", "sku", "lot", "expiry", "qty", "blocked")
        .sort("node", "sku", "expiry", "lot", nulls_last=True)
    )


@dataclass(slots=True)
class Shelf:
    """The usable lots of one SKU at one node, last to leave first, so that taking is popping from the end."""

    lots: list[tuple[str, int]] = field(default_factory=list)

    def take(self, units: int) -> list[tuple[str, int]]:
        """Remove `units`, earliest expiry first; returns (lot, units). The caller has made sure that they are
        there."""
        taken = []
        while units:
            lot, held = self.lots.pop()
            if held > units:
                self.lots.append((lot, held - units))
                held = units
            taken.append((lot, held))
            units -= held
        return taken
