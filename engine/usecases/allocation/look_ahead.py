"""During a show: what will its remaining orders pay for what is left? Bid prices for the batches of the next minute.

The future is drawn from the newest orders of the show, more often where the show plan still expects sales. Outside a
show, and until it has FEWEST orders, nothing is expected and every batch is planned for itself. Prices are kept in
this process only: they are a forecast, wrong in a minute, and are made again.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from engine.allocation.lookahead import bids_for, expected_orders, future_weights, still_expected
from engine.allocation.optimal import Bids
from engine.usecases.allocation.allocation_problem import gather_problem
from engine.usecases.allocation.stock_bids import stock_bids
from engine.usecases.room.workplace import Outlook, Workplace

FEWEST = 200
"""Orders below which a show says nothing yet about where its buyers live."""
NEWEST = 5_000
"""Orders that the future is drawn from: the last minute or two of a pulse, what is being sold now."""
SAMPLE = 4_000
"""Orders that stand for the remaining show: prices in about a second."""
LIVES = timedelta(seconds=120)
"""Bids older than this are not used: the show has moved on."""


def look_ahead(work: Workplace) -> Outlook | None:
    """Find bid prices for the show that runs now, and keep them for `bids_now`; None (and none kept) if none runs."""
    work.outlook = None
    now = work.now()
    show = work.database.read(
        "SELECT show_id, starts_at, ends_at FROM shows WHERE starts_at <= $now AND ends_at > $now "
        "ORDER BY starts_at DESC LIMIT 1",
        {"now": now},
    )
    if show.is_empty():
        return None
    show_id, starts, ends = show.row(0)
    pool = _newest(work, show_id)
    if pool.height < FEWEST:
        return None
    sold, planned = _units_sold(work, show_id), _units_planned(work, show_id)
    remaining = still_expected(planned, sold, progress=(now - starts) / (ends - starts))
    units_an_order = float(pool.select(pl.col("sold_qty").mean()).item())
    expected = round(sum(remaining.values()) / max(1.0, units_an_order))
    if expected < 1:
        return None
    # They pay now, and their promise is as long as those of the orders they are drawn from.
    coming = pool.with_columns(promise_at=pl.lit(now) + (pl.col("promise_at") - pl.col("paid_at")), paid_at=pl.lit(now))
    problem = gather_problem(work, coming.drop("sold_sku", "sold_qty"), now=now)
    number = min(SAMPLE, expected)
    weights = future_weights(pool["sold_sku"], pl.repeat(1.0, pool.height, eager=True), remaining=remaining)
    orders, lines = expected_orders(problem.orders, problem.lines, weights=weights, number=number, seed=pool.height)
    if orders.is_empty():
        return None
    bids = bids_for(replace(problem, orders=orders, lines=lines), each=expected / number)
    work.outlook = Outlook(now, expected, bids)
    return work.outlook


def bids_now(work: Workplace, *, now: datetime) -> Bids | None:
    """What the next batch pays beside its cost: the outlook if it is fresh, and the stock credits if the policy gives
    any."""
    credit = stock_bids(work, now=now)
    outlook = work.outlook
    fresh = outlook.bids if outlook is not None and now - outlook.at <= LIVES else None
    if credit is None:
        return fresh
    stock = credit.select("node", "sku", "yuan")
    if fresh is None:
        return Bids.of_stock(stock)
    both = pl.concat([fresh.stock, stock]).group_by("node", "sku", maintain_order=True).agg(pl.col("yuan").sum())
    return replace(fresh, stock=both)


def _newest(work: Workplace, show_id: str) -> pl.DataFrame:
    """The newest orders of the show that hold stock, as waiting_orders has them, with what was sold first in them."""
    return work.database.read(
        """
        WITH newest AS (
            SELECT * FROM orders WHERE show_id = $show AND status IN ('reserved', 'allocated')
            ORDER BY arrival DESC LIMIT $limit
        ), first AS (
            SELECT order_id, arg_min(sold_sku, line_no) AS sold_sku, arg_min(sold_qty, line_no) AS sold_qty
            FROM order_lines SEMI JOIN newest USING (order_id) GROUP BY order_id
        )
        SELECT o.order_id, o.buyer, o.adcode AS region, r.lat, r.lon, o.paid_at, o.promise_at, o.address, o.street,
               o.platform, o.amount_cents, f.sold_sku, f.sold_qty
        FROM newest o
        JOIN first f ON f.order_id = o.order_id
        LEFT JOIN regions r ON r.adcode = o.adcode
        ORDER BY o.order_id
        """,
        {"show": show_id, "limit": NEWEST},
    )


def _units_sold(work: Workplace, show_id: str) -> dict[str, float]:
    found = work.database.read(
        """
        SELECT sold_sku, sum(sold_qty)::DOUBLE AS units FROM (
            SELECT DISTINCT l.order_id, l.sold_sku, l.sold_qty
            FROM order_lines l JOIN orders o ON o.order_id = l.order_id
            WHERE o.show_id = $show AND o.status IN ('reserved', 'allocated', 'held')
        ) GROUP BY sold_sku
        """,
        {"show": show_id},
    )
    return dict(found.iter_rows())


def _units_planned(work: Workplace, show_id: str) -> dict[str, float]:
    found = work.database.read(
        "SELECT sku, sum(expected_units)::DOUBLE FROM show_items WHERE show_id = $show GROUP BY sku", {"show": show_id}
    )
    return dict(found.iter_rows())
