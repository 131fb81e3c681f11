"""How could a consignment be shipped, and what would it cost at given prices of what is scarce?

A *way* ships a consignment whole from one node with one carrier, or in two parcels. Prices are yuan per unit of stock
at a node, per parcel of a node's throughput, per parcel of a carrier. At prices, the cheapest way of a consignment is
an uncapacitated facility location problem over its few goods, solved exactly for up to EXACT_GOODS of them by
dynamic programming over their subsets; that is what the lower bound rests on. Splitting a line's units over nodes
that hold it whole never pays at prices that are linear in units and not negative per parcel, so such ways are not
looked for here; where a node holds only a part it may pay, and the lower bound allows for it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import scipy.sparse as sp

from engine.allocation.consignments import Demand
from engine.allocation.found import Columns, WaysFound
from engine.allocation.grounds import NO_WAY, POSSIBLE, Flags, Floats, Grounds, Ints, Tariff

EXACT_GOODS = 4
"""Goods of one consignment up to which its cheapest way is found exactly; above, a valid relaxation is used."""
SPLIT_GOODS = 5
"""Goods up to which every split in two parcels is tried as a way."""
DEEP_SHARE, DEEP_NODES = 0.04, 3
"""A node is deep in a SKU when it holds this share of all its units; so many of them are always asked."""
CELLS_AT_ONCE = 400_000
"""Consignments x nodes worked on together: 3 MB an array, so that a step stays in the processor's cache."""
CORES = 2
"""Pricing runs in so many threads; NumPy works without the interpreter's lock."""


Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Prices:
    """Yuan: stock (SKUs x nodes) a unit, throughput (nodes) a parcel, carrier (carriers) a parcel."""

    stock: Floats
    throughput: Floats
    carrier: Floats

    @staticmethod
    def none(grounds: Grounds) -> "Prices":
        """Everything for nothing."""
        return Prices(
            np.zeros(grounds.units.shape), np.zeros(len(grounds.node_ids)), np.zeros(len(grounds.carrier_ids))
        )


class Finder:
    """Finds ways. Holds what never changes in a batch; `cheapest` and `near` are asked again at every new prices."""

    def __init__(self, grounds: Grounds, demand: Demand) -> None:
        self.grounds = grounds
        self.demand = demand
        lines = demand.table.lines
        rows = np.repeat(np.arange(len(lines)), [len(needs) for needs in lines])
        skus = np.array([sku for needs in lines for sku, _ in needs], dtype=np.int64)
        units = np.array([n for needs in lines for _, n in needs], dtype=np.int64)
        self.needs = sp.csr_array((units.astype(np.float64), (rows, skus)), shape=(len(lines), len(grounds.sku_ids)))
        self.pieces = np.asarray(self.needs.sum(axis=1)).ravel()
        short = np.zeros((len(lines), len(grounds.node_ids)), dtype=bool)
        np.logical_or.at(short, rows, grounds.units[skus] < units[:, None])
        self.short = short
        loose = ~np.array(demand.table.kit, dtype=bool)
        self.tearable = (loose & (self.pieces > 1))[:, None] & (grounds.units[[needs[0][0] for needs in lines]] > 0)
        shallow = np.zeros(short.shape, dtype=bool)
        np.logical_or.at(shallow, rows, grounds.units[skus] < DEEP_SHARE * grounds.units[skus].sum(axis=1)[:, None])
        self.deep = ~(shallow | short)
        key = (demand.zone * 8 + demand.layer) * 1024 + demand.size
        order = np.argsort(key, kind="stable")
        self._batches: list[Ints] = []
        for alike in np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if len(order) else []:
            tariff = self.tariff(alike)
            if tariff is None:
                continue
            rows_at_once = max(1, CELLS_AT_ONCE // max(1, len(tariff.nodes)))
            self._batches += [alike[i : i + rows_at_once] for i in range(0, len(alike), rows_at_once)]

    def tariff(self, alike: Ints) -> Tariff | None:
        """Who serves the zone and layer that these consignments share; None if nobody."""
        first = alike[0]
        found = self.grounds.tariffs.get((int(self.demand.zone[first]), int(self.demand.layer[first])))
        return found if found is not None and len(found.nodes) else None

    def cells(self) -> int:
        """Consignments x (nodes that make them an offer)."""
        tariffs = ((rows, self.tariff(rows)) for rows in self._batches)
        return sum(len(rows) * len(tariff.nodes) for rows, tariff in tariffs if tariff is not None)

    def cheapest(self, prices: Prices) -> tuple[Floats, Floats]:
        """Per consignment, yuan below which no way can be at these prices, and yuan of a way that exists (the same up
        to EXACT_GOODS goods; NO_WAY where there is none)."""
        low = np.full(len(self.demand.size), NO_WAY)
        high = np.full(len(self.demand.size), NO_WAY)
        for rows, (least, found) in self._each_batch(_Batch.cheapest, prices, only=None):
            low[rows], high[rows] = np.minimum(least, NO_WAY), np.minimum(found, NO_WAY)
        return low, high

    def near(self, prices: Prices, *, within: Floats, only: Flags | None = None) -> WaysFound:
        """Ways within so many yuan (by consignment) of its cheapest; of `only` these."""
        found = [ways for _, ways in self._each_batch(lambda b: b.near(within[b.rows]), prices, only=only)]
        return WaysFound.of([whole for whole, _ in found], [split for _, split in found])

    def cheapest_nodes(self, most: int, *, only: Flags, stocked: bool) -> tuple[Ints, Ints, Floats]:
        """Node, best carrier and yuan (consignments x `most`) of the nodes that each of `only` could ship from whole by
        itself, by cost alone, the cheapest first; NO_WAY yuan where there are no more. `stocked`: only nodes that had
        the goods when planning began."""
        shape = (len(self.demand.size), most)
        node, carrier, yuan = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64), np.full(shape, NO_WAY)
        for rows, (nodes, carriers, cost) in self._each_batch(
            lambda b: b.cheapest_nodes(most, stocked=stocked), Prices.none(self.grounds), only=only
        ):
            place = rows[:, None], np.arange(nodes.shape[1])[None, :]
            node[place], carrier[place], yuan[place] = nodes, carriers, cost
        return node, carrier, yuan

    def _each_batch(
        self, ask: Callable[["_Batch"], Answer], prices: Prices, *, only: Flags | None
    ) -> list[tuple[Ints, Answer]]:
        goods_yuan = np.asarray(self.needs @ prices.stock)
        torn_yuan = np.where(self.short & ~self.tearable, NO_WAY, goods_yuan)
        goods_yuan[self.short] = NO_WAY

        def answer(rows: Ints) -> tuple[Ints, Answer] | None:
            wanted = rows if only is None else rows[only[rows]]
            if not len(wanted):
                return None
            tariff = self.tariff(wanted)
            assert tariff is not None
            return wanted, ask(_Batch(self.demand, wanted, tariff, prices, goods_yuan, torn_yuan, self))

        if len(self._batches) < 2 * CORES:
            return [done for rows in self._batches if (done := answer(rows)) is not None]
        with ThreadPoolExecutor(CORES) as threads:
            return [done for done in threads.map(answer, self._batches) if done is not None]


def _lowest(yuan: Floats, most: int) -> Flags:
    """Which cells are among the `most` lowest of their row."""
    chosen = np.ones(yuan.shape, dtype=bool)
    if most < yuan.shape[1]:
        chosen[:] = False
        np.put_along_axis(chosen, np.argpartition(yuan, most - 1, axis=1)[:, :most], values=True, axis=1)
    return chosen


class _Batch:
    """Consignments of one zone, layer and size at prices. `flat` (nodes x carriers) is yuan a parcel, all in."""

    def __init__(
        self,
        demand: Demand,
        rows: Ints,
        tariff: Tariff,
        prices: Prices,
        goods_yuan: Floats,
        torn_yuan: Floats,
        finder: Finder,
    ) -> None:
        self.rows = rows
        self.nodes = tariff.nodes
        self.per_kg = tariff.per_kg
        self.flat = tariff.flat + prices.throughput[tariff.nodes, None] + prices.carrier[None, :]
        self.serving = np.flatnonzero((tariff.flat < POSSIBLE).any(axis=0))
        self.size = int(demand.size[rows[0]])
        goods = demand.goods[rows, : self.size].T
        self.kg = demand.kg[goods]
        self.yuan = [goods_yuan[one][:, tariff.nodes] for one in goods]
        self.torn_yuan = [torn_yuan[one][:, tariff.nodes] for one in goods]
        self.every = (1 << self.size) - 1
        self.deep = np.logical_and.reduce(finder.deep[goods][:, :, tariff.nodes], axis=0)
        # Where a share that wants more parcels makes one less than free, lines could be torn into single units to
        # earn that again and again; the lower bound allows for it.
        self._bonus = np.minimum(self.flat.min(), 0.0) * finder.pieces[goods].sum(axis=0)

    def _of(self, goods: int, *, torn: bool = False) -> tuple[Floats, Floats]:
        """Stock yuan (rows x nodes) and kg (rows) of the goods with these bits. `torn`: a node that holds part of a
        loose line counts as if it held all."""
        chosen = [i for i in range(self.size) if goods >> i & 1]
        by_goods = self.torn_yuan if torn else self.yuan
        yuan = by_goods[chosen[0]]
        for i in chosen[1:]:
            yuan = yuan + by_goods[i]
        return yuan, self.kg[chosen].sum(axis=0)

    def parcels(self, goods: int) -> tuple[Floats, Ints]:
        """A parcel of these goods from each node: yuan with the best carrier, and that carrier."""
        stock, kg = self._of(goods)
        least, carrier = self._freight(kg)
        return least + stock, carrier

    def _freight(self, kg: Floats) -> tuple[Floats, Ints]:
        """Yuan of a parcel of so many kg (by row) from each node with the best carrier, and that carrier."""
        least = np.full((len(kg), len(self.nodes)), 2 * NO_WAY)
        carrier = np.zeros(least.shape, dtype=np.int64)
        for one in self.serving:
            yuan = self.flat[:, one] + kg[:, None] * self.per_kg[:, one]
            better = yuan < least
            carrier[better] = one
            np.minimum(least, yuan, out=least)
        return least, carrier

    def _least(self, goods: int, *, torn: bool = False) -> Floats:
        stock, kg = self._of(goods, torn=torn)
        least = self.flat[:, self.serving[0]] + kg[:, None] * self.per_kg[:, self.serving[0]]
        for one in self.serving[1:]:
            np.minimum(least, self.flat[:, one] + kg[:, None] * self.per_kg[:, one], out=least)
        found: Floats = (least + stock).min(axis=1)
        return found

    def cheapest(self) -> tuple[Floats, Floats]:
        """Yuan by row: a lower bound on every way, and a way."""
        if self.size > EXACT_GOODS:
            return self._relaxed() + self._bonus, self._least(self.every)
        whole, split = self._partitioned(torn=False)
        way = np.minimum(whole, split)
        return np.minimum(way, self._torn(self.torn_rows())) + self._bonus, way

    def _partitioned(self, *, torn: bool) -> tuple[Floats, Floats]:
        """Yuan by row of the best single parcel, and of the best two or more."""
        parcel = {goods: self._least(goods, torn=torn) for goods in range(1, self.every + 1)}
        # Subset dynamic programming: the parcel with the lowest good, and the rest at its best.
        best: dict[int, Floats] = {0: np.zeros(len(self.rows))}
        split = np.full(len(self.rows), 2 * NO_WAY)
        for goods in range(1, self.every + 1):
            split, lowest, part = np.full(len(self.rows), 2 * NO_WAY), goods & -goods, (goods - 1) & goods
            while part:
                if part & lowest:
                    np.minimum(split, parcel[part] + best[goods ^ part], out=split)
                part = (part - 1) & goods
            best[goods] = np.minimum(parcel[goods], split)
        return parcel[self.every], split

    def _torn(self, rows: Flags) -> Floats:
        """What no way that tears a loose line can cost less than; NO_WAY for all but `rows`. Its units may as well all
        be where they are cheapest, but there is a second parcel, even where nothing then is left for it."""
        if not rows.any():
            return np.full(len(self.rows), NO_WAY)
        whole, split = self._partitioned(torn=True)
        second = max(0.0, float(self.flat[self.flat < POSSIBLE].min()))
        return np.where(rows, np.minimum(whole + second, split), NO_WAY)

    def torn_rows(self) -> Flags:
        """Rows with a loose line that some node holds a part of: tearing it may pay there, and only there."""
        partly = [(torn < whole).any(axis=1) for torn, whole in zip(self.torn_yuan, self.yuan, strict=True)]
        found: Flags = np.logical_or.reduce(partly)
        return found

    def _relaxed(self) -> Floats:
        """At least one parcel, at the cheapest price there is; each good by itself at its best node and carrier."""
        possible = self.flat < POSSIBLE
        kg_yuan = np.where(possible, self.per_kg, np.inf).min(axis=1)
        alone = [(self.torn_yuan[i] + self.kg[i][:, None] * kg_yuan).min(axis=1) for i in range(self.size)]
        bound: Floats = np.sum(alone, axis=0) + self.flat[possible].min()
        return bound

    def cheapest_nodes(self, most: int, *, stocked: bool) -> tuple[Ints, Ints, Floats]:
        """Node, carrier and yuan of the cheapest nodes, by row."""
        yuan, carrier = self.parcels(self.every) if stocked else self._freight(self.kg.sum(axis=0))
        near = _lowest(yuan, most)
        columns = np.nonzero(near)[1].reshape(len(yuan), -1)
        nearest = np.take_along_axis(
            columns, np.argsort(np.take_along_axis(yuan, columns, axis=1), axis=1, kind="stable"), axis=1
        )
        cost = np.take_along_axis(yuan, nearest, axis=1)
        return self.nodes[nearest], np.take_along_axis(carrier, nearest, axis=1), cost

    def near(self, within: Floats) -> tuple[Columns, Columns]:
        """Whole ways (row, node, carrier) and split ways (row, goods, node, carrier, goods, node, carrier)."""
        yuan, carrier = self.parcels(self.every)
        least = yuan.min(axis=1)
        chosen = yuan < (least + within)[:, None]
        # Small stores are near and soon empty: somebody who could serve many must be among those who are asked.
        chosen |= _lowest(np.where(self.deep, yuan, NO_WAY), DEEP_NODES)
        row, node = np.nonzero(chosen & (yuan < POSSIBLE))
        found = [(self.rows[row], self.nodes[node], carrier[row, node])]
        # The other carriers of a good node: what a full carrier's parcels turn to.
        close = yuan[row, node] < least[row] + within[row] / 2
        row, node = row[close], node[close]
        stock, kg = self._of(self.every)
        others = self.flat[node] + kg[row, None] * self.per_kg[node] + stock[row, node][:, None]
        others[np.arange(len(row)), carrier[row, node]] = 2 * NO_WAY
        again, other = np.nonzero((others < (least + within)[row, None]) & (others < POSSIBLE))
        found.append((self.rows[row[again]], self.nodes[node[again]], other))
        whole = tuple(np.concatenate(column) for column in zip(*found, strict=True))
        return whole, self._splits(least, within)

    def _splits(self, least: Floats, within: Floats) -> Columns:
        found: list[Columns] = []
        if 1 < self.size <= SPLIT_GOODS:
            each = np.arange(len(self.rows))
            best = {}
            for goods in range(1, self.every):
                yuan, carrier = self.parcels(goods)
                node = yuan.argmin(axis=1)
                best[goods] = yuan[each, node], self.nodes[node], carrier[each, node]
            for goods in range(1, (self.every + 1) // 2):
                (yuan, node, carrier), (rest_yuan, rest_node, rest_carrier) = best[goods], best[self.every ^ goods]
                good = np.flatnonzero((yuan + rest_yuan < least + within) & (yuan + rest_yuan < POSSIBLE))
                bits = np.full(len(good), goods), np.full(len(good), self.every ^ goods)
                found.append(
                    (self.rows[good], bits[0], node[good], carrier[good], bits[1], rest_node[good], rest_carrier[good])
                )
        if not found:
            return tuple(np.zeros(0, dtype=np.int64) for _ in range(7))
        return tuple(np.concatenate(column) for column in zip(*found, strict=True))
