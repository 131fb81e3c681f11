"""Keeps why each order went where it went and at what cost, or why it stayed; what was kept before is replaced.

The JSON is written by column: a round of 2,000 orders has 6,000 rejected nodes, and as Python values those took longer
than the writing.
"""

import polars as pl

from engine.allocation.cost_parts import PARTS, cost_parts
from engine.allocation.plan import Plan
from engine.allocation.problem import Problem
from engine.store import tables
from engine.store.transaction import Transaction


def keep_reasons(tx: Transaction, plan: Plan, problem: Problem, *, but: pl.DataFrame | None = None) -> None:
    """Write the reasons of the orders of `problem`, in the commit of its plan; not of those in `but` (order_id), whose
    part of the plan was not written."""
    told = told_reasons(plan, problem).with_columns(decided_at=pl.lit(tx.at).dt.cast_time_unit("us"))
    if but is not None:
        told = told.join(but, on="order_id", how="anti", maintain_order="left")
    before = tx.matching(tables.allocation_reasons, told.select("order_id"), "order_id")
    tx.amend(tables.allocation_reasons, told.join(before, on="order_id", how="semi"), on=("order_id",))
    tx.append(tables.allocation_reasons, told.join(before, on="order_id", how="anti"), stamp=True)


def told_reasons(plan: Plan, problem: Problem) -> pl.DataFrame:
    """order_id, node (null where the order stays), km, and detail, a JSON object.

    detail: nodes; carriers; costs, one entry for each parcel that holds something of the order (node, carrier, layer,
    kg, parts of the cost in yuan, and how many orders share it); rejected, a list of plan.ALTERNATIVE; unserved and
    its figures in detail, where it stays.
    """
    nothing = pl.lit([], dtype=pl.List(_COST))
    whole = (
        plan.reasons.select("order_id", "node", "km", "nodes", "rejected")
        .join(_costs(plan, problem), on="order_id", how="left", maintain_order="left")
        .join(plan.unserved.rename({"reason": "unserved"}), on="order_id", how="left", maintain_order="left")
        .with_columns(costs=pl.col("costs").fill_null(nothing))
        .with_columns(
            carriers=pl.col("costs").list.eval(pl.element().struct.field("carrier")).list.unique(maintain_order=True)
        )
    )
    usual = ("nodes", "carriers", "costs", "rejected")
    stays = pl.col("unserved").is_not_null()
    return whole.select(
        "order_id",
        node=pl.when(~stays).then("node"),
        km="km",
        detail=pl.when(stays)
        .then(pl.struct(*usual, "unserved", "detail").struct.json_encode())
        .otherwise(pl.struct(*usual).struct.json_encode()),
    )


_COST = pl.Struct(
    {
        **dict.fromkeys(("node", "carrier", "layer"), pl.String),
        **dict.fromkeys(("kg", *PARTS), pl.Float64),
        "orders": pl.UInt32,
    }
)


def _costs(plan: Plan, problem: Problem) -> pl.DataFrame:
    """order_id and costs: its parcels with the parts of their cost, to a hundredth of a fen."""
    parcels = plan.parcels.join(cost_parts(problem, plan.parcels), on="parcel_id", how="left", maintain_order="left")
    cost = pl.struct(
        "node", "carrier", "layer", pl.col("kg").round(3), pl.col(*PARTS).round(4), orders=pl.col("orders").list.len()
    )
    return (
        parcels.select(order_id="orders", costs=cost)
        .explode("order_id")
        .group_by("order_id", maintain_order=True)
        .agg("costs")
    )
