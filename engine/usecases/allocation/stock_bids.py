"""The planning prices of stock as the room stands: what `plan_batch` may be given as bids, if the policy wants any."""

from datetime import datetime, timedelta

import polars as pl

from engine.allocation.problem import NEAR_EXPIRY_DAYS
from engine.clock import BEIJING
from engine.rules.stock_prices import stock_prices
from engine.store.database import Database
from engine.usecases.room.workplace import Workplace

LEAST_DAYS = 1 / 24
"""An hour: the rate of a room that has allocated for less is no rate yet, so its units count as an hour's at least."""


def stock_bids(work: Workplace, *, now: datetime) -> pl.DataFrame | None:
    """(node, sku, yuan per unit), negative where using a unit is welcome; None while both prices are switched off."""
    policy = work.rules.allocation.credits
    if not (policy.near_expiry or policy.balance):
        return None
    lots = _sellable(work.database, now=now)
    return stock_prices(lots, _demand(work.database, now=now, days=policy.demand_days), policy)


def _sellable(database: Database, *, now: datetime) -> pl.DataFrame:
    """Free units of lots that may still ship, and the days until the platform's threshold forbids it."""
    found = database.read(
        """
        SELECT b.node, b.sku, b.lot, b.on_hand - b.reserved - b.quarantined AS units, s.shelf_life_days,
               (l.expires_on - $today::DATE)::BIGINT AS days_left, s.cost_cents / 100.0 AS cost_yuan
        FROM stock_balance b JOIN lots l ON l.lot = b.lot JOIN skus s ON s.sku = b.sku
        WHERE b.on_hand - b.reserved - b.quarantined > 0
        ORDER BY ALL
        """,
        {"today": now.astimezone(BEIJING).date()},
    )
    threshold = pl.lit(max(days for _, days in NEAR_EXPIRY_DAYS))
    for life, days in reversed(NEAR_EXPIRY_DAYS):
        threshold = pl.when(pl.col("shelf_life_days") >= life).then(pl.lit(days)).otherwise(threshold)
    return (
        found.with_columns(sellable_days=pl.col("days_left") - threshold)
        .filter(pl.col("sellable_days").is_null() | (pl.col("sellable_days") > 0))
        .select("node", "sku", "lot", "units", "sellable_days", "cost_yuan")
    )


def _demand(database: Database, *, now: datetime, days: float) -> pl.DataFrame:
    """Units a day of what was allocated from each node in the last `days`, or since the first of them."""
    return database.read(
        """
        WITH taken AS (
            SELECT a.node, a.sku, a.qty, p.planned_at
            FROM boards.standing_picks a JOIN parcels p ON p.parcel_id = a.parcel_id
            WHERE p.status = 'planned' AND p.planned_at > $since
        ),
        watched AS (
            SELECT greatest(epoch_us($now::TIMESTAMPTZ) - epoch_us(min(planned_at)), $least) / 86400e6 AS days
            FROM taken
        )
        SELECT node, sku, sum(qty)::DOUBLE / (SELECT days FROM watched) AS per_day FROM taken GROUP BY node, sku
        """,
        {"since": now - timedelta(days=days), "now": now, "least": int(LEAST_DAYS * 86_400_000_000)},
    )
