"""Do a plan's parcels keep the limits and cost what they say? Part of the checker in feasibility.py."""

import math
from collections.abc import Iterator

import numpy as np
import polars as pl

from engine.allocation.numbered import Numbered, Numbers, numbers

_YUAN = 1e-6
_EARTH_KM, _METRE_KM = 6371.0088, 1e-3


def limits_hold(n: Numbered) -> Iterator[str]:
    """No node and no carrier takes more parcels than it can."""
    problem = n.problem
    for node, limit, parcels in _counted(problem.nodes.select("node", "throughput"), n.parcels.node):
        if parcels > limit:
            yield f"Node {node} sends {parcels} parcels and can send {limit}."
    for carrier, limit, parcels in _counted(problem.carriers.select("carrier", "capacity"), n.parcels.carrier):
        if parcels > limit:
            yield f"Carrier {carrier} takes {parcels} parcels and can take {limit}."


def carriers_reach(n: Numbered) -> Iterator[str]:
    """A carrier with a radius takes nothing to an order that lies beyond it, from where its goods are picked."""
    problem = n.problem
    if "max_km" not in problem.carriers.columns:
        return
    limited = np.flatnonzero(problem.carriers["max_km"].is_not_null().to_numpy()[n.picks.carrier])
    there = problem.orders.select("order_id", "lat", "lon").gather(n.picks.order[limited])
    here = problem.nodes.select("node", node_lat="lat", node_lon="lon").gather(n.picks.node[limited])
    limit = problem.carriers.select("carrier", "max_km").gather(n.picks.carrier[limited])
    lat, to = pl.col("lat").radians(), pl.col("node_lat").radians()
    east = (pl.col("node_lon") - pl.col("lon")).radians()
    # The angle between two directions from the middle of the earth, by the cosine rule; near 0 by a safer form.
    across = (lat.cos() * to.sin() - lat.sin() * to.cos() * east.cos()) ** 2 + (to.cos() * east.sin()) ** 2
    angle = pl.arctan2(across.sqrt(), lat.sin() * to.sin() + lat.cos() * to.cos() * east.cos())
    rows = pl.concat([there, here, limit], how="horizontal").with_columns(km=angle * _EARTH_KM)
    for row in rows.filter(pl.col("km") > pl.col("max_km") + _METRE_KM).unique().sort("order_id").iter_rows(named=True):
        yield (
            f"Order {row['order_id']} lies {row['km']:.2f} km from node {row['node']}, "
            f"and {row['carrier']} goes {row['max_km']:g} km."
        )


def _counted(limits: pl.DataFrame, of: Numbers) -> Iterator[tuple[str, int, int]]:
    """(id, limit, parcels), by id."""
    parcels = np.bincount(of, minlength=limits.height)
    yield from limits.with_columns(pl.Series("parcels", parcels)).sort(limits.columns[0]).iter_rows()


def shares_hold_or_are_stated(n: Numbered) -> Iterator[str]:
    """A share is kept, or the summary states by how many parcels it is not."""
    stated = {(r.rule.value, r.carrier): r.parcels for r in n.plan.summary.relaxations}
    planned = n.plan.parcels.height
    counts = np.bincount(n.parcels.carrier, minlength=n.problem.carriers.height).tolist()
    limits = n.problem.carriers.select("carrier", "min_share", "max_share").iter_rows()
    for count, (carrier, low, high) in zip(counts, limits, strict=True):
        slack = 1e-9 * max(1, planned)
        broken = {
            "min_share": math.ceil(low * planned - slack) - count,
            "max_share": count - math.floor(high * planned + slack),
        }
        for rule, parcels in broken.items():
            says = stated.pop((rule, carrier), 0)
            if max(parcels, 0) != says:
                yield (
                    f"Carrier {carrier} takes {count} of {planned} parcels, {max(parcels, 0)} off {rule}, "
                    f"and the summary states {says}."
                )
    for rule, carrier in stated:
        yield f"The summary states a {rule} of carrier {carrier}, which nothing else knows."


def merging_is_allowed(n: Numbered) -> Iterator[str]:
    """Orders share a parcel only with one buyer, one region and leave to do so."""
    plan, problem = n.plan, n.problem
    shared = plan.parcels.filter(pl.col("orders").list.len() > 1)
    if shared.height and not problem.policy.merge:
        yield f"Parcel {shared['parcel_id'][0]} holds several orders, and the policy forbids merging."
    # Only where an order is not the one that came first in its parcel can addresses differ.
    first = _first_orders(n)
    other = np.flatnonzero(first[n.picks.parcel] != n.picks.order)
    addresses = problem.orders.select("buyer", "region")
    one, two = addresses.gather(n.picks.order[other]), addresses.gather(first[n.picks.parcel[other]])
    differs = (one["buyer"] != two["buyer"]) | (one["region"] != two["region"])
    for parcel in plan.parcels["parcel_id"].gather(n.picks.parcel[other]).filter(differs).unique().sort():
        yield f"Parcel {parcel} holds orders of several buyers or regions."


def parcels_cost_what_they_say(n: Numbered) -> Iterator[str]:
    """Weight from the goods, price from the longest matching offer, nothing taken on trust."""
    plan, problem = n.plan, n.problem
    kg = problem.skus["weight_kg"].to_numpy()[n.picks.sku] * n.picks.qty
    weight = np.bincount(n.picks.parcel, weights=kg, minlength=plan.parcels.height)
    regions = problem.orders["region"].cast(pl.Categorical)  # few, so that lanes are compared by number
    told = plan.parcels.select("parcel_id", "kg", "cost_yuan").with_columns(
        pl.Series("node", n.parcels.node),
        pl.Series("carrier", n.parcels.carrier),
        pl.Series("layer", n.parcels.layer),
        regions.gather(_first_orders(n)).alias("region"),
        pl.Series("weight", weight),
    )
    lanes = _priced(n, told.select(_LANE).unique())
    true_cost = problem.policy.handling_yuan_per_parcel + pl.col("flat") + pl.col("per_kg") * pl.col("weight")
    told = told.join(lanes, on=_LANE, how="left", maintain_order="left").with_columns(true_cost.alias("true_cost"))
    told = told.sort("parcel_id") if _any_wrong(told) else told.clear()
    for row in told.filter(pl.col("flat").is_null()).iter_rows(named=True):
        node, carrier = problem.nodes["node"][row["node"]], problem.carriers["carrier"][row["carrier"]]
        layer = n.layers[row["layer"]] if row["layer"] >= 0 else "unknown"
        yield f"Parcel {row['parcel_id']}: {carrier} makes no offer from {node} to {row['region']} for {layer} goods."
    for row in told.filter(_WRONG_WEIGHT).iter_rows(named=True):
        yield f"Parcel {row['parcel_id']} weighs {row['weight']} kg and says {row['kg']}."
    for row in told.filter(pl.col("flat").is_not_null(), _WRONG_COST).iter_rows(named=True):
        yield f"Parcel {row['parcel_id']} costs {row['true_cost']} yuan and says {row['cost_yuan']}."


_LANE = ["node", "carrier", "layer", "region"]


def _off(said: str, true: str, *, by: float) -> pl.Expr:
    """Is what is said not the true figure? Nothing and no number are wrong, too."""
    near = (pl.col(said) - pl.col(true)).abs() <= by * (1 + pl.col(true))
    return ~near.fill_null(value=False) | pl.col(said).is_nan().fill_null(value=True)


_WRONG_WEIGHT = _off("kg", "weight", by=1e-6)
_WRONG_COST = _off("cost_yuan", "true_cost", by=_YUAN)


def _any_wrong(told: pl.DataFrame) -> bool:
    return bool(told.select((_WRONG_WEIGHT | _WRONG_COST).any()).item())


def _first_orders(n: Numbered) -> Numbers:
    """The order of each parcel's first pick."""
    first = np.empty(n.plan.parcels.height, dtype=np.int64)
    first[n.picks.parcel[::-1]] = n.picks.order[::-1]
    return first


def _priced(n: Numbered, lanes: pl.DataFrame) -> pl.DataFrame:
    """`lanes` with the `flat` and `per_kg` yuan of the longest offered prefix of the region; null without one."""
    offers = n.problem.offers.select(
        pl.Series("node", numbers(n.problem.offers["node"], n.problem.nodes["node"])),
        pl.Series("carrier", numbers(n.problem.offers["carrier"], n.problem.carriers["carrier"])),
        pl.Series("layer", numbers(n.problem.offers["layer"], n.layers)),
        pl.col("region").alias("cut"),
        (pl.col("fixed_yuan") + pl.col("late_yuan")).alias("new"),
        pl.col("per_kg_yuan").alias("new_per_kg"),
    )
    nothing = pl.lit(None, dtype=pl.Float64)
    best = lanes.with_columns(flat=nothing, per_kg=nothing)
    for length in offers["cut"].str.len_chars().unique().sort():  # a longer prefix replaces what a shorter one offered
        cut = best.with_columns(cut=pl.col("region").cast(pl.String).str.slice(0, length))
        hit = cut.join(offers, on=["node", "carrier", "layer", "cut"], how="left", maintain_order="left")
        best = hit.select(
            *_LANE, pl.coalesce("new", "flat").alias("flat"), pl.coalesce("new_per_kg", "per_kg").alias("per_kg")
        )
    return best


def summary_is_true(n: Numbered) -> Iterator[str]:
    """The figures follow from the frames."""
    plan, problem, summary = n.plan, n.problem, n.plan.summary
    parcel_cost = float(plan.parcels["cost_yuan"].fill_null(math.nan).sum())
    unserved_cost = problem.policy.unserved_yuan * plan.unserved.height
    cost = parcel_cost + unserved_cost
    counts = {
        "orders": problem.orders.height,
        "served": np.count_nonzero(np.bincount(n.picks.order)),
        "unserved": plan.unserved.height,
        "parcels": plan.parcels.height,
    }
    for name, true in counts.items():
        if getattr(summary, name) != true:
            yield f"The summary says {getattr(summary, name)} {name}; it is {true}."
    for said, yuan, of_what in (
        (summary.cost_yuan, cost, ""),
        (summary.parcel_cost_yuan, parcel_cost, " for parcels"),
        (summary.unserved_cost_yuan, unserved_cost, " for unserved orders"),
    ):
        if not abs(said - yuan) <= _YUAN * (1 + cost):
            yield f"The summary says {said} yuan{of_what}; it is {yuan}."
    if summary.lower_bound_yuan is not None and not summary.lower_bound_yuan <= cost + _YUAN * (1 + cost):
        yield f"The summary claims a lower bound of {summary.lower_bound_yuan} yuan above the cost of {cost}."
