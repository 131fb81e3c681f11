"""Do the lots of a plan lie there, keep, and leave in the right order? Part of the checker in feasibility.py."""

from collections.abc import Iterator

import polars as pl

from engine.allocation.numbered import Numbered, Numbers, numbers


def stock_is_there(n: Numbered) -> Iterator[str]:
    """No lot ships more than lies there."""
    there = n.problem.stock.select(_stock_keys(n), pl.col("qty").alias("there"))
    short = (
        _shipped(n)
        .join(there, on="key", how="left", maintain_order="left")
        .with_columns(pl.col("there").fill_null(0))
        .filter(pl.col("qty") > pl.col("there"))
    )
    picks = n.plan.picks.select("node", "sku", "lot").gather(short["row"])
    for (node, sku, lot), qty, has in zip(picks.iter_rows(), short["qty"], short["there"], strict=True):
        yield f"Node {node} ships {qty} of {sku} lot {lot} and has {has}."


def lots_are_fresh_and_first(n: Numbered) -> Iterator[str]:
    """Near expiry at the predicted pick-up, and first expired first out among the lots that may ship."""
    limits = [_near_expiry_limit(life, n.problem.policy.near_expiry) for life in n.problem.skus["shelf_life_days"]]
    pick_up = pl.col("cutoff_at").fill_null(pl.lit(n.problem.policy.now)).dt.convert_time_zone("Asia/Shanghai")
    lots = (
        n.problem.stock.with_columns(_stock_keys(n))
        .join(_shipped(n).select("key", pl.col("qty").alias("taken")), on="key", how="left", maintain_order="left")
        .with_columns(pl.col("taken").fill_null(0))
        .filter(pl.col("taken").sum().over("node", "sku") > 0)
        .join(n.problem.nodes.select("node", day=pick_up.dt.date()), on="node", maintain_order="left")
        .join(n.problem.skus.select("sku", pl.Series("limit", limits)), on="sku", maintain_order="left")
        .with_columns(left=(pl.col("expiry") - pl.col("day")).dt.total_days())
        .with_columns(stale=(pl.col("left") <= pl.col("limit")).fill_null(value=False))
    )
    for row in lots.filter("stale", pl.col("taken") > 0).iter_rows(named=True):
        yield (
            f"Node {row['node']} ships {row['sku']} lot {row['lot']} with {row['left']} days left; "
            f"more than {row['limit']} must be left."
        )
    # A lot without an expiry goes last; of lots that expire on one day any may go first.
    fresh = lots.filter(~pl.col("stale")).sort("node", "sku", "expiry", "lot", nulls_last=True)
    first_open = (
        fresh.filter(pl.col("taken") < pl.col("qty"))
        .group_by("node", "sku", maintain_order=True)
        .agg(pl.col("lot").first().alias("first"), pl.col("expiry").first().alias("first_expiry"))
    )
    later = pl.col("expiry").is_null() | (pl.col("first_expiry") < pl.col("expiry"))
    passed = fresh.join(first_open, on=["node", "sku"], maintain_order="left").filter(
        pl.col("taken") > 0, pl.col("first_expiry").is_not_null(), later
    )
    for row in passed.iter_rows(named=True):
        yield (
            f"Node {row['node']} ships {row['sku']} lot {row['lot']} while {row['first']} expires earlier "
            "and has units left."
        )


def _near_expiry_limit(shelf_life_days: int | None, table: tuple[tuple[int, int], ...]) -> int:
    applicable = [(life, days) for life, days in table if shelf_life_days is not None and life <= shelf_life_days]
    return max(applicable)[1] if applicable else max(days for _, days in table)


def _shipped(n: Numbered) -> pl.DataFrame:
    """(key, qty, row): units of every lot that ships, and the pick that mentions it first; in that order."""
    keys = _keys(n, node=n.picks.node, sku=n.picks.sku, lot=n.picks.lot)
    rows = pl.DataFrame({"key": keys, "qty": n.picks.qty}).with_row_index("row")
    return rows.group_by("key").agg(pl.col("qty").sum(), pl.col("row").min()).sort("row")


def _stock_keys(n: Numbered) -> pl.Series:
    stock, problem = n.problem.stock, n.problem
    node, sku = numbers(stock["node"], problem.nodes["node"]), numbers(stock["sku"], problem.skus["sku"])
    return pl.Series("key", _keys(n, node=node, sku=sku, lot=numbers(stock["lot"], n.lots)))


def _keys(n: Numbered, *, node: Numbers, sku: Numbers, lot: Numbers) -> Numbers:
    """One number for node, SKU and lot together; what is unknown counts as one more of its kind."""
    return ((node + 1) * (n.problem.skus.height + 1) + sku + 1) * (len(n.lots) + 1) + lot + 1
