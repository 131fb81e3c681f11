"""How much does it cost not to know the future? A seeded show, batch after batch, beside the plan that knew it all.

Policies on the same arrivals: the rule (nearest, then cheapest); each batch planned for itself at least cost; and least
cost with bid prices from a forecast, as the room does it. The forecast is wrong on purpose: its mix of SKUs and
provinces and its total are distorted by lognormal factors; the clock is known, and what was seen corrects the rest. The
room plans the orders of a door again while no wave has their parcels; here these stay open for no batch, a fifth of the
show, or all of it. The reference is the plan of the whole show at once. Then a room's own batch of 2,000 is timed.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.feasibility import violations
from engine.allocation.lookahead import bids_for, expected_orders, future_weights, still_expected
from engine.allocation.optimal import Bids
from engine.allocation.plan import Plan
from engine.allocation.planner import plan_batch
from engine.allocation.problem import Problem
from engine.bench.allocation_problems import NOW, SHOW, make_problem
from engine.bench.measure import BenchFailed, machine, percentile
from engine.bench.one_batch import measure_batches

BATCH = 400
"""Orders of two seconds, at 200 orders a second."""
SAMPLE = 4_000
"""Orders that stand for the remaining show, as in the room."""
SKU_ERROR, PROVINCE_ERROR, TOTAL_ERROR = 0.4, 0.25, 0.1
"""Standard deviations of the logarithms by which the forecast is wrong."""
MEMORY_ORDERS = 500
"""What the memory of where buyers live is worth beside what was seen: some thirty provinces, each known as well as
1 / PROVINCE_ERROR squared orders would tell."""
FAMILIES = ("loose", "carrier_cut_30", "non_stationary")
SEED = 20261111
POLICIES = (
    ("rule", "rule", 0.0),
    ("myopic", "myopic", 0.0),
    ("ahead_apart", "bids", 0.0),
    ("ahead_briefly", "bids", 0.2),
    ("ahead", "bids", 1.0),
)
"""Name, how a batch is planned, and for what share of the show a parcel stays open: its buyer's next order may join."""


@dataclass(slots=True)
class _World:
    """What is left, and what has happened."""

    problem: Problem
    stock: pl.DataFrame
    nodes: pl.DataFrame
    taken: dict[str, int]
    picks: list[pl.DataFrame] = field(default_factory=list)
    parcels: list[pl.DataFrame] = field(default_factory=list)

    @staticmethod
    def of(problem: Problem) -> "_World":
        return _World(problem, problem.stock, problem.nodes, dict.fromkeys(problem.carriers["carrier"], 0))

    def cost(self) -> float:
        """Yuan of all parcels that stand."""
        return float(sum(frame["cost_yuan"].sum() for frame in self.parcels))

    def reopen(self, batch: pl.DataFrame, *, batches: int) -> pl.DataFrame:
        """Take back what the buyers of `batch` have in the parcels of the last `batches` batches, and return those
        orders. Whoever shares a parcel is of the same buyer and place."""
        first = max(0, len(self.parcels) - batches)
        again = self.problem.orders.join(batch.select("buyer", "region").unique(), on=["buyer", "region"], how="semi")
        found = [picks.join(again.select("order_id"), on="order_id", how="semi") for picks in self.picks[first:]]
        if not found or not any(frame.height for frame in found):
            return again.clear()
        for number, frame in enumerate(found, first):
            if frame.is_empty():
                continue
            gone = self.parcels[number].join(frame.select("parcel_id").unique(), on="parcel_id", how="semi")
            self._count(frame, gone, sign=1)
            self.parcels[number] = self.parcels[number].join(gone.select("parcel_id"), on="parcel_id", how="anti")
            self.picks[number] = self.picks[number].join(frame.select("order_id").unique(), on="order_id", how="anti")
        return again.join(pl.concat(found).select("order_id").unique(), on="order_id", how="semi")

    def with_orders(self, orders: pl.DataFrame, lines: pl.DataFrame, *, parcels_to_come: float) -> Problem:
        """These orders against what is left. Shares are of the whole show: each carrier may take what its share of all
        parcels planned and to come leaves it."""
        planned = sum(self.taken.values())
        carriers = self.problem.carriers.select("carrier", "capacity", "max_share")
        room = [
            max(0, min(capacity - self.taken[name], int(share * (planned + parcels_to_come)) - self.taken[name]))
            for name, capacity, share in carriers.iter_rows()
        ]
        free = self.problem.carriers.with_columns(
            capacity=pl.Series(room, dtype=pl.Int64), max_share=pl.lit(1.0), min_share=pl.lit(0.0)
        )
        return replace(self.problem, orders=orders, lines=lines, stock=self.stock, nodes=self.nodes, carriers=free)

    def ship(self, plan: Plan) -> None:
        """Count what was planned as gone."""
        self._count(plan.picks, plan.parcels, sign=-1)
        self.picks.append(plan.picks)
        self.parcels.append(plan.parcels)

    def _count(self, picks: pl.DataFrame, parcels: pl.DataFrame, *, sign: int) -> None:
        """Units and places of these are given back (sign 1) or taken (-1)."""
        keys = ["node", "sku", "lot"]
        used = picks.group_by(keys).agg(used=pl.col("qty").cast(pl.Int64).sum())
        self.stock = (
            self.stock.join(used, on=keys, how="left", maintain_order="left")
            .with_columns(qty=pl.col("qty") + sign * pl.col("used").fill_null(0))
            .drop("used")
        )
        sent = parcels.group_by("node").agg(used=pl.len().cast(pl.Int64))
        self.nodes = (
            self.nodes.join(sent, on="node", how="left", maintain_order="left")
            .with_columns(throughput=pl.col("throughput") + sign * pl.col("used").fill_null(0))
            .drop("used")
        )
        for carrier, count in parcels["carrier"].value_counts().iter_rows():
            self.taken[carrier] -= sign * count


class _Forecast:
    """A distorted memory of the same kind of show, corrected by what is seen."""

    def __init__(self, problem: Problem, *, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.problem = problem
        self.first_sku = problem.lines.group_by("order_id", maintain_order=True).agg(pl.col("sku").first())
        memory = problem.orders.sample(fraction=0.1, seed=seed).join(self.first_sku, on="order_id")
        provinces = sorted(set(problem.orders["region"].str.slice(0, 2)))
        wrong = _factors(random, SKU_ERROR, problem.skus["sku"].to_list())
        there = _factors(random, PROVINCE_ERROR, provinces)
        weight = pl.col("sku").replace_strict(wrong, return_dtype=pl.Float64) * pl.col("region").str.slice(
            0, 2
        ).replace_strict(there, return_dtype=pl.Float64)
        self.memory = memory.with_columns(weight=weight).with_columns(pl.col("weight") / pl.col("weight").sum())
        self.total = problem.orders.height * _factors(random, TOTAL_ERROR, ["total"])["total"]
        self.planned = {
            s: self.total * w for s, w in self.memory.group_by("sku").agg(pl.col("weight").sum()).iter_rows()
        }

    def bids(self, world: _World, seen: pl.DataFrame, *, seed: int) -> tuple[Bids, float]:
        """Bid prices for the rest of the show, and the orders expected in it."""
        known = seen.join(self.first_sku, on="order_id")
        passed: float = (seen.select(pl.col("paid_at").max()).item() - (NOW - SHOW)) / SHOW
        sold = dict(known["sku"].value_counts().iter_rows())
        remaining = still_expected(self.planned, sold, progress=min(1.0, passed))
        columns = [*seen.columns, "sku", "weight"]
        pool = pl.concat(
            [
                self.memory.with_columns(weight=pl.col("weight") * MEMORY_ORDERS).select(columns),
                known.with_columns(weight=pl.lit(1.0)).select(columns),
            ]
        )
        to_come = sum(remaining.values())
        number = max(1, min(SAMPLE, round(to_come)))
        orders, lines = expected_orders(
            pool.select(seen.columns),
            self.problem.lines,
            weights=future_weights(pool["sku"], pool["weight"], remaining=remaining),
            number=number,
            seed=seed,
        )
        future = world.with_orders(orders, lines, parcels_to_come=1.05 * to_come)
        return bids_for(future, each=to_come / number), to_come


def _factors(random: np.random.Generator, error: float, names: list[str]) -> dict[str, float]:
    """A lognormal factor for each name."""
    return dict(zip(names, np.exp(random.normal(0.0, error, len(names))).tolist(), strict=True))


def run_lookahead(*, orders: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All families at this size, and one batch in a room; raises BenchFailed if a plan breaks a rule."""
    found = {family: _family(family, orders=orders, say=say) for family in FAMILIES}
    room = measure_batches()
    say(f"{room['orders']:,} orders from reserved to allocated: {room['batch_2000_ms']} ms")
    return {
        "bench": "lookahead",
        "machine": machine(),
        "orders": orders,
        "orders_a_batch": BATCH,
        "seed": SEED,
        "families": found,
        "one_batch": room,
    }


def _family(family: str, *, orders: int, say: Callable[[str], None]) -> dict[str, Any]:
    problem = make_problem(family, orders=orders, seed=SEED)
    knowing = plan_batch(problem, explain=False).summary
    result: dict[str, Any] = {
        "clairvoyant_yuan": round(knowing.cost_yuan, 2),
        "clairvoyant_unserved": knowing.unserved,
        "clairvoyant_bound_yuan": round(knowing.lower_bound_yuan or 0.0, 2),
    }
    for name, policy, stays_open in POLICIES:
        run = _show(problem, policy, stays_open=stays_open)
        cost = run["cost_yuan"]
        run["over_clairvoyant"] = round(cost / knowing.cost_yuan - 1, 4)
        say(f"{family}, {name}: {cost:,.0f} yuan, {run['over_clairvoyant']:.1%} above the clairvoyant plan")
        result[name] = run
    result["share_of_rule_saved"] = round(1 - result["ahead"]["cost_yuan"] / result["rule"]["cost_yuan"], 4)
    return result


def _show(problem: Problem, policy: str, *, stays_open: float) -> dict[str, Any]:
    world, forecast = _World.of(problem), _Forecast(problem, seed=7)
    arrivals = problem.orders.sort("paid_at", "order_id")
    unserved, milliseconds, bids, to_come, again = 0, [], None, 0.0, 0
    batches = -(-arrivals.height // BATCH)
    open_batches = round(stays_open * batches)
    for number in range(batches):
        batch = arrivals[number * BATCH : (number + 1) * BATCH]
        if policy == "bids":
            bids, to_come = forecast.bids(world, arrivals[: number * BATCH + batch.height], seed=number)
        reopened = world.reopen(batch, batches=open_batches) if open_batches else batch.clear()
        again += reopened.height
        planned = pl.concat([batch, reopened])
        lines = problem.lines.join(planned.select("order_id"), on="order_id", how="semi")
        present = world.with_orders(planned, lines, parcels_to_come=1.05 * planned.height + to_come / 2)
        began = time.perf_counter()
        plan = nearest_then_cheapest(present) if policy == "rule" else plan_batch(present, bids=bids, explain=False)
        milliseconds.append((time.perf_counter() - began) * 1000)
        wrong = violations(present, plan)
        if wrong:
            raise BenchFailed(f"A batch's plan breaks a rule: {wrong[0]}")
        world.ship(plan)
        unserved += plan.summary.unserved
    cost = world.cost() + unserved * problem.policy.unserved_yuan
    return {
        "cost_yuan": round(cost, 2),
        "unserved": unserved,
        "planned_again": again,
        "batch_ms": {"p50": round(statistics.median(milliseconds)), "p95": round(percentile(milliseconds, 0.95))},
    }
