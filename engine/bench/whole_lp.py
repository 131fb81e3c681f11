"""The whole batch as one linear programme: what would a general solver say that it costs at least?

Rows are classes (addresses with equal baskets and equal offers) by item, lots, nodes and carriers; columns are
parcels: some of a class's items, from a node, with a carrier. Combined freely they are every way to serve the class:
whole, merged, split over any nodes. Fractions of parcels are allowed, so the optimum bounds every plan from below, with
two exceptions that the columns leave out: units of one line never come from two nodes, and of more than FEW items
only all, one or all but one travel together.

Written apart from the rules that plan and sharing none of their code. Knows no solver.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.allocation.problem import Problem
from engine.bench.measure import BenchFailed
from engine.bench.whole_lp_offers import Prices, lane_prices, usable_units

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

FEW = 3
"""Up to so many items of a class and layer every subset may be a parcel."""

MOST_PACKS = 100_000
"""More packs (what a parcel may hold, by class) than this make an LP of hundreds of millions of entries."""

CHUNK = 4_000
"""Packs whose columns are made at once; a few hundred megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeLp:
    """min cost x, low <= A x <= high, 0 <= x <= most; A by columns (start, row, value).

    `pack` is one number a column, equal where columns hold the same goods of the same class (-1: no parcel); columns
    stand in its order. The first rows are items; `item_class` says of which class.
    """

    cost: Floats
    most: Floats
    low: Floats
    high: Floats
    start: Whole
    row: Whole
    value: Floats
    pack: Whole
    item_class: Whole

    def size(self) -> dict[str, int]:
        """Rows, columns and entries."""
        return {"rows": len(self.low), "columns": len(self.cost), "entries": len(self.value)}


class TooLarge(BenchFailed):
    """The LP would not fit into the memory of an ordinary machine."""


def whole_lp(problem: Problem, *, allowed_shares: Mapping[str, tuple[float, float]] | None = None) -> WholeLp:
    """The LP of a checked problem; `allowed_shares` (carrier -> least, most) where a plan had to relax its own.
    Raises TooLarge."""
    prices = lane_prices(problem)
    classes = _classes(problem, prices)
    packs = _packs(classes)
    if len(packs) > MOST_PACKS:
        raise TooLarge(f"The LP would have {len(packs):,} packs; more than {MOST_PACKS:,} do not fit into memory.")
    return _assembled(problem, classes=classes, packs=packs, prices=prices, allowed=allowed_shares or {})


@dataclass(frozen=True, slots=True)
class _Item:
    """Goods that never part: a loose line, or a kit's lines of one layer. `goods`: (SKU row, units)."""

    order: int
    layer: int
    goods: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Class:
    """Addresses that want the same from the same zone. `orders`: how many each has."""

    zone: int
    addresses: int
    orders: int
    items: tuple[_Item, ...]


@dataclass(frozen=True, slots=True)
class _Pack:
    """What one parcel may hold: some items (numbered over all classes) of one class and layer."""

    zone: int
    layer: int
    items: tuple[int, ...]
    goods: tuple[tuple[int, int], ...]


def _classes(problem: Problem, prices: Prices) -> list[_Class]:
    """Orders grouped by address, addresses by what they want; one of each is then read line by line."""
    skus = problem.skus.with_row_index("sku_row").select("sku", "sku_row", "layer")
    layers = pl.DataFrame({"layer": prices.layers}).with_row_index("layer_row")
    lines = (
        problem.lines.group_by("order_id", "kit", "sku")
        .agg(pl.col("qty").cast(pl.Int64).sum())
        .join(skus.join(layers, on="layer"), on="sku")
        .sort("order_id", "kit", "sku_row", nulls_last=True)
    )
    wish = pl.concat_str("sku_row", "qty", pl.col("kit").fill_null(""), separator=":")
    orders = (
        lines.group_by("order_id", maintain_order=True)
        .agg(wish.str.join("|").alias("wish"))
        .join(problem.orders.select("order_id", "buyer", "region"), on="order_id")
        .join(prices.zones, on="region")
    )
    address = pl.struct("buyer", "region") if problem.policy.merge else pl.col("order_id")
    addresses = (
        orders.sort("wish", "order_id")
        .group_by(address.alias("address"), maintain_order=True)
        .agg(pl.col("zone").first(), pl.col("wish").str.join("||").alias("wishes"), pl.col("order_id"))
    )
    alike = addresses.group_by("zone", "wishes", maintain_order=True).agg(
        pl.len().alias("addresses"), pl.col("order_id").first()
    )
    asked = (
        alike.with_row_index("class")
        .explode("order_id")
        .with_columns(order=pl.int_range(pl.len()).over("class"))
        .join(lines, on="order_id")
        .sort("class", "order", "kit", "sku_row", nulls_last=True)
    )
    items: list[dict[tuple[object, ...], list[tuple[int, int]]]] = [{} for _ in range(alike.height)]
    columns = ("class", "order", "layer_row", "kit", "sku_row", "qty")
    for number, order, layer, kit, sku, qty in asked.select(columns).iter_rows():
        place = (order, layer, kit, -1 if kit is not None else sku)
        items[number].setdefault(place, []).append((sku, qty))
    found = []
    for zone, addresses_alike, orders_each, wanted in zip(
        alike["zone"], alike["addresses"], alike["order_id"].list.len(), items, strict=True
    ):
        parts = tuple(_Item(place[0], place[1], tuple(goods)) for place, goods in wanted.items())  # type: ignore[arg-type]
        found.append(_Class(zone, addresses_alike, orders_each, parts))
    return found


def _packs(classes: list[_Class]) -> list[_Pack]:
    packs, first = [], 0
    for wanted in classes:
        for layer in sorted({item.layer for item in wanted.items}):
            mine = [number for number, item in enumerate(wanted.items) if item.layer == layer]
            for chosen in _subsets(mine):
                units: dict[int, int] = {}
                for number in chosen:
                    for sku, qty in wanted.items[number].goods:
                        units[sku] = units.get(sku, 0) + qty
                numbers = tuple(first + number for number in chosen)
                packs.append(_Pack(wanted.zone, layer, numbers, tuple(units.items())))
        first += len(wanted.items)
    return packs


def _subsets(items: list[int]) -> list[tuple[int, ...]]:
    sizes = range(1, len(items) + 1) if len(items) <= FEW else sorted({1, len(items) - 1, len(items)})
    return [chosen for size in sizes for chosen in combinations(items, size)]


def _assembled(
    problem: Problem,
    *,
    classes: list[_Class],
    packs: list[_Pack],
    prices: Prices,
    allowed: Mapping[str, tuple[float, float]],
) -> WholeLp:
    """Rows: one an item (served or not), one a node and SKU, one a node, one a carrier (its parcels), two a carrier's
    shares. Columns: parcels, unserved orders, parcels of each carrier."""
    units = usable_units(problem)
    node_count, carrier_count = problem.nodes.height, problem.carriers.height
    items = sum(len(wanted.items) for wanted in classes)
    stock_rows = items
    node_rows = stock_rows + units.size
    carrier_rows = node_rows + node_count
    share_rows = carrier_rows + carrier_count
    rows = share_rows + 2 * carrier_count
    low, high = np.full(rows, -np.inf), np.full(rows, np.inf)
    high[stock_rows:node_rows] = units.ravel()
    high[node_rows:carrier_rows] = problem.nodes["throughput"].to_numpy()
    low[carrier_rows:share_rows] = high[carrier_rows:share_rows] = 0.0
    high[share_rows:] = 0.0

    kg = problem.skus["weight_kg"].to_numpy()
    pack, node, carrier, cost = _parcels(packs, units=units, prices=prices, kg=kg)
    cost = cost + problem.policy.handling_yuan_per_parcel
    parcels = len(pack)
    column = np.arange(parcels)
    entries: list[tuple[Whole, Whole, Floats]] = []
    pack_items = _ragged([list(p.items) for p in packs])
    pack_skus = _ragged([[sku for sku, _ in p.goods] for p in packs])
    pack_qty = _ragged([[qty for _, qty in p.goods] for p in packs])
    for place in range(pack_items.shape[1]):
        there = pack_items[pack, place] >= 0
        entries.append((column[there], pack_items[pack[there], place], np.ones(int(there.sum()))))
    for place in range(pack_skus.shape[1]):
        there = pack_skus[pack, place] >= 0
        of = pack[there]
        lies = stock_rows + node[there] * units.shape[1] + pack_skus[of, place]
        entries.append((column[there], lies, pack_qty[of, place].astype(np.float64)))
    entries.append((column, node_rows + node, np.ones(parcels)))
    entries.append((column, carrier_rows + carrier, np.ones(parcels)))

    unserved_cost, unserved_most, first, next_column = [], [], 0, parcels
    of_column, of_row = [], []
    for wanted in classes:
        low[first : first + len(wanted.items)] = high[first : first + len(wanted.items)] = wanted.addresses
        for order in range(wanted.orders):
            unserved_cost.append(problem.policy.unserved_yuan)
            unserved_most.append(float(wanted.addresses))
            for number, item in enumerate(wanted.items):
                if item.order == order:
                    of_column.append(next_column)
                    of_row.append(first + number)
            next_column += 1
        first += len(wanted.items)
    entries.append((np.array(of_column, dtype=np.int64), np.array(of_row, dtype=np.int64), np.ones(len(of_column))))

    totals = next_column + np.arange(carrier_count)
    entries.append((totals, carrier_rows + np.arange(carrier_count), -np.ones(carrier_count)))
    for number, (name, own_low, own_high) in enumerate(
        problem.carriers.select("carrier", "min_share", "max_share").iter_rows()
    ):
        least, most = allowed.get(name, (own_low, own_high))
        own = (np.arange(carrier_count) == number).astype(np.float64)
        entries.append((totals, np.full(carrier_count, share_rows + number), least - own))
        entries.append((totals, np.full(carrier_count, share_rows + carrier_count + number), own - most))

    start, row, value = _by_column(entries, columns=next_column + carrier_count)
    return WholeLp(
        cost=np.concatenate([cost, unserved_cost, np.zeros(carrier_count)]),
        most=np.concatenate([np.full(parcels, np.inf), unserved_most, problem.carriers["capacity"].to_numpy()]),
        low=low,
        high=high,
        start=start,
        row=row,
        value=value,
        pack=np.concatenate([pack, np.full(next_column + carrier_count - parcels, -1)]),
        item_class=np.repeat(np.arange(len(classes)), [len(wanted.items) for wanted in classes]),
    )


def _parcels(packs: list[_Pack], *, units: Whole, prices: Prices, kg: Floats) -> tuple[Whole, Whole, Whole, Floats]:
    """(pack, node, carrier, cost without handling) of every parcel that some node could hold and some carrier take."""
    made: list[tuple[Whole, Whole, Whole, Floats]] = []
    skus, qty = _ragged([[s for s, _ in p.goods] for p in packs]), _ragged([[q for _, q in p.goods] for p in packs])
    zone, layer = np.array([p.zone for p in packs], dtype=np.int64), np.array([p.layer for p in packs], dtype=np.int64)
    weight = np.array([sum(kg[s] * q for s, q in p.goods) for p in packs])
    for begin in range(0, len(packs), CHUNK):
        part = slice(begin, begin + CHUNK)
        holds = np.ones((len(zone[part]), units.shape[0]), dtype=bool)
        for place in range(skus.shape[1]):
            wants = skus[part, place]
            holds &= (wants < 0)[:, None] | (qty[part, place][:, None] <= units[:, wants].T)
        flat = prices.flat[zone[part], layer[part]]
        pack, node, carrier = np.nonzero(holds[:, :, None] & np.isfinite(flat))
        per_kg = prices.per_kg[zone[part][pack], layer[part][pack], node, carrier]
        cost = flat[pack, node, carrier] + per_kg * weight[part][pack]
        made.append((pack + begin, node, carrier, cost))
    if not made:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, nothing, np.empty(0)
    pack, node, carrier, cost = (np.concatenate(parts) for parts in zip(*made, strict=True))
    return pack, node, carrier, cost


def _ragged(rows: list[list[int]]) -> Whole:
    """Lists as one array, filled up with -1."""
    width = max((len(row) for row in rows), default=0)
    filled = np.full((len(rows), width), -1, dtype=np.int64)
    for number, row in enumerate(rows):
        filled[number, : len(row)] = row
    return filled


def _by_column(entries: list[tuple[Whole, Whole, Floats]], *, columns: int) -> tuple[Whole, Whole, Floats]:
    column = np.concatenate([c for c, _, _ in entries])
    order = np.argsort(column, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=columns))])
    row = np.concatenate([r for _, r, _ in entries])[order]
    return start, row, np.concatenate([v for _, _, v in entries])[order]
