"""What a planning rule answers: who ships what from which lot with whom, what stays unserved, why, and at
what cost.

Every rule returns this, so rules can be compared, checked by `feasibility.violations` and applied by one use
case.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

PICKS = {
    "order_id": pl.String(),
    "parcel_id": pl.String(),
    "sku": pl.String(),
    "qty": pl.Int32(),
    "node": pl.String(),
    "lot": pl.String(),
    "carrier": pl.String(),
}
PARCELS = {
    "parcel_id": pl.String(),
    "orders": pl.List(pl.String),
    "node": pl.String(),
    "carrier": pl.String(),
    "layer": pl.String(),
    "kg": pl.Float64(),
    "cost_yuan": pl.Float64(),
}
UNSERVED = {"order_id": pl.String(), "reason": pl.String(), "detail": pl.String()}
ALTERNATIVE = pl.Struct(
    {
        "node": pl.String,
        "carrier": pl.String,  # the cheapest one there; null where the rule did not look for one
        "yuan_more": pl.Float64,  # than the way that was taken; null where the rule did not ask
        "why": pl.String,  # a WhyNot
        "figures": pl.String,  # empty where there are none
    }
)
REASONS = {
    "order_id": pl.String(),
    "node": pl.String(),  # the first node used; null when unserved
    "km": pl.Float64(),
    "nodes": pl.List(pl.String),  # more than one when the order was split
    "rejected": pl.List(ALTERNATIVE),  # up to three nodes that were not chosen
}


class WhyUnserved(StrEnum):
    """Why an order is not served. `detail` carries the figures."""

    OUT_OF_STOCK = "out_of_stock"
    NEAR_EXPIRY = "near_expiry"
    WRONG_LAYER = "wrong_layer"
    KIT_NOT_TOGETHER = "kit_not_together"
    NO_OFFER = "no_offer"
    NODES_FULL = "nodes_full"
    CARRIERS_FULL = "carriers_full"
    NOT_TOGETHER = "not_together"
    TOO_DEAR = "too_dear"  # it could ship, for more than the policy says that an order is worth


class WhyNot(StrEnum):
    """Why an order's whole basket does not leave from a node."""

    SHORT_OF_STOCK = "short_of_stock"
    NEAR_EXPIRY = "near_expiry"
    WRONG_LAYER = "wrong_layer"
    NO_OFFER = "no_offer"
    NODE_FULL = "node_full"
    CARRIERS_FULL = "carriers_full"
    SHARES_FULL = "shares_full"
    LATER_IN_ORDER = "later_in_order"
    DEARER = "dearer"
    KEPT_FOR_LATER = "kept_for_later"


class Alternative(NamedTuple):
    """A node that was not chosen, as ALTERNATIVE."""

    node: str
    carrier: str | None
    yuan_more: float | None
    why: WhyNot
    figures: str


class RelaxedRule(StrEnum):
    """Shares that may give way, in the order in which they do. Capacity, throughput and stock never do."""

    MIN_SHARE = "min_share"
    MAX_SHARE = "max_share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """A carrier's share that the plan breaks, by how many parcels, and what the plan's cost was charged for
    it."""

    rule: RelaxedRule
    carrier: str
    parcels: int
    share: float
    limit: float
    charged_yuan: float

    def charged(self, yuan_a_parcel: float) -> "Relaxation":
        """The same, charged so much a parcel."""
        return replace(self, charged_yuan=self.parcels * yuan_a_parcel)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """The plan in figures. Bound, gap and shadow prices are None where a rule proves nothing; seconds is the
    caller's.

    lower_bound_yuan: no plan that breaks shares by no more than this one does (relaxations) costs less; where bids were
    given, none that pays as much in bids. gap: how far the objective (cost, share charges and bids) can be above the
    best there is, as a fraction of the bound on it.
    """

    method: str
    orders: int
    served: int
    unserved: int
    unserved_reasons: dict[str, int]
    parcels: int
    split_orders: int
    cost_yuan: float
    parcel_cost_yuan: float
    unserved_cost_yuan: float
    lower_bound_yuan: float | None
    gap: float | None
    shadow_prices: dict[str, dict[str, float]] | None  # kind -> key -> yuan
    relaxations: tuple[Relaxation, ...]
    seconds: float | None

    def as_dict(self) -> dict[str, object]:
        """Plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Frames as in PICKS, PARCELS, UNSERVED and REASONS, and the figures."""

    picks: pl.DataFrame
    parcels: pl.DataFrame
    unserved: pl.DataFrame
    reasons: pl.DataFrame
    summary: PlanSummary


def summarise(
    *,
    method: str,
    orders: int,
    parcels: pl.DataFrame,
    unserved: pl.DataFrame,
    reasons: pl.DataFrame,
    unserved_yuan: float,
    relaxations: tuple[Relaxation, ...],
    objective_bound_yuan: float | None = None,
    bids_yuan: float = 0.0,
    shadow_prices: dict[str, dict[str, float]] | None = None,
) -> PlanSummary:
    """The figures of a plan; without `objective_bound_yuan` (on cost, share charges and bids) it claims no bound."""
    by_reason = unserved["reason"].value_counts(sort=False).sort("reason")
    parcel_cost = math.fsum(parcels["cost_yuan"])
    unserved_cost = unserved_yuan * unserved.height
    beside_cost = math.fsum(r.charged_yuan for r in relaxations) + bids_yuan
    objective = parcel_cost + unserved_cost + beside_cost
    bound = None if objective_bound_yuan is None else min(objective_bound_yuan, objective)
    return PlanSummary(
        method=method,
        orders=orders,
        served=orders - unserved.height,
        unserved=unserved.height,
        unserved_reasons=dict(by_reason.iter_rows()),
        parcels=parcels.height,
        split_orders=reasons.filter(pl.col("nodes").list.len() > 1).height,
        cost_yuan=parcel_cost + unserved_cost,
        parcel_cost_yuan=parcel_cost,
        unserved_cost_yuan=unserved_cost,
        lower_bound_yuan=None if bound is None else bound - beside_cost,
        gap=None
        if bound is None
        else (objective - bound) / bound
        if bound > 0
        else 0.0
        if objective == bound
        else None,
        shadow_prices=shadow_prices,
        relaxations=relaxations,
        seconds=None,
    )


def text_lists(name: str, values: Sequence[Sequence[str]]) -> pl.Series:
    """A column of text lists. By way of Arrow: Polars builds one Series a row, seconds for the 100,000 rows
    of a show."""
    column = pl.from_arrow(pa.array(values, type=pa.large_list(pa.large_string())))
    assert isinstance(column, pl.Series)
    return column.alias(name)


def alternative_lists(name: str, distinct: Sequence[Sequence[Alternative]], rows: Sequence[int]) -> pl.Series:
    """A column of ALTERNATIVE lists: row i holds distinct[rows[i]]. By way of Arrow, and every list built once however
    many orders share it: those of 100,000 orders take 0.1 s."""
    flat = [other for others in distinct for other in others]
    columns = zip(*flat, strict=True) if flat else [()] * len(Alternative._fields)
    fields = [
        pa.array(column, type=pa.float64() if field == "yuan_more" else pa.large_string())
        for field, column in zip(Alternative._fields, columns, strict=True)
    ]
    ends = np.array(list(accumulate((len(others) for others in distinct), initial=0)))
    return alternative_column(name, dict(zip(Alternative._fields, fields, strict=True)), ends, np.array(rows))


def alternative_column(
    name: str, columns: Mapping[str, pa.Array], ends: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
) -> pl.Series:
    """A column of ALTERNATIVE lists: list n holds rows ends[n] to ends[n + 1] of `columns`, row i list rows[i]."""
    lists = pa.LargeListArray.from_arrays(
        pa.array(ends, type=pa.int64()), pa.StructArray.from_arrays(list(columns.values()), names=list(columns))
    )
    column = pl.from_arrow(lists)
    assert isinstance(column, pl.Series)
    return column.cast(pl.List(ALTERNATIVE)).gather(pl.Series(rows, dtype=pl.UInt32)).alias(name)


def shares_broken(parcels_of: dict[str, int], *, limits: list[tuple[str, float, float]]) -> tuple[Relaxation, ...]:
    """Which shares of the parcels planned are broken, by whole parcels. `limits`: (carrier, min_share,
    max_share).

    Nothing is charged: shares give way only where an order would stay unserved (max), or are not sought
    (min).
    """
    planned = sum(parcels_of.values())
    short, over = [], []
    for carrier, low, high in limits:
        count = parcels_of.get(carrier, 0)
        least, most = at_least(low, planned), at_most(high, planned)
        share = count / planned if planned else 0.0
        if count < least:
            short.append(_broken(RelaxedRule.MIN_SHARE, carrier, least - count, share=share, limit=low))
        if count > most:
            over.append(_broken(RelaxedRule.MAX_SHARE, carrier, count - most, share=share, limit=high))
    return tuple(short + over)


def _broken(rule: RelaxedRule, carrier: str, parcels: int, *, share: float, limit: float) -> Relaxation:
    return Relaxation(rule=rule, carrier=carrier, parcels=parcels, share=share, limit=limit, charged_yuan=0.0)


def at_most(share: float, parcels: int) -> int:
    """The most whole parcels within a share; 0.6 of 5 is 3, although 0.6 * 5 need not be 3.0 in floating
    point."""
    return math.floor(share * parcels + 1e-9 * max(1, parcels))


def at_least(share: float, parcels: int) -> int:
    """The fewest whole parcels that reach a share."""
    return math.ceil(share * parcels - 1e-9 * max(1, parcels))
