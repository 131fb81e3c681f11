"""Two plans of the same orders side by side: what does each cost, what does it promise, and what moved in between?

Plain values, ready for JSON and for a screen. Decides nothing, and says None where a plan does not know.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from engine.allocation.on_time import on_time
from engine.allocation.plan import Plan
from engine.allocation.problem import Problem

SAME_PRICE_YUAN = 0.005
"""Shadow prices that differ by less than half a cent are the same to a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One plan in figures. `cost_yuan` includes what unserved orders cost, and so does `yuan_per_order`.

    on_time: expected share of parcels picked up in time, over the `on_time_known` parcels whose offer says.
    gap: how far at most the cost may lie above the optimum, as a share of it. shares_broken: carriers whose agreed
    share the plan breaks.
    """

    orders: int
    served: int
    unserved: int
    parcels: int
    cost_yuan: float
    yuan_per_order: float | None
    parcel_cost_yuan: float
    on_time: float | None
    on_time_known: int
    lower_bound_yuan: float | None
    gap: float | None
    shares_broken: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Parcels of one carrier or node in the two plans."""

    key: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class PriceMove:
    """A shadow price (yuan for one more unit of what is scarce) in the two plans; 0 where it is not scarce.

    kind: stock (key "node|sku"), throughput (node), capacity and share (carrier).
    """

    kind: str
    key: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`carriers` and `nodes`: those with a parcel in either plan, the greatest difference first.

    rerouted: orders served in both plans, but from other nodes or by other carriers. newly_served and
    newly_unserved: orders that are served in one of the two only. prices: shadow prices that differ, the greatest
    difference first; None where one of the plans has none.
    """

    before: Side
    after: Side
    rerouted: int
    newly_served: int
    newly_unserved: int
    carriers: tuple[Moved, ...]
    nodes: tuple[Moved, ...]
    prices: tuple[PriceMove, ...] | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(told: Mapping[str, Any]) -> "Comparison":
        """The comparison that `as_dict` told, after it has been through JSON."""
        prices = told["prices"]
        return Comparison(
            before=Side(**told["before"]),
            after=Side(**told["after"]),
            rerouted=told["rerouted"],
            newly_served=told["newly_served"],
            newly_unserved=told["newly_unserved"],
            carriers=tuple(Moved(**row) for row in told["carriers"]),
            nodes=tuple(Moved(**row) for row in told["nodes"]),
            prices=None if prices is None else tuple(PriceMove(**row) for row in prices),
        )


def compare(problem: Problem, before: Plan, *, changed: Problem, after: Plan) -> Comparison:
    """`before` is a plan of `problem`, `after` one of the `changed` problem; both have the same orders."""
    routes, routes_after = _routes(before), _routes(after)
    both = routes.join(routes_after, on="order_id", suffix="_after")
    return Comparison(
        before=_side(problem, before),
        after=_side(changed, after),
        rerouted=both.filter(pl.col("route") != pl.col("route_after")).height,
        newly_served=routes_after.height - both.height,
        newly_unserved=routes.height - both.height,
        carriers=_moved("carrier", before, after),
        nodes=_moved("node", before, after),
        prices=_prices(before, after),
    )


def _side(problem: Problem, plan: Plan) -> Side:
    told, punctual = plan.summary, on_time(problem, plan)
    return Side(
        orders=told.orders,
        served=told.served,
        unserved=told.unserved,
        parcels=told.parcels,
        cost_yuan=told.cost_yuan,
        yuan_per_order=told.cost_yuan / told.orders if told.orders else None,
        parcel_cost_yuan=told.parcel_cost_yuan,
        on_time=punctual.share,
        on_time_known=punctual.known,
        lower_bound_yuan=told.lower_bound_yuan,
        gap=told.gap,
        shares_broken=len({broken.carrier for broken in told.relaxations}),
    )


def _routes(plan: Plan) -> pl.DataFrame:
    """Each served order with all its nodes and carriers as one text."""
    way = pl.concat_str("node", "carrier", separator="\t")
    return plan.picks.group_by("order_id").agg(route=way.unique().sort().str.join("\n"))


def _moved(column: str, before: Plan, after: Plan) -> tuple[Moved, ...]:
    counts = (
        before.parcels.group_by(column)
        .len("before")
        .join(after.parcels.group_by(column).len("after"), on=column, how="full", coalesce=True)
        .fill_null(0)
        .with_columns(pl.col("before", "after").cast(pl.Int64))
        .sort((pl.col("after") - pl.col("before")).abs(), "before", column, descending=[True, True, False])
    )
    return tuple(Moved(*row) for row in counts.select(column, "before", "after").iter_rows())


def _prices(before: Plan, after: Plan) -> tuple[PriceMove, ...] | None:
    if before.summary.shadow_prices is None or after.summary.shadow_prices is None:
        return None
    old, new = _flat(before.summary.shadow_prices), _flat(after.summary.shadow_prices)
    moves = [PriceMove(*where, old.get(where, 0.0), new.get(where, 0.0)) for where in old.keys() | new.keys()]
    changed = [move for move in moves if abs(move.after - move.before) >= SAME_PRICE_YUAN]
    return tuple(sorted(changed, key=lambda move: (-abs(move.after - move.before), move.kind, move.key)))


def _flat(prices: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """(kind, key) -> yuan."""
    return {(kind, key): float(yuan) for kind, by_key in prices.items() for key, yuan in by_key.items()}
