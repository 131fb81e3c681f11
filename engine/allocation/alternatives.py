"""From where else could it have left, for how many yuan more, and what ruled that out at the end of planning?

Asked once for every way that was used, not once an order: the three nodes that would have been cheapest instead, of
those that had the goods when planning began, and the one next door that had none. By column, for all ways at once.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from engine.allocation.grounds import POSSIBLE, Flags, Floats, Ints
from engine.allocation.hand_out import HandedOut
from engine.allocation.loads import Loads
from engine.allocation.plan import Alternative, WhyNot, alternative_column

MOST_ALTERNATIVES, MOST_EMPTY = 3, 1
"""Nodes that are told of, and how many of them may have had nothing when planning began."""
STOCKED_ASKED = MOST_ALTERNATIVES + 2
"""Nodes asked that had the goods: a way uses two of them at most, if it was not tailored."""
SAME_YUAN = 1e-9


@dataclass(frozen=True, slots=True)
class _Others:
    """Alternatives, those of a pair (consignment, way) one after the other, the cheapest first."""

    pair: Ints
    consignment: Ints
    way: Ints
    node: Ints
    carrier: Ints
    more: Floats


def told_by_order(loads: Loads, handed: HandedOut, heads: Ints) -> pl.Series:
    """The alternatives of each order in order of payment; `heads`: the order under whose name each one's first parcel
    is known."""
    key = np.stack([handed.consignment, handed.way], axis=1)
    pairs, pair = np.unique(key, axis=0, return_inverse=True)
    others = _others(loads, pairs[:, 0], pairs[:, 1])
    count = np.bincount(others.pair, minlength=len(pairs))
    # List 0 is empty: for who ships nothing. Of an order in several consignments, the first with alternatives speaks.
    row = np.zeros(len(heads), dtype=np.int64)
    speaks = np.flatnonzero(count[pair] > 0)
    order, first = np.unique(handed.order[speaks], return_index=True)
    row[order] = 1 + pair[speaks[first]]
    ends = np.concatenate([[0, 0], np.cumsum(count)])
    return alternative_column("rejected", _in_words(loads, others), ends, row[heads])


def _others(loads: Loads, consignment: Ints, way: Ints) -> _Others:
    finder = loads.market.finder
    wanted = np.zeros(len(loads.market.demand.size), dtype=bool)
    wanted[consignment] = True
    stocked = finder.cheapest_nodes(STOCKED_ASKED, only=wanted, stocked=True)
    anywhere = finder.cheapest_nodes(MOST_EMPTY, only=wanted, stocked=False)
    node, carrier, yuan = (
        np.concatenate([empty[consignment], full[consignment]], axis=1)
        for empty, full in zip(anywhere, stocked, strict=True)
    )
    here, paid = _used(loads, way)
    each = np.arange(len(way))[:, None]
    able = (yuan < POSSIBLE) & ~here[each, node]
    # "Why not the one next door?" is asked of a node that ran out before this batch, too.
    able[:, 0] &= (yuan[:, 0] <= paid) & ~((node[:, :1] == node[:, 1:]) & able[:, 1:]).any(axis=1)
    able[:, 1:] &= np.cumsum(able[:, 1:], axis=1) <= MOST_ALTERNATIVES - able[:, :1]
    cheapest = np.argsort(np.where(able, yuan, np.inf), axis=1, kind="stable")
    node, carrier, yuan, able = (np.take_along_axis(a, cheapest, axis=1) for a in (node, carrier, yuan, able))
    pair, place = np.nonzero(able)
    return _Others(
        pair, consignment[pair], way[pair], node[pair, place], carrier[pair, place], yuan[pair, place] - paid[pair]
    )


def _used(loads: Loads, way: Ints) -> tuple[Flags, Floats]:
    """Nodes that each way leaves from (ways x nodes), and its yuan."""
    resources, table = loads.market.resources, loads.table
    here = np.zeros((len(way), resources.nodes), dtype=bool)
    row, parcel = _parcels_of(loads, way)
    here[row, table.parcel_node[parcel]] = True
    yuan = np.where(way >= 0, table.yuan[np.maximum(way, 0)] if len(table.yuan) else 0.0, 0.0)
    for place in np.flatnonzero(way < 0).tolist():
        tailored = loads.tailored[-1 - int(way[place])]
        here[place, [parcel.node for parcel in tailored.parcels]] = True
        yuan[place] = tailored.yuan
    return here, yuan


def _carriers_used(loads: Loads, way: Ints) -> Flags:
    """Carriers that each way goes with (ways x carriers)."""
    used = np.zeros((len(way), loads.market.resources.carriers), dtype=bool)
    row, parcel = _parcels_of(loads, way)
    used[row, loads.table.parcel_carrier[parcel]] = True
    for place in np.flatnonzero(way < 0).tolist():
        used[place, [parcel.carrier for parcel in loads.tailored[-1 - int(way[place])].parcels]] = True
    return used


def _parcels_of(loads: Loads, way: Ints) -> tuple[Ints, Ints]:
    """(place in `way`, parcel of the table) for the ways that the table has."""
    regular = np.flatnonzero(way >= 0)
    first = np.searchsorted(loads.table.parcel_way, way[regular], side="left")
    count = np.searchsorted(loads.table.parcel_way, way[regular], side="right") - first
    ends = np.cumsum(count)
    parcel = np.repeat(first - (ends - count), count) + np.arange(ends[-1] if len(ends) else 0)
    return np.repeat(regular, count), parcel


def _in_words(loads: Loads, others: _Others) -> dict[str, pa.Array]:
    """The columns of plan.Alternative. The hardest obstacle is named; the way taken would give its own carrier a place
    back, so a cheaper node is not out of reach for that carrier's sake."""
    grounds, resources = loads.market.grounds, loads.market.resources
    node, carrier = others.node, others.carrier
    room = loads.left[resources.first_node : resources.first_carrier]
    places = loads.left[resources.first_carrier :]
    lacking = _lacking(loads, others)
    dearer = others.more > -SAME_YUAN
    freed = ~dearer & _carriers_used(loads, others.way)[np.arange(len(node)), carrier]
    obstacles = {
        WhyNot.SHORT_OF_STOCK: lacking >= 0,
        WhyNot.NODE_FULL: room[node] < 1,
        WhyNot.DEARER: dearer,
        WhyNot.CARRIERS_FULL: ~freed & (places[carrier] < 1),
        WhyNot.SHARES_FULL: ~freed & (loads.share_left()[carrier] < 1),
        WhyNot.KEPT_FOR_LATER: np.ones(len(node), dtype=bool),
    }
    why = np.argmax(np.stack(list(obstacles.values())), axis=0)
    # Every text once: what is left of each stock, then of each node, of each carrier, of its share, and nothing.
    there, left = grounds.units.ravel(), loads.left
    stocks, stock = np.unique(np.where(why == 0, lacking * resources.nodes + node, -1), return_inverse=True)
    texts = [
        f"{grounds.sku_ids[s // resources.nodes]}: {left[s]} left of {there[s]}" if s >= 0 else ""
        for s in stocks.tolist()
    ]
    nodes, carriers = len(texts), len(texts) + resources.nodes
    texts += [f"all {most} parcels given away" for most in grounds.throughput.tolist()]
    texts += [f"all {most} parcels given away" for most in grounds.capacity.tolist()]
    texts += [f"{share:.0%} of the parcels at most" for share in grounds.max_share.tolist()] + [""]
    said = np.select(
        [why == 0, why == 1, why == 3, why == 4],
        [stock, nodes + node, carriers + carrier, carriers + resources.carriers + carrier],
        default=len(texts) - 1,
    )
    columns = (
        _texts(grounds.node_ids, node),
        _texts(grounds.carrier_ids, carrier),
        pa.array(np.round(others.more, 4)),
        _texts([reason.value for reason in obstacles], why),
        _texts(texts, said),
    )
    return dict(zip(Alternative._fields, columns, strict=True))


def _texts(known: tuple[str, ...] | list[str], row: Ints) -> pa.Array:
    return pa.array(known, type=pa.large_string()).take(pa.array(row))


def _lacking(loads: Loads, others: _Others) -> Ints:
    """The first SKU of which the node has too little left; -1 where it has enough of all."""
    market = loads.market
    needs = market.needs
    first, count = needs.indptr[others.consignment], np.diff(needs.indptr)[others.consignment]
    ends = np.cumsum(count)
    entry = np.repeat(first - (ends - count), count) + np.arange(ends[-1] if len(ends) else 0)
    other = np.repeat(np.arange(len(count)), count)
    sku = needs.indices[entry].astype(np.int64)
    short = np.flatnonzero(loads.left[sku * market.resources.nodes + others.node[other]] < needs.data[entry])
    found = np.full(len(count), -1, dtype=np.int64)
    told, where = np.unique(other[short], return_index=True)
    found[told] = sku[short[where]]
    return found
