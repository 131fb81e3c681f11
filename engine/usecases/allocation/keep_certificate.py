"""Keeps what an allocation round proves of itself: cost, lower bound, gap, and the price of whatever is short."""

import math
from datetime import timedelta

import polars as pl

from engine.allocation.plan import PlanSummary
from engine.model.frames import INSTANT
from engine.store import tables
from engine.store.transaction import Transaction


def keep_certificate(tx: Transaction, summary: PlanSummary, *, took_ms: int, keep_days: float) -> None:
    """Write the certificate in the commit of the plan. A method that proves no bound has none, and nothing is written.

    Prices of rounds more than `keep_days` old are deleted; the rounds themselves, one row each, are kept.

    Figures are those of the plan as made; what no longer stood when it was written is in the audit row.
    """
    if summary.lower_bound_yuan is None or summary.gap is None:
        return
    cost = round(summary.cost_yuan * 100)
    # Floats may put a bound a hair above the cost it bounds; in cents it is never above.
    bound = min(math.floor(summary.lower_bound_yuan * 100 + 1e-6), cost)
    tx.append(
        tables.allocation_rounds,
        pl.DataFrame(
            {
                "at": [tx.at],
                "method": [summary.method],
                "orders": [summary.orders],
                "served": [summary.served],
                "unserved": [summary.unserved],
                "parcels": [summary.parcels],
                "cost_cents": [cost],
                "lower_bound_cents": [bound],
                "gap": [max(0.0, float(summary.gap))],
                "took_ms": [took_ms],
            },
            schema_overrides={"at": INSTANT},
        ),
        stamp=True,
    )
    [(last_old,)] = tx.rows(
        'SELECT max(version) FROM allocation_rounds WHERE "at" < :old', {"old": tx.at - timedelta(days=keep_days)}
    )
    if last_old is not None:
        tx.execute(tables.shadow_prices.delete().where(tables.shadow_prices.c.version <= last_old))
    prices = [
        (kind, key, float(yuan))
        for kind, by_key in (summary.shadow_prices or {}).items()
        for key, yuan in by_key.items()
        if math.isfinite(yuan) and yuan > 0
    ]
    frame = pl.DataFrame(prices, schema={"kind": pl.String, "key": pl.String, "yuan": pl.Float64}, orient="row")
    tx.append(tables.shadow_prices, frame, stamp=True)
