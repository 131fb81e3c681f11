"""The best plan there is, found the slow and obvious way: everything that could be done is tried.

Every order is served or not; each of its goods (the lines of a kit and layer, or a loose line, torn by units or not)
goes into some parcel (node, carrier, layer, address, and the order itself where merging is off); parcels never weigh
against each other, so of parcels with equal node, carrier and address one is enough. For a handful of orders only.

Shared with the engine: nothing but the problem's frames.
"""

import math
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from engine.allocation.problem import Problem
from tests.reference.allocation import Row, longest_prefix_offers, may_ship


class Good(NamedTuple):
    """Units that must share a parcel; `lines` as (SKU, units)."""

    order: int
    layer: str
    lines: tuple[tuple[str, int], ...]
    kit: bool


Spot = tuple[str, str]
"""(node, carrier)."""
Parcels = dict[tuple[object, ...], None]


def goods_of(problem: Problem, order_id: str, number: int) -> list[Good]:
    """What of an order must stay together."""
    layer = dict(problem.skus.select("sku", "layer").iter_rows())
    kits: dict[tuple[str, str], dict[str, int]] = {}
    loose: dict[str, int] = {}
    for line in problem.lines.to_dicts():
        if line["order_id"] != order_id:
            continue
        inside = loose if line["kit"] is None else kits.setdefault((line["kit"], layer[line["sku"]]), {})
        inside[line["sku"]] = inside.get(line["sku"], 0) + line["qty"]
    together = [Good(number, where, tuple(sorted(lines.items())), True) for (_, where), lines in kits.items()]
    return together + [Good(number, layer[sku], ((sku, units),), False) for sku, units in loose.items()]


class BruteForce:
    """One problem, small enough. `least` is the least of cost and share charges over all plans that keep the rules."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.policy = problem.policy
        self.orders = problem.orders.to_dicts()
        self.goods = [goods_of(problem, row["order_id"], i) for i, row in enumerate(self.orders)]
        self.kg = dict(problem.skus.select("sku", "weight_kg").iter_rows())
        self.carriers = problem.carriers.to_dicts()
        self.throughput = dict(problem.nodes.select("node", "throughput").iter_rows())
        self.capacity = {row["carrier"]: row["capacity"] for row in self.carriers}
        self.nodes = list(self.throughput)
        self.stock = self._stock()
        self._prices: dict[tuple[str, str], dict[Spot, Row]] = {}
        self.best = math.inf
        self.cheapest_order = [self._at_least(goods) for goods in self.goods]

    def _stock(self) -> dict[tuple[str, str], int]:
        pick_up = {row["node"]: row["cutoff_at"] or self.policy.now for row in self.problem.nodes.to_dicts()}
        layers = {row["node"]: row["layers"] for row in self.problem.nodes.to_dicts()}
        sku = {row["sku"]: row for row in self.problem.skus.to_dicts()}
        found: dict[tuple[str, str], int] = {}
        for lot in self.problem.stock.to_dicts():
            good = sku[lot["sku"]]
            fresh = may_ship(lot["expiry"], good["shelf_life_days"], pick_up=pick_up[lot["node"]])
            if fresh and good["layer"] in layers[lot["node"]]:
                key = lot["node"], lot["sku"]
                found[key] = found.get(key, 0) + lot["qty"]
        return found

    def prices(self, region: str, layer: str) -> dict[Spot, Row]:
        """The offer of every node and carrier."""
        key = region, layer
        if key not in self._prices:
            offers = self.problem.offers.to_dicts()
            self._prices[key] = {
                (node, carrier): offer
                for node in self.nodes
                for carrier, offer in longest_prefix_offers(offers, node=node, layer=layer, region=region).items()
            }
        return self._prices[key]

    def _at_least(self, goods: list[Good]) -> float:
        """No order costs less than its kilograms at the lowest price, or than being left out."""
        total = 0.0
        for good in goods:
            offers = self.prices(self.orders[good.order]["region"], good.layer).values()
            kg = sum(self.kg[sku] * units for sku, units in good.lines)
            total += min((offer["per_kg_yuan"] * kg for offer in offers), default=math.inf)
        return min(total, self.policy.unserved_yuan)

    def least(self) -> float:
        """Yuan of the best plan."""
        self._order(0, {}, {}, 0.0)
        return self.best

    def _order(self, number: int, left: dict[tuple[str, str], int], parcels: Parcels, yuan: float) -> None:
        if yuan + math.fsum(self.cheapest_order[number:]) >= self.best - 1e-12:
            return
        if number == len(self.orders):
            self.best = min(self.best, yuan + self.charges(parcels))
            return
        self._goods(number, 0, left, parcels, yuan)
        self._order(number + 1, left, parcels, yuan + self.policy.unserved_yuan)

    def _goods(self, number: int, place: int, taken: dict[tuple[str, str], int], parcels: Parcels, yuan: float) -> None:
        if yuan >= self.best:
            return
        if place == len(self.goods[number]):
            self._order(number + 1, taken, parcels, yuan)
            return
        good = self.goods[number][place]
        order = self.orders[number]
        prices = self.prices(order["region"], good.layer)
        whose: tuple[object, ...] = (order["buyer"], order["region"]) if self.policy.merge else (order["order_id"],)
        for amounts in self._ways(good, list(prices)):
            now, open_parcels, cost = dict(taken), dict(parcels), yuan
            for spot, lines in amounts:
                for sku, units in lines:
                    now[spot[0], sku] = now.get((spot[0], sku), 0) + units
                    cost += units * self.kg[sku] * prices[spot]["per_kg_yuan"]
                parcel = (*spot, good.layer, *whose)
                if parcel not in open_parcels:
                    open_parcels[parcel] = None
                    cost += (
                        prices[spot]["fixed_yuan"] + prices[spot]["late_yuan"] + self.policy.handling_yuan_per_parcel
                    )
            if all(units <= self.stock.get(key, 0) for key, units in now.items()) and self.room_for(open_parcels):
                self._goods(number, place + 1, now, open_parcels, cost)

    @staticmethod
    def _ways(good: Good, spots: list[Spot]) -> Iterator[list[tuple[Spot, tuple[tuple[str, int], ...]]]]:
        if good.kit:
            for spot in spots:
                yield [(spot, good.lines)]
            return
        ((sku, units),) = good.lines
        for parts in product(range(units + 1), repeat=len(spots)):
            if sum(parts) == units:
                yield [(spot, ((sku, part),)) for spot, part in zip(spots, parts, strict=True) if part]

    def room_for(self, parcels: Parcels) -> bool:
        """Nodes and carriers can take them."""
        nodes = [key[0] for key in parcels]
        carriers = [key[1] for key in parcels]
        return all(nodes.count(n) <= limit for n, limit in self.throughput.items()) and all(
            carriers.count(c) <= limit for c, limit in self.capacity.items()
        )

    def charges(self, parcels: Parcels) -> float:
        """Yuan for parcels off the agreed shares: whole parcels, of those planned."""
        planned, total = len(parcels), 0.0
        for row in self.carriers:
            count = sum(key[1] == row["carrier"] for key in parcels)
            over = count - math.floor(row["max_share"] * planned + 1e-9)
            short = math.ceil(row["min_share"] * planned - 1e-9) - count
            total += max(over, 0) * self.policy.max_share_yuan + max(short, 0) * self.policy.min_share_yuan
        return total
