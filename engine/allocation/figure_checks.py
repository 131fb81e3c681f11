"""Do a plan's parcels keep the limits and cost what they say? Part of the checker in feasibility.py."""

import math
from collections.abc import Iterator

import polars as pl

from engine.allocation.plan import Plan
from engine.allocation.problem import Problem

_YUAN = 1e-6


def limits_hold(problem: Problem, plan: Plan) -> Iterator[str]:
    """No node and no carrier takes more parcels than it can."""
    for node, limit, parcels in (
        (plan.parcels.group_by("node").len("parcels").join(problem.nodes, on="node").sort("node"))
        .select("node", "throughput", "parcels")
        .iter_rows()
    ):
        if parcels > limit:
            yield f"Node {node} sends {parcels} parcels and can send {limit}."
    for carrier, limit, parcels in (
        (plan.parcels.group_by("carrier").len("parcels").join(problem.carriers, on="carrier").sort("carrier"))
        .select("carrier", "capacity", "parcels")
        .iter_rows()
    ):
        if parcels > limit:
            yield f"Carrier {carrier} takes {parcels} parcels and can take {limit}."


def shares_hold_or_are_stated(problem: Problem, plan: Plan) -> Iterator[str]:
    """A share is kept, or the summary states by how many parcels it is not."""
    stated = {(r.rule.value, r.carrier): r.parcels for r in plan.summary.relaxations}
    planned = plan.parcels.height
    counts = dict(plan.parcels["carrier"].value_counts().iter_rows())
    for carrier, low, high in problem.carriers.select("carrier", "min_share", "max_share").iter_rows():
        count = counts.get(carrier, 0)
        slack = 1e-9 * max(1, planned)
        broken = {
            "min_share": math.ceil(low * planned - slack) - count,
            "max_share": count - math.floor(high * planned + slack),
        }
        for rule, parcels in broken.items():
            if max(parcels, 0) != stated.get((rule, carrier), 0):
                yield (
                    f"Carrier {carrier} takes {count} of {planned} parcels, {max(parcels, 0)} off {rule}, "
                    f"and the summary states {stated.get((rule, carrier), 0)}."
                )


def merging_is_allowed(problem: Problem, plan: Plan) -> Iterator[str]:
    """Orders share a parcel only with one buyer, one region and leave to do so."""
    shared = plan.parcels.filter(pl.col("orders").list.len() > 1)
    if shared.height and not problem.policy.merge:
        yield f"Parcel {shared['parcel_id'][0]} holds several orders, and the policy forbids merging."
    people = plan.picks.join(problem.orders.select("order_id", "buyer", "region"), on="order_id")
    mixed = people.group_by("parcel_id").agg(pl.struct("buyer", "region").n_unique().alias("addresses"))
    for parcel in mixed.filter(pl.col("addresses") > 1)["parcel_id"].sort():
        yield f"Parcel {parcel} holds orders of several buyers or regions."


def parcels_cost_what_they_say(problem: Problem, plan: Plan) -> Iterator[str]:
    """Weight from the goods, price from the longest matching offer, nothing taken on trust."""
    weights = problem.skus.select("sku", "weight_kg")
    contents = (
        plan.picks.join(weights, on="sku")
        .join(problem.orders.select("order_id", "region"), on="order_id")
        .group_by("parcel_id")
        .agg((pl.col("weight_kg") * pl.col("qty")).sum().alias("weight"), pl.col("region").min())
    )
    parcels = plan.parcels.join(contents, on="parcel_id")
    best = parcels.select(
        "parcel_id",
        pl.lit(None, dtype=pl.Float64).alias("flat"),
        pl.lit(None, dtype=pl.Float64).alias("per_kg"),
    )
    lengths = problem.offers["region"].str.len_chars().unique().sort().to_list()
    for length in lengths:  # shortest first: a longer prefix replaces what a shorter one offered
        offers = problem.offers.filter(pl.col("region").str.len_chars() == length).select(
            "node",
            "carrier",
            "layer",
            pl.col("region").alias("cut"),
            (pl.col("fixed_yuan") + pl.col("late_yuan")).alias("new"),
            pl.col("per_kg_yuan").alias("new_per_kg"),
        )
        cut = parcels.with_columns(pl.col("region").str.slice(0, length).alias("cut"))
        hit = cut.join(offers, on=["node", "carrier", "layer", "cut"]).select("parcel_id", "new", "new_per_kg")
        best = best.join(hit, on="parcel_id", how="left").select(
            "parcel_id",
            pl.coalesce("new", "flat").alias("flat"),
            pl.coalesce("new_per_kg", "per_kg").alias("per_kg"),
        )
    true_cost = problem.policy.handling_yuan_per_parcel + pl.col("flat") + pl.col("per_kg") * pl.col("weight")
    told = parcels.join(best, on="parcel_id").with_columns(true_cost.alias("true_cost")).sort("parcel_id")
    for row in told.filter(pl.col("flat").is_null()).iter_rows(named=True):
        yield (
            f"Parcel {row['parcel_id']}: {row['carrier']} makes no offer from {row['node']} "
            f"to {row['region']} for {row['layer']} goods."
        )
    for row in told.filter((pl.col("kg") - pl.col("weight")).abs() > 1e-6 * (1 + pl.col("weight"))).iter_rows(
        named=True
    ):
        yield f"Parcel {row['parcel_id']} weighs {row['weight']} kg and says {row['kg']}."
    wrong = (pl.col("cost_yuan") - pl.col("true_cost")).abs() > _YUAN * (1 + pl.col("true_cost"))
    for row in told.filter(wrong | pl.col("cost_yuan").is_nan()).iter_rows(named=True):
        yield f"Parcel {row['parcel_id']} costs {row['true_cost']} yuan and says {row['cost_yuan']}."


def summary_is_true(problem: Problem, plan: Plan) -> Iterator[str]:
    """The figures follow from the frames."""
    summary = plan.summary
    cost = math.fsum(plan.parcels["cost_yuan"]) + problem.policy.unserved_yuan * plan.unserved.height
    counts = {
        "orders": problem.orders.height,
        "served": plan.picks["order_id"].n_unique(),
        "unserved": plan.unserved.height,
        "parcels": plan.parcels.height,
    }
    for name, true in counts.items():
        if getattr(summary, name) != true:
            yield f"The summary says {getattr(summary, name)} {name}; it is {true}."
    if not abs(summary.cost_yuan - cost) <= _YUAN * (1 + cost):
        yield f"The summary says {summary.cost_yuan} yuan; it is {cost}."
    if summary.lower_bound_yuan is not None and summary.lower_bound_yuan > cost + _YUAN * (1 + cost):
        yield f"The summary claims a lower bound of {summary.lower_bound_yuan} yuan above the cost of {cost}."
