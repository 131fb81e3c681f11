"""Where is a plan tight, which orders pass there, and how much would have to leave? Reads a plan, makes none."""

import polars as pl

from engine.allocation.plan import Plan, WhyUnserved
from engine.allocation.staggering import USAGE, Bottleneck, BottleneckKind


def prices_of(plan: Plan) -> dict[Bottleneck, float]:
    """The plan's prices of throughput and carrier capacity, in yuan a parcel; zero prices are no bottleneck."""
    told = plan.summary.shadow_prices or {}
    return {(kind.value, key): yuan for kind in BottleneckKind for key, yuan in told.get(kind, {}).items() if yuan > 0}


def usage_of(plan: Plan, prices: dict[Bottleneck, float]) -> pl.DataFrame:
    """Which bottlenecks each order's parcels pass (USAGE); shared parcels leave anyway and are left out.

    An order that found all nodes or all carriers full would pass one of them: it is set down at the cheapest, which
    states its price too low rather than too high.
    """
    alone = plan.parcels.filter(pl.col("orders").list.len() == 1).select("parcel_id", "node", "carrier")
    of_order = plan.picks.select("order_id", "parcel_id").unique().join(alone, on="parcel_id")
    parts = [
        of_order.group_by("order_id", key=column).agg(parcels=pl.len().cast(pl.Int64)).with_columns(kind=pl.lit(kind))
        for kind, column in ((BottleneckKind.THROUGHPUT.value, "node"), (BottleneckKind.CAPACITY.value, "carrier"))
    ]
    stopped = (
        (WhyUnserved.NODES_FULL, BottleneckKind.THROUGHPUT),
        (WhyUnserved.CARRIERS_FULL, BottleneckKind.CAPACITY),
    )
    for reason, kind in stopped:
        cheapest = min(((yuan, key) for (of, key), yuan in prices.items() if of == kind), default=None)
        if cheapest is not None:
            waiting = plan.unserved.filter(pl.col("reason") == reason)
            parts.append(
                waiting.select(
                    "order_id", key=pl.lit(cheapest[1]), parcels=pl.lit(1, dtype=pl.Int64), kind=pl.lit(kind.value)
                )
            )
    return pl.concat([part.select(list(USAGE)) for part in parts]).sort("order_id", "kind", "key")


def relief_of(plan: Plan, usage: pl.DataFrame, *, share: float) -> dict[Bottleneck, float]:
    """Parcels that must leave each bottleneck: `share` of what passes, and all that it stopped."""
    stopped = usage.join(plan.unserved, on="order_id", how="semi").group_by("kind", "key").agg(pl.col("parcels").sum())
    relief: dict[Bottleneck, float] = {(kind, key): float(parcels) for kind, key, parcels in stopped.iter_rows()}
    for kind, column in ((BottleneckKind.THROUGHPUT.value, "node"), (BottleneckKind.CAPACITY.value, "carrier")):
        for key, parcels in plan.parcels.group_by(column).agg(pl.len()).iter_rows():
            relief[kind, key] = relief.get((kind, key), 0.0) + share * parcels
    return relief
