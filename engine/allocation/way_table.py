"""Ways with their cost and what they use up, as vectors and one sparse matrix: what pricing and planning reckon with.

Resources are numbered: stock of (SKU, node) first, SKU by SKU; then the nodes' throughput; then the carriers' parcels.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from engine.allocation.found import WaysFound
from engine.allocation.grounds import Floats, Grounds, Ints
from engine.allocation.ways import Finder, Prices

NEARER_YUAN = 2e-6
"""Yuan a kilometre by which the nearer of two equally dear nodes wins: 0.6 fen across the country, a hundredth of it
between neighbours, and twenty times what the solvers take for equal."""


@dataclass(frozen=True, slots=True)
class Resources:
    """Where each kind of resource begins in the numbering."""

    skus: int
    nodes: int
    carriers: int

    @staticmethod
    def of(grounds: Grounds) -> "Resources":
        """The numbering of one problem."""
        return Resources(len(grounds.sku_ids), len(grounds.node_ids), len(grounds.carrier_ids))

    @property
    def first_node(self) -> int:
        """The first node's throughput."""
        return self.skus * self.nodes

    @property
    def first_carrier(self) -> int:
        """The first carrier's parcels."""
        return self.first_node + self.nodes

    @property
    def count(self) -> int:
        """All of them."""
        return self.first_carrier + self.carriers

    def prices(self, yuan: Floats) -> Prices:
        """A vector over resources as prices."""
        return Prices(
            yuan[: self.first_node].reshape(self.skus, self.nodes),
            yuan[self.first_node : self.first_carrier],
            yuan[self.first_carrier :],
        )

    def vector(self, prices: Prices) -> Floats:
        """Prices as a vector over resources."""
        return np.concatenate([prices.stock.ravel(), prices.throughput, prices.carrier])


@dataclass(frozen=True, slots=True)
class WayTable:
    """Ways sorted by consignment.

    consignment, yuan: by way. leaning: yuan plus a hair for every kilometre (NEARER_YUAN), which decides between
    ways of one price and is no cost. use: ways x resources, used its transpose. first: where each consignment that
    has ways begins, and lengths how many it has. Parcels of the ways by column, sorted by way: parcel_way, parcel_goods
    (a bit a good), parcel_node,
    parcel_carrier, parcel_yuan, parcel_kg.
    """

    consignment: Ints
    yuan: Floats
    leaning: Floats
    use: sp.csr_array
    used: sp.csr_array
    first: Ints
    lengths: Ints
    parcel_way: Ints
    parcel_goods: Ints
    parcel_node: Ints
    parcel_carrier: Ints
    parcel_yuan: Floats
    parcel_kg: Floats


def tabulate(finder: Finder, found: WaysFound) -> WayTable:
    """Cost and use of every way found."""
    grounds, demand = finder.grounds, finder.demand
    resources = Resources.of(grounds)
    whole, split = found.whole, found.split
    wholes, splits = len(whole[0]), len(split[0])
    consignment = np.concatenate([whole[0], split[0]])
    order = np.argsort(consignment, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    consignment = consignment[order]
    way = place[np.concatenate([np.arange(wholes), wholes + np.tile(np.arange(splits), 2)])]
    by_way = np.argsort(way, kind="stable")
    every = (1 << demand.size[whole[0]]) - 1
    way = way[by_way]
    goods = np.concatenate([every, split[1], split[4]])[by_way]
    node = np.concatenate([whole[1], split[2], split[5]])[by_way]
    carrier = np.concatenate([whole[2], split[3], split[6]])[by_way]
    kg, entries = _contents(finder, consignment[way], goods=goods, node=node)
    yuan = _parcel_yuan(finder, consignment[way], node=node, carrier=carrier, kg=kg)
    parcel, resource, units = entries
    km = grounds.km[demand.zone[consignment[way]], node]
    first = np.flatnonzero(np.diff(consignment, prepend=-1))
    one = np.ones(len(way))
    rows = np.concatenate([way[parcel], way, way])
    columns = np.concatenate([resource, resources.first_node + node, resources.first_carrier + carrier])
    # Narrow indices: half of what every look at prices has to read.
    where = rows.astype(np.int32), columns.astype(np.int32)
    use = sp.csr_array((np.concatenate([units, one, one]), where), shape=(len(consignment), resources.count))
    return WayTable(
        consignment=consignment,
        yuan=np.bincount(way, yuan, minlength=len(consignment)).astype(np.float64),
        leaning=np.bincount(way, yuan + NEARER_YUAN * km, minlength=len(consignment)).astype(np.float64),
        use=use,
        used=use.T.tocsr(),
        first=first,
        lengths=np.diff(np.append(first, len(consignment))),
        parcel_way=way,
        parcel_goods=goods,
        parcel_node=node,
        parcel_carrier=carrier,
        parcel_yuan=yuan,
        parcel_kg=kg,
    )


def _contents(
    finder: Finder, consignment: Ints, *, goods: Ints, node: Ints
) -> tuple[Floats, tuple[Ints, Ints, Floats]]:
    """kg by parcel, and (parcel, stock resource, units) of all that the parcels take."""
    demand, needs = finder.demand, finder.needs
    kg = np.zeros(len(goods))
    parcels, resources, units = [], [], []
    for place in range(demand.goods.shape[1]):
        inside = np.flatnonzero(goods >> place & 1)
        good = demand.goods[consignment[inside], place]
        kg[inside] += demand.kg[good]
        count = needs.indptr[good + 1] - needs.indptr[good]
        line = np.repeat(needs.indptr[good], count) + _counted(count)
        parcel = np.repeat(inside, count)
        parcels.append(parcel)
        resources.append(needs.indices[line] * len(finder.grounds.node_ids) + node[parcel])
        units.append(needs.data[line])
    if not parcels:
        return kg, (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
    return kg, (np.concatenate(parcels), np.concatenate(resources), np.concatenate(units))


def _counted(count: Ints) -> Ints:
    """0, 1, .. for each count in turn: [2, 3] gives [0, 1, 0, 1, 2]."""
    ends = np.cumsum(count)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - count, count)


def _parcel_yuan(finder: Finder, consignment: Ints, *, node: Ints, carrier: Ints, kg: Floats) -> Floats:
    demand, grounds = finder.demand, finder.grounds
    yuan = np.zeros(len(kg))
    key = demand.zone[consignment] * 8 + demand.layer[consignment]
    order = np.argsort(key, kind="stable")
    for parcels in np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if len(order) else []:
        tariff = finder.tariff(consignment[parcels])
        assert tariff is not None
        row = np.zeros(len(grounds.node_ids), dtype=np.int64)
        row[tariff.nodes] = np.arange(len(tariff.nodes))
        place = row[node[parcels]], carrier[parcels]
        yuan[parcels] = tariff.flat[place] + tariff.per_kg[place] * kg[parcels]
    return yuan
