"""What do prices of stock, nodes and carriers prove about the whole LP, solved or not?

With a price on everything that classes share, each class is served for itself: by its cheapest ways of parting its
items into parcels, or not at all. What that costs together, less what the prices would pay for everything there is, no
plan can go below (Lagrange). Good prices come from a solver that was stopped by its limit.
"""

import numpy as np

from engine.bench.whole_lp import Floats, WholeLp

MANY = 10
"""A class of more items is bounded item by item instead of way by way."""


def proven_bound(lp: WholeLp, dual: Floats) -> float:
    """The bound in yuan that any row prices prove (those of items are not asked; the wrong sign counts as none)."""
    items = len(lp.item_class)
    prices = np.where(np.isneginf(lp.low), np.minimum(dual, 0.0), dual)
    prices[:items] = 0.0
    paid = lp.value * prices[lp.row]
    dearer = lp.cost - np.add.reduceat(paid, lp.start[:-1])
    shared = prices != 0
    total = float(np.sum(prices[shared] * lp.high[shared]))
    first_row = lp.row[lp.start[:-1]]
    carriers = (lp.pack < 0) & (first_row >= items)
    total += float(np.sum(np.minimum(dearer[carriers], 0.0) * lp.most[carriers]))
    served: list[list[tuple[int, float]]] = [[] for _ in range(int(lp.item_class.max(initial=-1)) + 1)]
    base = np.searchsorted(lp.item_class, np.arange(len(served)))  # each class's first item
    parcels = np.flatnonzero(lp.pack >= 0)
    if len(parcels):
        starts = np.flatnonzero(np.diff(lp.pack[parcels], prepend=-1))
        cheapest = np.minimum.reduceat(dearer[parcels], starts)
        for column, cost in zip(parcels[starts].tolist(), cheapest.tolist(), strict=True):
            rows = lp.row[lp.start[column] : lp.start[column + 1]]
            rows = rows[rows < items]
            number = int(lp.item_class[rows[0]])
            served[number].append((int(np.sum(1 << (rows - base[number]))), cost))
    unserved: list[list[tuple[int, float]]] = [[] for _ in served]
    for column in np.flatnonzero((lp.pack < 0) & (first_row < items)).tolist():
        rows = lp.row[lp.start[column] : lp.start[column + 1]]
        number = int(lp.item_class[rows[0]])
        unserved[number].append((int(np.sum(1 << (rows - base[number]))), float(lp.cost[column])))
    for number, packs in enumerate(served):
        total += float(lp.high[base[number]]) * _cheapest(packs, unserved[number])
    return total


def _cheapest(packs: list[tuple[int, float]], unserved: list[tuple[int, float]]) -> float:
    """One address: each order's items all in packs, or the order unserved. Items are bits; unserved orders' items
    stand for packs of their own."""
    every = sum(mask for mask, _ in unserved)
    offers = packs + unserved
    if every.bit_count() > MANY:
        return _item_by_item(offers, every)
    best = {0: 0.0}

    def of(mask: int) -> float:
        if mask not in best:
            lowest = mask & -mask
            best[mask] = min(
                (cost + of(mask & ~held) for held, cost in offers if held & lowest and held & ~mask == 0),
                default=float("inf"),
            )
        return best[mask]

    return of(every)


def _item_by_item(offers: list[tuple[int, float]], every: int) -> float:
    """Each item pays the least of its share of what holds it: a bound, and seldom a tight one."""
    return sum(
        min(cost / held.bit_count() for held, cost in offers if held >> bit & 1)
        for bit in range(every.bit_length())
        if every >> bit & 1
    )
