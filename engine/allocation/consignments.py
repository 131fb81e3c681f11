"""What is alike in a batch? Orders become classes, and each class says in which consignments it could be shipped.

A *consignment* is the goods of one temperature layer for one address that may share a parcel; equal goods for equal
zones are one consignment, however many orders want it. A *class* is all households (buyer and region, or one order
where merging is off) that ordered the same for the same zone. An *option* of a class serves some of a household's
orders, each whole, as one consignment a layer, and leaves the others unserved. A hundred thousand orders are some
ten thousand consignments.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import polars as pl

from engine.allocation.grounds import Floats, Grounds, Ints

ALL_SUBSETS_UP_TO = 3
"""Orders of a household up to which every subset is an option. Above, all, none, and all but one: the rest is rare,
and the bound allows for it (prices.bound)."""

Lines = tuple[tuple[int, int], ...]
"""(SKU, units), by SKU."""
Contents = tuple[tuple[int, int], ...]
"""(goods, the order's place in its household): what each part of a consignment is and for whom. By goods."""


@dataclass(slots=True)
class GoodsTable:
    """What leaves together: the lines of one kit and layer, or one loose line; equal ones are one row.

    `kg`, `layer` and `lines` by goods; `kit` says that its lines must share a parcel even where stock is thin.
    """

    lines: list[Lines] = field(default_factory=list)
    layer: list[int] = field(default_factory=list)
    kit: list[bool] = field(default_factory=list)
    _known: dict[tuple[int, bool, Lines], int] = field(default_factory=dict)

    def index(self, layer: int, lines: Lines, *, kit: bool) -> int:
        """The row of these goods, made if need be."""
        key = (layer, kit, lines)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.lines)
            self.lines.append(lines)
            self.layer.append(layer)
            self.kit.append(kit)
        return found


@dataclass(frozen=True, slots=True)
class Option:
    """Serve the orders of some places of a household: (consignment, its contents) a layer; `unserved` orders."""

    consignments: tuple[tuple[int, Contents], ...]
    unserved: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """A batch by what is alike.

    goods: consignment -> its goods, padded with -1 (consignments x most goods); zone, layer, size by consignment.
    options: by option; option_class its class, in order. households: by class, a row a household, first paid first,
    a column an order (indices into Grounds.orders).
    alone: by class with more orders than ALL_SUBSETS_UP_TO, the consignments of each of its orders alone: not options,
    but what the bound needs to allow for the options that are left out.
    """

    table: GoodsTable
    kg: Floats
    goods: Ints
    zone: Ints
    layer: Ints
    size: Ints
    options: list[Option]
    option_class: Ints
    households: list[Ints]
    alone: dict[int, list[list[int]]]


def demand_of(grounds: Grounds, lines: pl.DataFrame, *, merge: bool) -> Demand:
    """Sort the orders of a batch into classes."""
    table = GoodsTable()
    basket, baskets = _baskets(grounds, lines, table)
    return _Sorter(table, baskets).sort(grounds, basket, merge=merge)


def _baskets(grounds: Grounds, lines: pl.DataFrame, table: GoodsTable) -> tuple[Ints, list[tuple[int, ...]]]:
    """Basket of each order in order of payment, and the goods of each basket. Equal lines in another order, or twice
    the same line, are one basket."""
    index = grounds.orders.select("order_id").with_row_index("order")
    sku = {name: i for i, name in enumerate(grounds.sku_ids)}
    merged = (
        lines.join(index, on="order_id")
        .with_columns(pl.col("sku").replace_strict(sku, return_dtype=pl.Int64))
        .group_by("order", "kit", "sku")
        .agg(pl.col("qty").cast(pl.Int64).sum())
    )
    kinds = merged.select("kit", "sku", "qty").unique().sort("kit", "sku", "qty").with_row_index("kind")
    keys = (
        merged.join(kinds, on=["kit", "sku", "qty"], nulls_equal=True)
        .sort("order", "kind")
        .group_by("order", maintain_order=True)
        .agg(key=pl.col("kind").cast(pl.String).str.join(" "))
    )
    distinct = keys.select("key").unique(maintain_order=True).with_row_index("basket")
    basket = keys.join(distinct, on="key", maintain_order="left")["basket"].cast(pl.Int64).to_numpy()
    line_of = list(kinds.select("kit", "sku", "qty").iter_rows())
    return basket, [
        _goods_of([line_of[int(kind)] for kind in key.split(" ")], grounds, table) for key in distinct["key"]
    ]


def _goods_of(lines: list[tuple[str | None, int, int]], grounds: Grounds, table: GoodsTable) -> tuple[int, ...]:
    together: dict[tuple[int, str | None, int], list[tuple[int, int]]] = defaultdict(list)
    for kit, sku, units in lines:
        together[int(grounds.layer_of[sku]), kit, -1 if kit is not None else sku].append((sku, units))
    return tuple(
        sorted(
            table.index(layer, tuple(sorted(parts)), kit=kit is not None) for (layer, kit, _), parts in together.items()
        )
    )


class _Sorter:
    def __init__(self, table: GoodsTable, baskets: list[tuple[int, ...]]) -> None:
        self.table = table
        self.baskets = baskets
        self.known: dict[tuple[int, tuple[int, ...]], int] = {}
        self.goods: list[tuple[int, ...]] = []
        self.zones: list[int] = []
        self.options: list[Option] = []
        self.option_class: list[int] = []
        self.households: list[Ints] = []
        self.alone: dict[int, list[list[int]]] = {}

    def sort(self, grounds: Grounds, basket: Ints, *, merge: bool) -> Demand:
        orders = grounds.orders.select("buyer", "region", "zone").with_columns(
            order=pl.int_range(pl.len(), dtype=pl.Int64), basket=pl.Series(basket)
        )
        if merge:
            houses = orders.group_by("buyer", "region", maintain_order=True).agg(
                "order", "basket", pl.col("zone").first()
            )
            lone = houses.filter(pl.col("order").list.len() == 1).select(
                pl.col("order").list.first(), pl.col("basket").list.first(), "zone"
            )
            self._households(houses.filter(pl.col("order").list.len() > 1))
        else:
            lone = orders
        self._lone_orders(lone)
        return self._demand(grounds)

    def _lone_orders(self, lone: pl.DataFrame) -> None:
        """Households of one order: nine in ten. The same zone and basket make a class."""
        layers = [self._by_layer([(goods, 0) for goods in basket]) for basket in self.baskets]
        classes = lone.group_by("zone", "basket", maintain_order=True).agg("order")
        for zone, basket, orders in zip(*(classes[c].to_list() for c in ("zone", "basket", "order")), strict=True):
            self.households.append(np.array(orders, dtype=np.int64)[:, None])
            self._add(zone, layers[basket], unserved=())
            self._add(zone, [], unserved=(0,))

    def _households(self, houses: pl.DataFrame) -> None:
        """Households of several orders: what they ordered, in no particular order, makes the class."""
        alike: dict[tuple[int, tuple[int, ...]], list[list[int]]] = defaultdict(list)
        for zone, orders, baskets in zip(*(houses[c].to_list() for c in ("zone", "order", "basket")), strict=True):
            pairs = sorted(zip(baskets, orders, strict=True))
            alike[zone, tuple(basket for basket, _ in pairs)].append([order for _, order in pairs])
        for (zone, baskets), members in alike.items():
            count = len(baskets)
            self.households.append(np.array(members, dtype=np.int64))
            if count > ALL_SUBSETS_UP_TO:
                self.alone[len(self.households) - 1] = [
                    [self._consignment(zone, layer) for layer in self._by_layer([(g, 0) for g in self.baskets[basket]])]
                    for basket in baskets
                ]
            for served in _subsets(count):
                contents = [(goods, place) for place in served for goods in self.baskets[baskets[place]]]
                self._add(zone, self._by_layer(contents), unserved=tuple(set(range(count)) - set(served)))

    def _by_layer(self, contents: list[tuple[int, int]]) -> list[Contents]:
        layers: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for goods, place in contents:
            layers[self.table.layer[goods]].append((goods, place))
        return [tuple(sorted(layers[layer])) for layer in sorted(layers)]

    def _add(self, zone: int, layers: list[Contents], *, unserved: tuple[int, ...]) -> None:
        self.options.append(Option(tuple((self._consignment(zone, c), c) for c in layers), unserved))
        self.option_class.append(len(self.households) - 1)

    def _consignment(self, zone: int, contents: Contents) -> int:
        key = (zone, tuple(goods for goods, _ in contents))
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = len(self.goods)
            self.goods.append(key[1])
            self.zones.append(zone)
        return found

    def _demand(self, grounds: Grounds) -> Demand:
        size = np.array([len(goods) for goods in self.goods], dtype=np.int64)
        padded = np.full((len(size), int(size.max(initial=0))), -1, dtype=np.int64)
        for width in np.unique(size):
            rows = np.flatnonzero(size == width)
            padded[rows, :width] = [self.goods[row] for row in rows]
        layer = np.array(self.table.layer, dtype=np.int64)
        return Demand(
            table=self.table,
            kg=np.array([sum(grounds.weight_kg[sku] * n for sku, n in lines) for lines in self.table.lines]),
            goods=padded,
            zone=np.array(self.zones, dtype=np.int64),
            layer=layer[padded[:, 0]] if len(size) else np.zeros(0, dtype=np.int64),
            size=size,
            options=self.options,
            option_class=np.array(self.option_class, dtype=np.int64),
            households=self.households,
            alone=self.alone,
        )


def _subsets(count: int) -> list[tuple[int, ...]]:
    if count <= ALL_SUBSETS_UP_TO:
        return [served for size in range(count, -1, -1) for served in combinations(range(count), size)]
    every = tuple(range(count))
    return [every, *(tuple(i for i in every if i != left_out) for left_out in every), ()]
