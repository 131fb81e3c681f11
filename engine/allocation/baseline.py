"""The rule that order managers use today, as a named baseline: nearest node, then cheapest carrier, first
paid first served.

Any cleverer rule must beat it on the same problem. It looks at one order at a time, proves no bound and says
so, and takes the promise as given (the price of being late is in each offer's late_yuan).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from engine.allocation.baskets import Basket, baskets_of, goods_of
from engine.allocation.books import Books, Order, Visit, price
from engine.allocation.lots import judge_lots
from engine.allocation.offers import OfferBook, Zone
from engine.allocation.plan import (
    PARCELS,
    PICKS,
    REASONS,
    UNSERVED,
    Alternative,
    Plan,
    RelaxedRule,
    WhyUnserved,
    alternative_lists,
    at_most,
    shares_broken,
    summarise,
    text_lists,
)
from engine.allocation.problem import Problem
from engine.allocation.ranking import ranked_nodes
from engine.allocation.reach import within_reach
from engine.allocation.splitting import split
from engine.allocation.why import rejected_nodes, why_out_of_stock, why_unserved

METHOD = "nearest_then_cheapest"


def nearest_then_cheapest(problem: Problem) -> Plan:
    """Plan a checked problem.

    Orders in order of payment (ties by id). For each, in this order, the first that works:
    1. the first node (priority, distance, id) that ships the whole basket, carriers kept within max_share;
    2. a split over the fewest nodes, greedily, carriers kept within max_share;
    3. and 4. the same with max_share given up for this order (capacity and throughput never are);
    5. unserved, with the reason.

    max_share counts parcels planned, which nobody knows before the end: the rule first expects one parcel per
    address and layer, and plans once more with the true number when that guess broke a share. min_share is
    reported, not sought.
    """
    rule = _Rule(within_reach(problem))
    expected = rule.expected_parcels()
    plan = rule.plan(expected=expected)
    if _over_share(plan) and plan.summary.parcels != expected:
        again = rule.plan(expected=plan.summary.parcels)
        plan = min(plan, again, key=lambda tried: (tried.summary.unserved, _over_share(tried)))
    return plan


def _over_share(plan: Plan) -> int:
    return sum(r.parcels for r in plan.summary.relaxations if r.rule == RelaxedRule.MAX_SHARE)


@dataclass(slots=True)
class _Reasons:
    """The reasons frame by column."""

    node: list[str | None] = field(default_factory=list)
    km: list[float | None] = field(default_factory=list)
    nodes: list[tuple[str, ...]] = field(default_factory=list)
    rejected: list[tuple[Alternative, ...]] = field(default_factory=list)

    def add(
        self, node: str | None, km: float | None, *, nodes: tuple[str, ...], rejected: tuple[Alternative, ...]
    ) -> None:
        """One order's row, in the order of planning."""
        self.node.append(node)
        self.km.append(km)
        self.nodes.append(nodes)
        self.rejected.append(rejected)


class _Rule:
    """The problem, indexed once; `plan` may run on it more than once."""

    def __init__(self, problem: Problem) -> None:
        self.policy = problem.policy
        nodes = problem.nodes
        if "priority" not in nodes.columns:
            nodes = nodes.with_columns(priority=pl.lit(0, dtype=pl.Int64))
        self.nodes = nodes.sort("priority", "node")
        self.carriers = problem.carriers.sort("carrier")
        self.node_ids: list[str] = self.nodes["node"].to_list()
        self.carrier_ids: list[str] = self.carriers["carrier"].to_list()
        self.goods = goods_of(problem.skus)
        self.lots = judge_lots(problem.stock, skus=problem.skus, nodes=self.nodes, policy=self.policy)
        self.offer_book = OfferBook(problem.offers, nodes=self.node_ids, carriers=self.carrier_ids)
        paid = problem.orders.sort("paid_at", "order_id")
        self.order_ids: list[str] = paid["order_id"].to_list()
        self.lat, self.lon = paid["lat"].to_numpy(), paid["lon"].to_numpy()
        baskets = baskets_of(problem.lines, order_ids=self.order_ids, goods=self.goods)
        self.orders = self._orders(paid, baskets)

    def _orders(self, paid: pl.DataFrame, baskets: list[Basket]) -> list[Order]:
        zones = {region: self.offer_book.zone(region) for region in paid["region"].unique()}
        place = pl.struct("buyer", "region") if self.policy.merge else pl.col("order_id")
        address = paid.select(place.rank("dense").alias("address"))["address"]
        alone = paid.select((place.len().over(place) == 1).alias("alone"))["alone"]
        rows = zip(address.to_list(), alone.to_list(), paid["region"].to_list(), baskets, strict=True)
        return [Order(i, where, only, zones[region], basket) for i, (where, only, region, basket) in enumerate(rows)]

    def expected_parcels(self) -> int:
        """One parcel per address and layer: what it takes when everything is served and nothing is split."""
        return len({(order.address, layer) for order in self.orders for layer, _ in order.basket.kg})

    def _ranked_nodes(self) -> Iterator[tuple[list[int], list[float]]]:
        return ranked_nodes(
            self.lat,
            self.lon,
            node_lat=self.nodes["lat"].to_numpy(),
            node_lon=self.nodes["lon"].to_numpy(),
            priority=self.nodes["priority"].to_numpy(),
        )

    def plan(self, *, expected: int) -> Plan:
        """One run through the orders, each carrier kept within its max_share of `expected` parcels."""
        books = Books(
            goods=self.goods,
            nodes=self.nodes,
            carriers=self.carriers,
            lots=self.lots,
            offer_book=self.offer_book,
            share_places=[at_most(share, expected) for share in self.carriers["max_share"]],
        )
        unserved: list[tuple[str, WhyUnserved, str]] = []
        reasons = _Reasons()
        # What was free only ever shrinks, so equal baskets for equal offers fail alike, until a place is
        # freed again.
        hopeless: dict[tuple[int, Zone], tuple[WhyUnserved, str]] = {}
        for order, (nodes, km) in zip(self.orders, self._ranked_nodes(), strict=True):
            kind = (id(order.basket), order.zone)
            why = why_out_of_stock(books, order) or (hopeless.get(kind) if order.alone else None)
            visits = None if why else _visits(books, order, nodes)
            whole = nodes.index(visits[0].node) if visits and len(visits) == 1 else None
            rejected = rejected_nodes(books, order, nodes=nodes, km=km, chosen=whole, node_ids=self.node_ids)
            if visits is None:
                why = why or why_unserved(books, order)
                if order.alone:
                    hopeless[kind] = why
                unserved.append((self.order_ids[order.number], *why))
                reasons.add(None, None, nodes=(), rejected=rejected)
                continue
            for visit in visits:
                if books.commit(order, visit):
                    hopeless.clear()
            used = list(dict.fromkeys(visit.node for visit in visits))
            first = min(used, key=nodes.index)
            names = tuple(self.node_ids[node] for node in used)
            reasons.add(self.node_ids[first], km[nodes.index(first)], nodes=names, rejected=rejected)
        return self._written_down(books, unserved=unserved, reasons=reasons)

    def _written_down(
        self,
        books: Books,
        *,
        unserved: list[tuple[str, WhyUnserved, str]],
        reasons: _Reasons,
    ) -> Plan:
        parcel_ids = [f"P{number:07d}" for number in range(1, len(books.parcels) + 1)]
        handling = self.policy.handling_yuan_per_parcel
        parcels = pl.DataFrame(
            {
                "parcel_id": parcel_ids,
                "orders": text_lists("orders", [[self.order_ids[i] for i in p.orders] for p in books.parcels]),
                "node": [self.node_ids[parcel.node] for parcel in books.parcels],
                "carrier": [self.carrier_ids[parcel.offer.carrier] for parcel in books.parcels],
                "layer": [parcel.layer for parcel in books.parcels],
                "kg": [parcel.kg for parcel in books.parcels],
                "cost_yuan": [handling + price(parcel.offer, parcel.kg) for parcel in books.parcels],
            },
            schema=PARCELS,
        )
        picked = books.picks
        picks = pl.DataFrame(
            {
                "order_id": [self.order_ids[order] for order in picked.order],
                "parcel_id": [parcel_ids[parcel] for parcel in picked.parcel],
                "sku": [self.goods.sku[sku] for sku in picked.sku],
                "qty": picked.units,
                "lot": picked.lot,
            },
            schema={column: dtype for column, dtype in PICKS.items() if column not in ("node", "carrier")},
        ).join(parcels.select("parcel_id", "node", "carrier"), on="parcel_id", maintain_order="left")
        unserved_frame = pl.DataFrame(unserved, schema=UNSERVED, orient="row")
        reasons_frame = pl.DataFrame(
            {
                "order_id": self.order_ids,
                "node": reasons.node,
                "km": reasons.km,
                "nodes": text_lists("nodes", reasons.nodes),
                "rejected": alternative_lists("rejected", reasons.rejected, range(len(reasons.rejected))),
            },
            schema=REASONS,
        )
        used = Counter(self.carrier_ids[parcel.offer.carrier] for parcel in books.parcels)
        limits = list(self.carriers.select("carrier", "min_share", "max_share").iter_rows())
        summary = summarise(
            method=METHOD,
            orders=len(self.orders),
            parcels=parcels,
            unserved=unserved_frame,
            reasons=reasons_frame,
            unserved_yuan=self.policy.unserved_yuan,
            relaxations=shares_broken(used, limits=limits),
        )
        return Plan(
            picks=picks.select(list(PICKS)),
            parcels=parcels,
            unserved=unserved_frame,
            reasons=reasons_frame,
            summary=summary,
        )


def _visits(books: Books, order: Order, nodes: list[int]) -> list[Visit] | None:
    """Steps 1 to 4 of the rule. Steps 3 and 4 can only help when a share leaves some carrier fewer places than
    both its capacity and the most parcels the order could need, one a unit."""
    visits = _within(books, order, nodes, places=books.share_places)
    if visits is None:
        most = sum(units for _, units in order.basket.needs)
        if any(s < min(p, most) for s, p in zip(books.share_places, books.places, strict=True)):
            visits = _within(books, order, nodes, places=books.places)
    return visits


def _within(books: Books, order: Order, nodes: list[int], *, places: list[int]) -> list[Visit] | None:
    needs, kg, left = order.basket.needs, order.basket.kg, books.left
    for node in nodes:
        for sku, units in needs:
            if left[sku][node] < units:
                break
        else:
            offers = books.offers_for(order, node, kg=kg, places=places)
            if offers is not None:
                return [Visit(node, needs, kg, offers)]
    return split(books, order, nodes=nodes, places=places)
