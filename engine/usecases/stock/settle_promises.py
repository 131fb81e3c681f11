"""Keeps what is sold and on offer within what lies on shelves when stock is taken away: pools give up what is unsold,
and what is sold beyond that is written down as a shortage until units come or orders go."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from engine.model.frames import Contract
from engine.orders.shortage import settle
from engine.store import tables
from engine.store.transaction import Transaction

Read = Callable[[str, Contract], pl.DataFrame]
"""Answers a query in the SQL that both databases speak."""

_UNITS: Contract = {"sku": pl.String, "units": pl.Int64}
_UNSOLD = "SELECT show_id, sku, quantity - reserved AS units FROM pool_balance"
_WAITING = """
    SELECT l.sku, CAST(sum(l.qty) AS BIGINT) AS units FROM order_lines l JOIN orders o ON o.order_id = l.order_id
    WHERE o.status IN ('reserved', 'held') GROUP BY l.sku
"""
_FREE = """
    SELECT sku, CAST(sum(units) AS BIGINT) AS units FROM (
        SELECT sku, on_hand - reserved - quarantined AS units FROM stock_balance
        UNION ALL SELECT sku, units FROM expected_stock WHERE state = 'expected'
    ) AS there GROUP BY sku
"""
_SHORT = "SELECT sku, CAST(sum(delta) AS BIGINT) AS units FROM shortage_movements GROUP BY sku"
_STEERED = """
    SELECT 1 FROM lot_states WHERE state = 'quarantined'
    UNION ALL SELECT 1 FROM (SELECT sum(delta) AS units FROM shortage_movements) AS short WHERE units > 0
"""


@dataclass(frozen=True, slots=True)
class Settlements:
    """`withdrawn`: show_id, sku, units that leave a pool. `shortages`: sku, delta of units short."""

    withdrawn: pl.DataFrame
    shortages: pl.DataFrame


def settlements(
    read: Read,
    skus: Iterable[str],
    *,
    more_waiting: Mapping[str, int] | None = None,
    more_free: Mapping[str, int] | None = None,
) -> Settlements:
    """What is due for these SKUs, if so many more units were to wait and to be free than the database says."""
    unsold: dict[str, dict[str, int]] = {}
    for show, sku, units in read(_UNSOLD, {"show_id": pl.String, **_UNITS}).iter_rows():
        unsold.setdefault(sku, {})[show] = units
    waiting, free, short = (dict(read(sql, _UNITS).iter_rows()) for sql in (_WAITING, _FREE, _SHORT))
    withdrawn, shortages = [], []
    for sku in sorted(set(skus)):
        offered = unsold.get(sku, {})
        sold = waiting.get(sku, 0) + (more_waiting or {}).get(sku, 0)
        due = settle(
            promised=sold + sum(offered.values()),
            free=free.get(sku, 0) + (more_free or {}).get(sku, 0),
            unsold=offered,
        )
        withdrawn += [(show, sku, units) for show, units in due.withdrawn.items()]
        if due.shortage != short.get(sku, 0):
            shortages.append((sku, due.shortage - short.get(sku, 0)))
    return Settlements(
        pl.DataFrame(withdrawn, schema={"show_id": pl.String, **_UNITS}, orient="row"),
        pl.DataFrame(shortages, schema={"sku": pl.String, "delta": pl.Int64}, orient="row"),
    )


def write_settlements(tx: Transaction, due: Settlements, *, reason: str) -> None:
    """Take units out of pools, and write shortages down. The caller has the gate reload its book."""
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    keys = ("show_id", "sku")
    levels = tx.matching(tables.pool_balance, due.withdrawn.select(keys), *keys, "quantity")
    tx.append(
        tables.pool_movements,
        due.withdrawn.select(*keys, at=at, delta=-pl.col("units"), reason=pl.lit(reason)),
        stamp=True,
    )
    tx.amend(
        tables.pool_balance,
        levels.join(due.withdrawn, on=keys).select(*keys, quantity=pl.col("quantity") - pl.col("units")),
        on=keys,
    )
    tx.append(tables.shortage_movements, due.shortages.with_columns(at=at, reason=pl.lit(reason)), stamp=True)


def settle_after_return(tx: Transaction, skus: Iterable[str], *, reason: str, left: bool) -> None:
    """Orders gave these SKUs back: what came back to a quarantined lot, covers a shortage, or had `left` with a carrier
    already, is not on offer again."""
    if left or tx.rows(_STEERED):
        write_settlements(tx, settlements(tx.frame, skus), reason=reason)
