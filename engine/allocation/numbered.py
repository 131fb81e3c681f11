"""A plan beside its problem with every id as a row number, so that the checks count instead of comparing texts.

Each text is looked up once here. Part of the checker in feasibility.py; judges nothing, and shares no code with the
rules that plan.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.allocation.plan import Plan
from engine.allocation.problem import Problem

Numbers = npt.NDArray[np.int64]
"""Row numbers, aligned with the frame they were made from; UNKNOWN where an id (or null) is nobody's."""

UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Picks:
    """plan.picks in numbers: rows of orders, parcels, skus, nodes, carriers, of `Numbered.lots`, and units (0 for
    null)."""

    order: Numbers
    parcel: Numbers
    sku: Numbers
    node: Numbers
    carrier: Numbers
    lot: Numbers
    qty: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcels:
    """plan.parcels in numbers, and the orders they list: one entry a listed order (`listed_order`), beside the
    parcel that lists it. `layer` counts in `Numbered.layers`."""

    node: Numbers
    carrier: Numbers
    layer: Numbers
    listed_in: Numbers
    listed_order: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """Problem and plan as they came, and the same in numbers. `sku_layer` counts in `layers`; `unserved` is one
    order number a row of plan.unserved."""

    problem: Problem
    plan: Plan
    picks: Picks
    parcels: Parcels
    line_order: Numbers
    line_sku: Numbers
    unserved: Numbers
    lots: pl.Series
    layers: pl.Series
    sku_layer: Numbers


def numbered(problem: Problem, plan: Plan) -> Numbered:
    """Look every id up. Asks nothing of the plan but the columns of PICKS, PARCELS and UNSERVED."""
    picks, parcels = plan.picks, plan.parcels
    orders, skus, nodes = problem.orders["order_id"], problem.skus["sku"], problem.nodes["node"]
    carriers, layers = problem.carriers["carrier"], problem.skus["layer"].unique(maintain_order=True)
    # Lots that lie nowhere are numbered too, so that each is told apart.
    stocked = problem.stock["lot"].unique(maintain_order=True)
    lots = pl.concat([stocked, picks["lot"].drop_nulls().cast(pl.String)]).unique(maintain_order=True)
    listed = parcels.select(pl.int_range(pl.len()).alias("parcel"), "orders").explode("orders", empty_as_null=False)
    return Numbered(
        problem=problem,
        plan=plan,
        picks=Picks(
            order=numbers(picks["order_id"], orders),
            parcel=numbers(picks["parcel_id"], parcels["parcel_id"]),
            sku=numbers(picks["sku"], skus),
            node=numbers(picks["node"], nodes),
            carrier=numbers(picks["carrier"], carriers),
            lot=numbers(picks["lot"], lots),
            qty=picks["qty"].cast(pl.Int64).fill_null(0).to_numpy(),
        ),
        parcels=Parcels(
            node=numbers(parcels["node"], nodes),
            carrier=numbers(parcels["carrier"], carriers),
            layer=numbers(parcels["layer"], layers),
            listed_in=listed["parcel"].to_numpy(),
            listed_order=numbers(listed["orders"], orders),
        ),
        line_order=numbers(problem.lines["order_id"], orders),
        line_sku=numbers(problem.lines["sku"], skus),
        unserved=numbers(plan.unserved["order_id"], orders),
        lots=lots,
        layers=layers,
        sku_layer=numbers(problem.skus["layer"], layers),
    )


def numbers(values: pl.Series, ids: pl.Series) -> Numbers:
    """Where each value stands in `ids` (the first place, if it stands there twice)."""
    places = pl.DataFrame({"id": ids}).with_row_index("place")
    asked = pl.DataFrame({"id": values})
    found = asked.join(places, on="id", how="left", maintain_order="left")
    if found.height != asked.height:
        found = asked.join(places.unique("id", keep="first"), on="id", how="left", maintain_order="left")
    return found["place"].cast(pl.Int64).fill_null(UNKNOWN).to_numpy()
