"""What is still free while a batch is planned, and what has been given away: stock, lots, throughput, carrier
places, parcels.

Keeps the counts; decides nothing but the cheapest carrier with a place. All ids are indices (nodes by
priority then id, SKUs and carriers by id), because the rule asks these books some millions of times per
batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from engine.allocation.baskets import Basket, Goods
from engine.allocation.lots import Blocked, Shelf
from engine.allocation.offers import Offer, OfferBook, Zone


class Order(NamedTuple):
    """One order as the rule sees it. Orders of one `address` may share a parcel; `alone` says that none other
    has it."""

    number: int
    address: int
    alone: bool
    zone: Zone
    basket: Basket


class Visit(NamedTuple):
    """Goods of one order that leave one node: per layer its kg and the offer of a new parcel (None: joins an
    open one)."""

    node: int
    needs: tuple[tuple[int, int], ...]
    kg: tuple[tuple[str, float], ...]
    offers: tuple[Offer | None, ...]


@dataclass(slots=True)
class Parcel:
    """One layer, one node, one carrier. `yuan` is the carrier's price, without handling."""

    node: int
    layer: str
    offer: Offer
    kg: float
    orders: tuple[int, ...]


@dataclass(slots=True)
class Picks:
    """Units of one lot that go into a parcel for an order, by column: a row object each would keep the
    garbage collector busy for a quarter of the planning time."""

    order: list[int] = field(default_factory=list)
    parcel: list[int] = field(default_factory=list)
    sku: list[int] = field(default_factory=list)
    units: list[int] = field(default_factory=list)
    lot: list[str] = field(default_factory=list)


class Books:
    """The free and the given. `hold` and `release` try something out; `commit` is final."""

    def __init__(
        self,
        *,
        goods: Goods,
        nodes: pl.DataFrame,
        carriers: pl.DataFrame,
        lots: pl.DataFrame,
        offer_book: OfferBook,
        share_places: Sequence[int],
    ) -> None:
        self.offer_book = offer_book
        self.goods = goods
        self.throughput: list[int] = nodes["throughput"].to_list()
        self.places: list[int] = carriers["capacity"].to_list()
        self.share_places = [min(pair) for pair in zip(self.places, share_places, strict=True)]
        self.left = [[0] * nodes.height for _ in goods.sku]
        self.total = [0] * len(goods.sku)
        self.blocked: dict[tuple[int, int], dict[str, int]] = {}
        self.parcels: list[Parcel] = []
        self.picks = Picks()
        self._shelves: dict[tuple[int, int], Shelf] = {}
        self._open: dict[tuple[int, int, str], int] = {}
        self._place_lots(lots, nodes["node"].to_list())

    def _place_lots(self, lots: pl.DataFrame, node_ids: list[str]) -> None:
        node_index = {node: i for i, node in enumerate(node_ids)}
        sku_index = {sku: i for i, sku in enumerate(self.goods.sku)}
        rows = lots.filter(pl.col("qty") > 0).reverse().select("node", "sku", "lot", "qty", "blocked")
        for node_id, sku_id, lot, qty, blocked in rows.iter_rows():
            node, sku = node_index[node_id], sku_index[sku_id]
            if blocked is not None:
                here = self.blocked.setdefault((sku, node), {})
                here[blocked] = here.get(blocked, 0) + qty
                continue
            self._shelves.setdefault((sku, node), Shelf()).lots.append((lot, qty))
            self.left[sku][node] += qty
            self.total[sku] += qty

    def blocked_units(self, sku: int, why: Blocked, *, node: int) -> int:
        """Units that lie at the node and may not ship, for this reason."""
        return self.blocked.get((sku, node), {}).get(why, 0)

    def new_parcels(self, order: Order, node: int) -> int:
        """How many more parcels the whole basket needs from this node."""
        return sum((order.address, node, layer) not in self._open for layer, _ in order.basket.kg)

    def offers_for(
        self, order: Order, node: int, *, kg: tuple[tuple[str, float], ...], places: list[int]
    ) -> tuple[Offer | None, ...] | None:
        """The cheapest offer with a place for each layer (None: a parcel to the address is open), or None if
        one fails.

        `places` is either `share_places` (shares hold) or `places` (capacity alone).
        """
        if len(kg) == 1:  # nine orders in ten
            ((layer, weight),) = kg
            if (order.address, node, layer) in self._open:
                return (None,)
            if self.throughput[node] <= 0:
                return None
            offer = cheapest(self.offer_book.offers(order.zone, layer, node=node), weight, places=places)
            return None if offer is None else (offer,)
        if sum((order.address, node, layer) not in self._open for layer, _ in kg) > self.throughput[node]:
            return None
        chosen: list[Offer | None] = []
        for layer, weight in kg:
            if (order.address, node, layer) in self._open:
                chosen.append(None)
                continue
            offers = self.offer_book.offers(order.zone, layer, node=node)
            offer = cheapest(offers, weight, places=places)
            if offer is None:
                break
            places[offer.carrier] -= 1  # so that the order's next parcel does not count on the same place
            chosen.append(offer)
        for taken in chosen:
            if taken is not None:
                places[taken.carrier] += 1
        return tuple(chosen) if len(chosen) == len(kg) else None

    def hold(self, order: Order, visit: Visit, *, sign: int = 1) -> None:
        """Set a visit's stock and places aside (or, with sign -1, put them back)."""
        for sku, units in visit.needs:
            self.left[sku][visit.node] -= sign * units
        for (layer, _), offer in zip(visit.kg, visit.offers, strict=True):
            if offer is None:
                continue
            self._count(visit.node, offer, sign=sign)
            if sign > 0:
                self._open[order.address, visit.node, layer] = len(self.parcels)
            else:
                del self._open[order.address, visit.node, layer]

    def _count(self, node: int, offer: Offer, *, sign: int) -> None:
        self.throughput[node] -= sign
        self.places[offer.carrier] -= sign
        self.share_places[offer.carrier] -= sign

    def commit(self, order: Order, visit: Visit) -> bool:
        """Give the goods away, first expired first. True if a place was freed (a grown parcel changed its
        carrier)."""
        freed = False
        parcel_of: dict[str, int] = {}
        for (layer, kg), offer in zip(visit.kg, visit.offers, strict=True):
            key = (order.address, visit.node, layer)
            if offer is None:
                number = self._open[key]
                freed = self._grow(number, order, kg) or freed
            else:
                number = self._open[key] = len(self.parcels)
                self.parcels.append(Parcel(visit.node, layer, offer, kg, (order.number,)))
                self._count(visit.node, offer, sign=1)
            parcel_of[layer] = number
        picks = self.picks
        for sku, units in visit.needs:
            self.left[sku][visit.node] -= units
            self.total[sku] -= units
            number = parcel_of[self.goods.layer[sku]]
            for lot, taken in self._shelves[sku, visit.node].take(units):
                picks.order.append(order.number)
                picks.parcel.append(number)
                picks.sku.append(sku)
                picks.units.append(taken)
                picks.lot.append(lot)
        return freed

    def _grow(self, number: int, order: Order, kg: float) -> bool:
        """Add to an open parcel; heavier, another carrier with a place may now be the cheapest."""
        parcel = self.parcels[number]
        parcel.kg += kg
        if parcel.orders[-1] != order.number:
            parcel.orders += (order.number,)
        old = parcel.offer
        offers = self.offer_book.offers(order.zone, parcel.layer, node=parcel.node)
        best = cheapest(offers, parcel.kg, places=self.share_places)
        if best is None or price(best, parcel.kg) >= price(old, parcel.kg):
            return False
        self._count(parcel.node, old, sign=-1)
        self._count(parcel.node, best, sign=1)
        parcel.offer = best
        return True


def price(offer: Offer, kg: float) -> float:
    """Yuan for a parcel of `kg`."""
    return offer.flat_yuan + offer.per_kg_yuan * kg


def cheapest(offers: tuple[Offer, ...], kg: float, *, places: list[int]) -> Offer | None:
    """The cheapest offer whose carrier has a place; the first carrier id among equals."""
    best, best_yuan = None, float("inf")
    for offer in offers:
        yuan = offer.flat_yuan + offer.per_kg_yuan * kg
        if yuan < best_yuan and places[offer.carrier] > 0:
            best, best_yuan = offer, yuan
    return best
