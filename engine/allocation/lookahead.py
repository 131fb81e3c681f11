"""What will those who come later pay for what an early order takes? Bid prices from a forecast of the remaining demand.

A batch planned for itself takes the cheapest there is, and later orders find the near stock gone. Bid prices are the
shadow prices of the whole remaining show against all that is left: with them, a batch takes the near stock only where
nobody later needs it more. The future is a sample of orders, each standing for several; prices are found by the same
climb as a batch's own (market.py). Solved again as the show goes on, because a forecast is wrong and knows it.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from engine.allocation.consignments import demand_of
from engine.allocation.grounds import Floats, Ints, grounds_of
from engine.allocation.market import Market, State
from engine.allocation.optimal import Bids, prices_of
from engine.allocation.problem import Problem
from engine.allocation.ways import Finder

LEVEL_YUAN = 20.0
"""Where all nodes or carriers run short, a parcel bids at most so much more everywhere: enough that nobody splits an
order without need, too little (a tenth of what an unserved order costs) to leave one unserved that needs several."""
CAUTION = 1.1
"""So many times what is expected is provided for. A tenth too much costs detours of some fen; a tenth too little, where
nodes are nearly full, leaves one order in eighty unserved at the end of the show (measured, 10,000 orders)."""
AFTERGLOW = 0.02
"""Share of what a SKU sold so far that is expected of it still when its plan and its pace are used up."""
PLAN_DOUBT = 0.4
"""By how much (standard deviation over mean) a show plan is wrong about a SKU; the demo's planners are (estimate)."""
WORTH_A_BID_YUAN = 0.02
"""Prices below two fen are left out: no way in the country turns on them."""


def bids_for(future: Problem, *, each: float) -> Bids:
    """Bid prices for a future: `future.orders` is a sample, each order standing for `each` that are expected, and the
    stock, throughput and capacity are all that is left for the future and the present together."""
    grounds = grounds_of(future)
    market = Market(Finder(grounds, demand_of(grounds, future.lines, merge=False)), future.policy, each=CAUTION * each)
    return bids_from(market, prices_of(market))


def bids_from(market: Market, state: State) -> Bids:
    """A market's prices as bids."""
    grounds, resources = market.grounds, market.resources
    prices = resources.prices(state.yuan)
    carrier = prices.carrier + state.max_share - state.min_share
    # An order that was accepted is served: bids say from where, not whether. What a SKU costs everywhere alike (it will
    # sell out, says a forecast that may be wrong) is left out, and what a parcel is dearer everywhere above LEVEL_YUAN.
    stocked = np.where(grounds.units > 0, prices.stock, np.inf)
    level = stocked.min(axis=1)
    above = np.where(grounds.units > 0, prices.stock - level[:, None], 0.0)
    stock = [
        (node, sku, float(above[s, n]))
        for s, sku in enumerate(grounds.sku_ids)
        for n, node in enumerate(grounds.node_ids)
        if above[s, n] >= WORTH_A_BID_YUAN
    ]
    throughput = prices.throughput - max(0.0, _level(prices.throughput, grounds.throughput) - LEVEL_YUAN)
    carrier = carrier - max(0.0, _level(carrier, grounds.capacity) - LEVEL_YUAN)
    nodes = [(node, float(y)) for node, y in zip(grounds.node_ids, throughput, strict=True) if y >= WORTH_A_BID_YUAN]
    carriers = [
        (name, float(y)) for name, y in zip(grounds.carrier_ids, carrier, strict=True) if abs(y) >= WORTH_A_BID_YUAN
    ]
    return Bids(
        stock=pl.DataFrame(stock, schema={"node": pl.String, "sku": pl.String, "yuan": pl.Float64}, orient="row"),
        nodes=pl.DataFrame(nodes, schema={"node": pl.String, "yuan": pl.Float64}, orient="row"),
        carriers=pl.DataFrame(carriers, schema={"carrier": pl.String, "yuan": pl.Float64}, orient="row"),
    )


def _level(yuan: Floats, left: Ints) -> float:
    """What all that are left are dearer alike."""
    return float(yuan[left > 0].min(initial=np.inf)) if (left > 0).any() else 0.0


def expected_orders(
    orders: pl.DataFrame, lines: pl.DataFrame, *, weights: pl.Series, number: int, seed: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`number` orders drawn with replacement from known ones by weight, under ids and buyers of their own; and their
    lines. The same seed draws the same."""
    drawn = orders.with_row_index("row").select("row", "order_id", weight=weights).filter(pl.col("weight") > 0)
    if drawn.is_empty():
        return orders.clear(), lines.clear()
    edges = drawn["weight"].cum_sum()
    total = float(edges[-1])
    # Evenly spaced points from one random start (systematic sampling) follow the weights as closely as can be.
    start = pl.Series([0]).hash(seed=seed)[0] / 2**64
    points = (pl.int_range(number, eager=True).cast(pl.Float64) + start) * (total / number)
    rows = drawn["row"].gather(edges.search_sorted(points, side="right").clip(0, drawn.height - 1))
    ids = pl.format("future-{}", pl.int_range(pl.len()))
    future = orders[rows].with_columns(known="order_id", order_id=ids, buyer=ids)
    goods = future.select("known", "order_id").join(lines, left_on="known", right_on="order_id")
    return future.drop("known"), goods.select("order_id", *[c for c in lines.columns if c != "order_id"])


def future_weights(sku: pl.Series, base: pl.Series, *, remaining: Mapping[str, float]) -> pl.Series:
    """How often each known order is drawn for the future: by its `base` weight, scaled so that the orders whose first
    SKU is s are drawn in proportion to `remaining`[s] (orders still expected)."""
    known = pl.DataFrame({"sku": sku, "base": base})
    share = dict(known.group_by("sku").agg(pl.col("base").sum()).iter_rows())
    scale = {s: remaining.get(s, 0.0) / total if total > 0 else 0.0 for s, total in share.items()}
    return known.select(pl.col("base") * pl.col("sku").replace_strict(scale, return_dtype=pl.Float64))["base"]


def still_expected(planned: Mapping[str, float], seen: Mapping[str, float], *, progress: float) -> dict[str, float]:
    """Orders by first SKU that are still to come: `planned` for the whole show, corrected by what was `seen` so far;
    `progress` (0..1) is the share of the show's time that has passed.

    How a SKU sells beside its plan is a factor with a gamma distribution around 1, as wide as PLAN_DOUBT; what was seen
    is a Poisson count. So after a handful of orders the pace seen counts more than the plan. A SKU that has not sold at
    all has not been shown yet: its plan stands. What sells keeps selling for a moment (AFTERGLOW of what it sold): a
    show never ends on the dot.
    """
    sure = PLAN_DOUBT**-2
    found = {}
    for sku in planned.keys() | seen.keys():
        sold, plan = seen.get(sku, 0.0), planned.get(sku, 0.0)
        if not sold:
            found[sku] = plan
            continue
        # What nobody planned is taken to have been planned as it sells.
        whole = plan * (sure + sold) / (sure + plan * progress) if plan > 0 else sold / max(progress, AFTERGLOW)
        found[sku] = max(whole * (1.0 - progress), AFTERGLOW * sold)
    return found
