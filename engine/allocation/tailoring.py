"""The best way for one consignment in what is left: whole, in two parcels, or piece by piece.

Looks at every node and carrier, unlike the way table, because what is left may be where nobody thought of looking.
Only here may a loose line be torn by units, when no node holds it whole. A parcel above its carrier's share is allowed
at the policy's charge; above a capacity never.
"""

from collections.abc import Iterator

import numpy as np

from engine.allocation.consignments import Lines
from engine.allocation.grounds import NO_WAY, POSSIBLE, Floats
from engine.allocation.loads import Content, Loads, Parcel, Tailored

TWO_PARCELS = 5
"""Goods up to which all splits in two are tried (15 of them); above, piece by piece only."""


def tailored(loads: Loads, consignment: int) -> tuple[float, Tailored] | None:
    """The way with the least price (cost, bids, prices and share charges) among those tried, and that price; None if
    nothing is left for it."""
    return _Tailor(loads, consignment).best()


class _Tailor:
    def __init__(self, loads: Loads, consignment: int) -> None:
        market = loads.market
        demand, grounds = market.demand, market.grounds
        self.loads, self.consignment = loads, consignment
        self.tariff = market.finder.tariff(np.array([consignment]))
        self.goods: list[Lines] = [demand.table.lines[g] for g in demand.goods[consignment, : demand.size[consignment]]]
        self.kits = [demand.table.kit[g] for g in demand.goods[consignment, : demand.size[consignment]]]
        self.weight_kg = grounds.weight_kg
        if self.tariff is None:
            return
        resources = market.resources
        nodes = self.tariff.nodes
        shape = grounds.units.shape
        self.stock = loads.left[: resources.first_node].reshape(shape)[:, nodes].copy()
        self.stock_yuan = loads.price[: resources.first_node].reshape(shape)[:, nodes]
        self.room = loads.left[resources.first_node : resources.first_carrier][nodes].copy()
        self.places = loads.left[resources.first_carrier :].copy()
        self.taken = loads.taken_by_carrier()
        parcel_yuan = loads.price[resources.first_node :]
        self.flat = self.tariff.flat + parcel_yuan[nodes][:, None] + parcel_yuan[len(grounds.node_ids) :][None, :]

    def best(self) -> tuple[float, Tailored] | None:
        if self.tariff is None:
            return None
        found = [way for way in (self._whole(), *self._halves(), self._pieces()) if way is not None]
        return min(found, key=lambda way: way[0]) if found else None

    def _open(self) -> Floats:
        """Yuan of a new parcel by node and carrier, as far as both have room."""
        flat = np.where((self.room > 0)[:, None] & (self.places > 0)[None, :], self.flat, NO_WAY)
        # Shares are fractions of all parcels, this one included: of the very first, too.
        parcels = int(self.taken.sum()) + 1
        most, _ = self.loads.market.share_limits(float(parcels))
        return flat + np.where(self.taken < most, 0.0, self.loads.market.policy.max_share_yuan)[None, :]

    def _holding(self, lines: Lines) -> tuple[Floats, float]:
        """Stock yuan by node (NO_WAY where it is not there) and kg."""
        need: dict[int, int] = {}
        for sku, units in lines:
            need[sku] = need.get(sku, 0) + units
        yuan = np.zeros(len(self.room))
        kg = 0.0
        for sku, units in need.items():
            yuan += np.where(self.stock[sku] >= units, units * self.stock_yuan[sku], NO_WAY)
            kg += units * float(self.weight_kg[sku])
        return yuan, kg

    def _parcel(self, lines: Lines) -> tuple[float, int, int, float] | None:
        """Price, node (row), carrier and kg of the best single parcel."""
        assert self.tariff is not None
        stock, kg = self._holding(lines)
        yuan = self._open() + self.tariff.per_kg * kg + stock[:, None]
        cell = int(yuan.argmin())
        least = float(yuan.flat[cell])
        if least >= POSSIBLE:
            return None
        return least, cell // yuan.shape[1], cell % yuan.shape[1], kg

    def _whole(self) -> tuple[float, Tailored] | None:
        return self._in_parcels([list(range(len(self.goods)))])

    def _halves(self) -> Iterator[tuple[float, Tailored] | None]:
        count = len(self.goods)
        if 2 <= count <= TWO_PARCELS:
            for bits in range(1, 1 << (count - 1)):
                first = [i for i in range(count) if bits >> i & 1]
                yield self._in_parcels([first, [i for i in range(count) if not bits >> i & 1]])

    def _in_parcels(self, parts: list[list[int]]) -> tuple[float, Tailored] | None:
        """These goods in these parcels, each at its best place when its turn comes."""
        total, parcels = 0.0, []
        for part in parts:
            lines = tuple(line for i in part for line in self.goods[i])
            place = self._parcel(lines)
            if place is None:
                total = NO_WAY
                break
            yuan, node, carrier, _ = place
            total += yuan
            contents = [Content(i, self.goods[i]) for i in part]
            parcels.append((node, carrier, contents))
            self._hold(node, carrier, lines)
        found = None if total >= POSSIBLE else (total, self._way(parcels))
        for node, carrier, contents in parcels:
            self._hold(node, carrier, tuple(line for c in contents for line in c.lines), sign=-1)
        return found

    def _hold(self, node: int, carrier: int, lines: Lines, *, sign: int = 1) -> None:
        self.room[node] -= sign
        self.places[carrier] -= sign
        self.taken[carrier] += sign
        for sku, units in lines:
            self.stock[sku, node] -= sign * units

    def _pieces(self) -> tuple[float, Tailored] | None:
        """Good after good, heaviest first, each into an open parcel or a new one; a loose line no node holds whole is
        torn, the place with the most units first."""
        if len(self.goods) == 1 and (self.kits[0] or self.goods[0][0][1] == 1):
            return None  # nothing to divide
        kept = self.stock.copy(), self.room.copy(), self.places.copy(), self.taken.copy()
        total = 0.0
        parcels: list[tuple[int, int, list[Content]]] = []
        waiting = [(i, self.goods[i]) for i in self._heaviest_first()]
        while waiting and total < POSSIBLE:
            place, lines = waiting.pop(0)
            step = self._cheapest_step(parcels, lines)
            if step is None and not self.kits[place]:
                ((sku, units),) = lines
                most = int(self.stock[sku][(self._open() < POSSIBLE).any(axis=1)].max(initial=0))
                if 0 < most < units:
                    waiting[:0] = [(place, ((sku, most),)), (place, ((sku, units - most),))]
                    continue
            if step is None:
                total = NO_WAY
                break
            yuan, parcel, node, carrier = step
            total += yuan
            if parcel is None:
                parcels.append((node, carrier, [Content(place, lines)]))
                self._hold(node, carrier, lines)
            else:
                parcels[parcel][2].append(Content(place, lines))
                for sku, units in lines:
                    self.stock[sku, node] -= units
        found = None if total >= POSSIBLE else (total, self._way(parcels))
        self.stock, self.room, self.places, self.taken = kept
        return found

    def _heaviest_first(self) -> list[int]:
        def kg(i: int) -> float:
            return sum(float(self.weight_kg[sku]) * units for sku, units in self.goods[i])

        return sorted(range(len(self.goods)), key=lambda i: (not self.kits[i], -kg(i), i))

    def _cheapest_step(
        self, parcels: list[tuple[int, int, list[Content]]], lines: Lines
    ) -> tuple[float, int | None, int, int] | None:
        """Into which open parcel, or into which new one? (price, parcel or None, node, carrier)."""
        assert self.tariff is not None
        options: list[tuple[float, int | None, int, int]] = []
        new = self._parcel(lines)
        if new is not None:
            options.append((new[0], None, new[1], new[2]))
        stock, kg = self._holding(lines)
        for number, (node, carrier, _) in enumerate(parcels):
            if stock[node] < POSSIBLE:
                options.append((float(stock[node] + kg * self.tariff.per_kg[node, carrier]), number, node, carrier))
        return min(options, key=lambda option: option[0]) if options else None

    def _way(self, parcels: list[tuple[int, int, list[Content]]]) -> Tailored:
        assert self.tariff is not None
        resources = self.loads.market.resources
        use: dict[int, int] = {}
        made = []
        for row, carrier, contents in parcels:
            node = int(self.tariff.nodes[row])
            kg = 0.0
            for resource in (resources.first_node + node, resources.first_carrier + carrier):
                use[resource] = use.get(resource, 0) + 1
            for content in contents:
                for sku, units in content.lines:
                    kg += units * float(self.weight_kg[sku])
                    stock = sku * resources.nodes + node
                    use[stock] = use.get(stock, 0) + units
            yuan = float(self.tariff.flat[row, carrier] + self.tariff.per_kg[row, carrier] * kg)
            made.append(Parcel(node, carrier, tuple(contents), yuan, kg))
        return Tailored(
            self.consignment, tuple(made), tuple(sorted(use.items())), float(sum(parcel.yuan for parcel in made))
        )
