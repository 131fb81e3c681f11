"""From shares to whole parcels: numbers of consignments and households become integers, limits not yet looked at.

Largest remainders: what is rounded down longest is rounded up first, so every class keeps its households and every
consignment its number.
"""

import numpy as np

from engine.allocation.grounds import Floats, Ints
from engine.allocation.market import Market
from engine.allocation.programme import Shares
from engine.allocation.way_table import WayTable


def whole_numbers(market: Market, table: WayTable, shares: Shares) -> tuple[Ints, Ints]:
    """Consignments by way and households by option, as whole numbers that add up."""
    households = market.households.astype(np.int64)
    options = apportioned(shares.options, market.option_class, totals=households)
    wanted = np.rint(market.contained @ options).astype(np.int64)
    return apportioned(shares.ways, table.consignment, totals=wanted), options


def apportioned(shares: Floats, group: Ints, *, totals: Ints) -> Ints:
    """Whole numbers near `shares` that add up to `totals` in each group; `group` is sorted. A group without members
    gets nothing, whatever its total."""
    if not len(shares):
        return np.zeros(0, dtype=np.int64)
    whole = np.floor(shares + 1e-7).astype(np.int64)
    missing = totals - np.bincount(group, whole, minlength=len(totals)).astype(np.int64)
    for sign in (1, -1):
        # Add one to the largest remainders where some are missing, take one from the smallest where too many are there.
        order = np.lexsort((-sign * (shares - whole), group))
        while True:
            may = np.ones(len(order), dtype=bool) if sign > 0 else whole[order] > 0
            able = order[may]
            rank = _rank_in_group(group[able])
            chosen = able[rank < (sign * missing)[group[able]]]
            if not len(chosen):
                break
            whole[chosen] += sign
            missing -= sign * np.bincount(group[chosen], minlength=len(missing))
    return whole


def _rank_in_group(group: Ints) -> Ints:
    """0, 1, 2 .. within each run of equal values."""
    if not len(group):
        return group
    first = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    return np.arange(len(group)) - np.repeat(first, np.diff(np.append(first, len(group))))
