"""From counts to orders: which household takes which option, which order leaves in which parcel, from which lot.

First paid first: of a class, the households that paid first are served first, and get the lots that expire first.
Everything is done by column; a million orders take seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from engine.allocation.grounds import LAYERS, Floats, Grounds, Ints
from engine.allocation.loads import Loads
from engine.allocation.plan import PARCELS, PICKS


@dataclass(frozen=True, slots=True)
class HandedOut:
    """picks, parcels: as in plan.PICKS and plan.PARCELS. unserved: orders (indices by payment) left out.

    By shipped consignment, in the order of payment of its first order: `order` (its first), `way` (of the table; -1 - n
    for tailored way n) and `consignment`. order_ids: in order of payment.
    """

    picks: pl.DataFrame
    parcels: pl.DataFrame
    unserved: Ints
    order: Ints
    way: Ints
    consignment: Ints
    order_ids: list[str]


@dataclass(frozen=True, slots=True)
class _Contents:
    """Goods in parcels, by column: number of the parcel, order, SKU, units."""

    parcel: Ints
    order: Ints
    sku: Ints
    units: Ints


_NONE: Ints = np.zeros(0, dtype=np.int64)


def hand_out(loads: Loads) -> HandedOut:
    """Give every household its option and every consignment its way."""
    demand = loads.market.demand
    option_of = np.repeat(np.arange(len(demand.options)), loads.options)
    members = [row for households in demand.households for row in households]
    sizes = np.array([len(row) for row in members], dtype=np.int64)
    begin = np.cumsum(sizes) - sizes
    orders = np.concatenate(members) if members else np.zeros(0, dtype=np.int64)
    unserved = _unserved(loads, option_of, begin=begin, orders=orders)

    # One row a consignment to ship: household, and which of its option's consignments.
    counts = np.array([len(option.consignments) for option in demand.options], dtype=np.int64)
    first = np.cumsum(counts) - counts
    kinds = [pair for option in demand.options for pair in option.consignments]
    kind_consignment = np.array([consignment for consignment, _ in kinds], dtype=np.int64)
    household = np.repeat(np.arange(len(option_of)), counts[option_of])
    kind = _runs(first[option_of], counts[option_of])
    consignment = kind_consignment[kind]
    paid = orders[begin[household]]
    ranked = np.lexsort((paid, consignment))
    household, kind, consignment = household[ranked], kind[ranked], consignment[ranked]
    way = _ways_in_turn(loads)
    assert len(way) == len(consignment), "every consignment has exactly one way"

    lengths = np.array([len(contents) for _, contents in kinds], dtype=np.int64)
    places = np.array([place for _, contents in kinds for _, place in contents], dtype=np.int64)
    slots = np.cumsum(lengths) - lengths

    def order_of(shipment: Ints, place: Ints) -> Ints:
        """The order for which the good at `place` of these shipments is."""
        whose: Ints = orders[begin[household[shipment]] + places[slots[kind[shipment]] + place]]
        return whose

    shipment, parcels, contents = _parcels(loads, consignment, way, order_of)
    picks, parcel_frame = _frames(loads, consignment[shipment], parcels, contents)
    head = order_of(np.arange(len(way)), np.zeros(len(way), dtype=np.int64))
    by_payment = np.argsort(head, kind="stable")
    return HandedOut(
        picks,
        parcel_frame,
        unserved,
        head[by_payment],
        way[by_payment],
        consignment[by_payment],
        loads.market.grounds.orders["order_id"].to_list(),
    )


def _runs(first: Ints, count: Ints) -> Ints:
    """first, first + 1, .. `count` long, one after the other."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    found: Ints = np.repeat(first - (ends - count), count) + np.arange(total)
    return found


def _unserved(loads: Loads, option_of: Ints, *, begin: Ints, orders: Ints) -> Ints:
    demand = loads.market.demand
    left_out = np.flatnonzero(np.array([len(option.unserved) for option in demand.options])[option_of])
    found = [orders[begin[h] + place] for h in left_out for place in demand.options[option_of[h]].unserved]
    return np.sort(np.array(found, dtype=np.int64))


def _ways_in_turn(loads: Loads) -> Ints:
    """The way of each consignment to ship, sorted by consignment; the table's before the tailored."""
    live = np.array([n for n, count in enumerate(loads.tailored_count) if count], dtype=np.int64)
    table = np.repeat(np.arange(len(loads.ways)), loads.ways)
    owners = np.array([loads.tailored[n].consignment for n in live], dtype=np.int64)
    way = np.concatenate([table, -1 - live])
    owner = np.concatenate([loads.table.consignment[table], owners])
    in_turn: Ints = way[np.argsort(owner, kind="stable")]
    return in_turn


_ParcelColumns = tuple[Ints, Ints, Floats, Floats]
"""Node, carrier, kg and yuan by parcel."""
_OrderOf = Callable[[Ints, Ints], Ints]
"""(shipment, place of the good) -> order."""


def _parcels(loads: Loads, consignment: Ints, way: Ints, order_of: _OrderOf) -> tuple[Ints, _ParcelColumns, _Contents]:
    """Shipment of each parcel, (node, carrier, kg, yuan) by parcel, and what is inside."""
    demand, needs = loads.market.demand, loads.market.finder.needs
    table = loads.table
    regular = np.flatnonzero(way >= 0)
    span = np.searchsorted(table.parcel_way, np.arange(len(loads.ways) + 1))
    count = (span[1:] - span[:-1])[way[regular]]
    shipment = np.repeat(regular, count)
    row = _runs(span[:-1][way[regular]], count)
    parcel, order, sku, units = [], [], [], []
    for place in range(demand.goods.shape[1]):
        inside = np.flatnonzero(table.parcel_goods[row] >> place & 1)
        good = demand.goods[consignment[shipment[inside]], place]
        lines = needs.indptr[good + 1] - needs.indptr[good]
        line = _runs(needs.indptr[good].astype(np.int64), lines)
        whose = order_of(shipment[inside], np.full(len(inside), place))
        parcel.append(np.repeat(inside, lines))
        order.append(np.repeat(whose, lines))
        sku.append(needs.indices[line].astype(np.int64))
        units.append(needs.data[line].astype(np.int64))
    node, carrier = [table.parcel_node[row]], [table.parcel_carrier[row]]
    kg, yuan = [table.parcel_kg[row]], [table.parcel_yuan[row]]
    count_made = 0
    shipments: list[int] = []
    for number in np.flatnonzero(way < 0).tolist():  # tailored ways: few, one by one
        for made in loads.tailored[-1 - int(way[number])].parcels:
            index = len(row) + count_made
            count_made += 1
            shipments.append(number)
            node.append(np.array([made.node]))
            carrier.append(np.array([made.carrier]))
            kg.append(np.array([made.kg]))
            yuan.append(np.array([made.yuan]))
            for content in made.contents:
                whose = order_of(np.array([number]), np.array([content.place]))
                for item, amount in content.lines:
                    parcel.append(np.array([index]))
                    order.append(whose)
                    sku.append(np.array([item]))
                    units.append(np.array([amount]))
    columns = np.concatenate(node), np.concatenate(carrier), np.concatenate(kg), np.concatenate(yuan)
    contents = _Contents(*(np.concatenate([_NONE, *c]) for c in (parcel, order, sku, units)))
    return np.concatenate([shipment, np.array(shipments, dtype=np.int64)]), columns, contents


def _frames(
    loads: Loads, consignment: Ints, columns: _ParcelColumns, contents: _Contents
) -> tuple[pl.DataFrame, pl.DataFrame]:
    grounds = loads.market.grounds
    node, carrier, kg, yuan = columns
    # Parcels are numbered by payment of the first order inside, then by node.
    first = np.full(len(node), len(grounds.orders), dtype=np.int64)
    np.minimum.at(first, contents.parcel, contents.order)
    by_payment = np.lexsort((node, first))
    number = np.empty(len(by_payment), dtype=np.int64)
    number[by_payment] = np.arange(len(by_payment))
    parcel = number[contents.parcel]
    order, sku = contents.order, contents.sku
    ranked = np.lexsort((parcel, order, sku * len(grounds.node_ids) + node[contents.parcel]))
    pick, lot, units = _lots(grounds, sku[ranked], node[contents.parcel][ranked], contents.units[ranked])
    row = ranked[pick]
    ids = pl.Series("parcel_id", [f"P{n:07d}" for n in range(1, len(node) + 1)], dtype=pl.String)
    order_ids = grounds.orders["order_id"]
    nodes = pl.Series(grounds.node_ids, dtype=pl.String)
    carriers = pl.Series(grounds.carrier_ids, dtype=pl.String)
    picks = (
        pl.DataFrame({"order": order[row], "parcel": parcel[row], "sku": sku[row], "lot": lot, "qty": units})
        .group_by("order", "parcel", "sku", "lot")
        .agg(pl.col("qty").sum())
        .sort("order", "parcel", "sku", "lot")
    )
    place = by_payment[picks["parcel"].to_numpy()]
    pick_frame = pl.DataFrame(
        {
            "order_id": order_ids.gather(picks["order"]),
            "parcel_id": ids.gather(picks["parcel"]),
            "sku": pl.Series(grounds.sku_ids, dtype=pl.String).gather(picks["sku"]),
            "qty": picks["qty"],
            "node": nodes.gather(node[place]),
            "lot": grounds.lots["lot"].gather(picks["lot"]),
            "carrier": carriers.gather(carrier[place]),
        }
    ).cast(PICKS)  # type: ignore[arg-type]
    inside = picks.select("parcel", "order").unique().sort("parcel", "order")
    starts = np.searchsorted(inside["parcel"].to_numpy(), np.arange(len(node) + 1))
    lists = pa.LargeListArray.from_arrays(
        pa.array(starts, type=pa.int64()), order_ids.gather(inside["order"]).to_arrow().cast(pa.large_string())
    )
    layer = loads.market.demand.layer[consignment]
    parcel_frame = pl.DataFrame(
        {
            "parcel_id": ids,
            "orders": pl.from_arrow(lists),
            "node": nodes.gather(node[by_payment]),
            "carrier": carriers.gather(carrier[by_payment]),
            "layer": pl.Series(LAYERS, dtype=pl.String).gather(layer[by_payment]),
            "kg": kg[by_payment],
            "cost_yuan": yuan[by_payment],
        }
    ).cast(PARCELS)  # type: ignore[arg-type]
    return pick_frame, parcel_frame


def _lots(grounds: Grounds, sku: Ints, node: Ints, units: Ints) -> tuple[Ints, Ints, Ints]:
    """(pick, row of grounds.lots, units): picks come sorted by SKU and node, and take the lots there in FEFO order."""
    if not len(units):  # perhaps there are not even nodes
        return _NONE, _NONE, _NONE
    lots = grounds.lots.with_row_index("lot_row").filter(pl.col("blocked").is_null() & (pl.col("qty") > 0))
    sku_index = {name: i for i, name in enumerate(grounds.sku_ids)}
    node_index = {name: i for i, name in enumerate(grounds.node_ids)}
    place = lots.select(
        key=pl.col("sku").replace_strict(sku_index, return_dtype=pl.Int64) * len(grounds.node_ids)
        + pl.col("node").replace_strict(node_index, return_dtype=pl.Int64)
    )["key"].to_numpy()
    in_turn = np.argsort(place, kind="stable")  # FEFO inside: judge_lots sorted them
    key, rows, held = place[in_turn], lots["lot_row"].to_numpy()[in_turn], lots["qty"].to_numpy()[in_turn]
    end = np.cumsum(held)
    wanted = sku * len(grounds.node_ids) + node
    upto = np.cumsum(units)
    start_of_key = np.searchsorted(key, wanted)
    before_lots = (end - held)[np.minimum(start_of_key, len(end) - 1)] if len(end) else np.zeros(len(wanted))
    first_of_key = np.searchsorted(wanted, wanted)
    before_picks = (upto - units)[first_of_key] if len(wanted) else np.zeros(0, dtype=np.int64)
    begin = before_lots + (upto - units) - before_picks
    stop = begin + units
    first = np.searchsorted(end, begin, side="right")
    last = np.searchsorted(end, stop, side="left")
    count = last - first + 1
    pick = np.repeat(np.arange(len(units)), count)
    lot = _runs(first, count)
    taken = np.minimum(stop[pick], end[lot]) - np.maximum(begin[pick], (end - held)[lot])
    return pick, rows[lot].astype(np.int64), taken
