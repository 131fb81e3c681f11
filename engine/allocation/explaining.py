"""Why did an order go there, why not elsewhere, and why is another not served at all?

Why not elsewhere is asked in alternatives.py. An order that is not served is told the hardest obstacle that it met.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from engine.allocation.alternatives import told_by_order
from engine.allocation.grounds import LAYERS, POSSIBLE, Ints
from engine.allocation.hand_out import HandedOut
from engine.allocation.loads import Loads
from engine.allocation.lots import Blocked
from engine.allocation.plan import REASONS, UNSERVED, WhyUnserved, alternative_lists
from engine.allocation.ranking import distances


def reasons_of(loads: Loads, handed: HandedOut, *, explain: bool = True) -> pl.DataFrame:
    """As plan.REASONS: for each order in order of payment the nodes it leaves from and those it does not."""
    grounds = loads.market.grounds
    used = (
        handed.picks.select("order_id", "node", "parcel_id")
        .unique(["order_id", "node"], keep="first", maintain_order=True)
        .group_by("order_id", maintain_order=True)
        .agg("node", "parcel_id")
    )
    told = grounds.orders.select("order_id", "lat", "lon").join(used, on="order_id", how="left", maintain_order="left")
    first = told["node"].list.first()
    places = grounds.nodes.select("node", node_lat="lat", node_lon="lon")
    where = told.select("lat", "lon", node=first).join(places, on="node", how="left", maintain_order="left")
    km = distances(*(where[c].to_numpy() for c in ("lat", "lon", "node_lat", "node_lon")))
    # Orders that share a consignment with an earlier one have that one's reasons.
    heads = _heads(handed, grounds.orders.height)
    rejected = told_by_order(loads, handed, heads) if explain else alternative_lists("rejected", [()], [0] * len(heads))
    return pl.DataFrame(
        {
            "order_id": told["order_id"],
            "node": first,
            "km": pl.Series(km).fill_nan(None),
            "nodes": told["node"].fill_null([]),
            "rejected": rejected,
        }
    ).cast(REASONS)  # type: ignore[arg-type]


def _heads(handed: HandedOut, count: int) -> Ints:
    """The order under whose name each order's first parcel is known: itself, or the first in a shared parcel."""
    ids = {order_id: i for i, order_id in enumerate(handed.order_ids)}
    head = np.arange(count)
    for orders in handed.parcels.filter(pl.col("orders").list.len() > 1)["orders"].to_list():
        numbers = sorted(ids[order] for order in orders)
        for number in numbers[1:]:
            head[number] = min(head[number], numbers[0])
    return head


# --- who is not served -----------------------------------------------------------------------------------------------


def unserved_of(loads: Loads, handed: HandedOut) -> pl.DataFrame:
    """As plan.UNSERVED."""
    grounds = loads.market.grounds
    blocked = _blocked_units(loads)
    baskets = _goods_by_order(loads, handed.unserved)
    known: dict[tuple[int, tuple[int, ...]], tuple[WhyUnserved, str]] = {}
    rows = []
    order_ids = handed.order_ids
    zones = grounds.orders["zone"].to_numpy()
    for order in handed.unserved.tolist():
        key = int(zones[order]), baskets[order]
        if key not in known:
            known[key] = _why_unserved(loads, *key, blocked=blocked)
        why, detail = known[key]
        rows.append((order_ids[order], why.value, detail))
    return pl.DataFrame(rows, schema=UNSERVED, orient="row")


def _goods_by_order(loads: Loads, orders: Ints) -> dict[int, tuple[int, ...]]:
    """Goods of each of these orders."""
    demand = loads.market.demand
    wanted = set(orders.tolist())
    found: dict[int, tuple[int, ...]] = {}
    for number, households in enumerate(demand.households):
        if wanted.isdisjoint(households.ravel().tolist()):
            continue
        everything = demand.options[loads.market.first_option[number]]
        by_place: dict[int, list[int]] = defaultdict(list)
        for consignment, contents in everything.consignments:
            for (_, place), good in zip(
                contents, demand.goods[consignment, : demand.size[consignment]].tolist(), strict=True
            ):
                by_place[place].append(good)
        for row in households.tolist():
            for place, order in enumerate(row):
                if order in wanted:
                    found[order] = tuple(by_place[place])
    return found


def _blocked_units(loads: Loads) -> dict[tuple[str, str], int]:
    """Units by (SKU, why they may not ship)."""
    lots = loads.market.grounds.lots.filter(pl.col("blocked").is_not_null())
    return {
        (sku, why): int(units)
        for sku, why, units in lots.group_by("sku", "blocked").agg(pl.col("qty").sum()).iter_rows()
    }


def _why_unserved(
    loads: Loads, zone: int, goods: Sequence[int], *, blocked: dict[tuple[str, str], int]
) -> tuple[WhyUnserved, str]:
    market = loads.market
    grounds, table = market.grounds, market.demand.table
    left = loads.left[: market.resources.first_node].reshape(grounds.units.shape)
    need: dict[int, int] = defaultdict(int)
    for good in goods:
        for sku, units in table.lines[good]:
            need[sku] += units
    for sku, units in need.items():
        name, total = grounds.sku_ids[sku], int(left[sku].sum())
        if total >= units:
            continue
        figures = f"{name}: {total} of {units}"
        for why, reason in (
            (WhyUnserved.WRONG_LAYER, Blocked.WRONG_LAYER),
            (WhyUnserved.NEAR_EXPIRY, Blocked.NEAR_EXPIRY),
        ):
            kept_back = blocked.get((name, reason.value), 0)
            if total + kept_back >= units:
                return why, f"{figures}, {kept_back} kept back"
        return WhyUnserved.OUT_OF_STOCK, figures
    room = loads.left[market.resources.first_node : market.resources.first_carrier]
    for good in goods:
        layer = table.layer[good]
        holding = np.ones(len(grounds.node_ids), dtype=bool)
        for sku, units in table.lines[good]:
            holding &= left[sku] >= (units if table.kit[good] else 1)
        if table.kit[good] and not holding.any():
            names = ", ".join(grounds.sku_ids[sku] for sku, _ in table.lines[good])
            return WhyUnserved.KIT_NOT_TOGETHER, f"{names}, {LAYERS[layer]}"
        tariff = grounds.tariffs.get((zone, layer))
        reached = np.zeros(len(holding), dtype=bool)
        if tariff is not None:
            reached = tariff.offering
        holders = int(holding.sum())
        if not (holding & reached).any():
            return WhyUnserved.NO_OFFER, f"{LAYERS[layer]}, {holders} nodes hold it"
        open_nodes = np.flatnonzero(holding & reached & (room > 0))
        if not len(open_nodes):
            return WhyUnserved.NODES_FULL, f"{LAYERS[layer]}, {int((holding & reached).sum())} nodes hold it"
        if not _carrier_free(loads, zone, layer, open_nodes):
            return WhyUnserved.CARRIERS_FULL, f"{LAYERS[layer]}, {len(open_nodes)} nodes hold it"
    cheapest, worth = _cheapest_found(loads, zone, goods, need), market.policy.unserved_yuan
    if cheapest is not None and cheapest >= worth:
        return (
            WhyUnserved.TOO_DEAR,
            f"the cheapest way found costs {cheapest:.2f} yuan, an order is worth {worth:g} yuan",
        )
    return WhyUnserved.NOT_TOGETHER, "each part could ship, but not all of them together"


def _cheapest_found(loads: Loads, zone: int, goods: Sequence[int], need: dict[int, int]) -> float | None:
    """Yuan of the cheapest way that is still open for an order by itself: everything from one node, or each part from
    its own. None where neither is. Looks at no other split: what is found can be had, something cheaper may exist."""
    table = loads.market.demand.table
    ways = [_yuan_from(loads, zone, goods, _holders(loads, need.items()))]
    if len(goods) > 1:
        parts = [_yuan_from(loads, zone, [good], _holders(loads, table.lines[good])) for good in goods]
        ways.append(None if None in parts else sum(yuan for yuan in parts if yuan is not None))
    return min((yuan for yuan in ways if yuan is not None), default=None)


def _holders(loads: Loads, needs: Iterable[tuple[int, int]]) -> Ints:
    """Nodes that still hold all of this: (SKU, units)."""
    grounds = loads.market.grounds
    left = loads.left[: loads.market.resources.first_node].reshape(grounds.units.shape)
    holding = np.ones(len(grounds.node_ids), dtype=bool)
    for sku, units in needs:
        holding &= left[sku] >= units
    return np.flatnonzero(holding)


def _yuan_from(loads: Loads, zone: int, goods: Sequence[int], nodes: Ints) -> float | None:
    """Yuan of these goods from the cheapest of `nodes`, a parcel a layer; None where no node and carrier have room."""
    market = loads.market
    grounds, table, resources = market.grounds, market.demand.table, market.resources
    kg: dict[int, float] = defaultdict(float)
    for good in goods:
        kg[table.layer[good]] += sum(float(grounds.weight_kg[sku]) * units for sku, units in table.lines[good])
    room = loads.left[resources.first_node : resources.first_carrier]
    places = loads.left[resources.first_carrier :] > 0
    yuan = np.zeros(len(grounds.node_ids))
    open_ = np.isin(np.arange(len(yuan)), nodes) & (room >= len(kg))
    for layer, weight in kg.items():
        tariff = grounds.tariffs[zone, layer]
        price = np.where(places[None, :] & (tariff.flat < POSSIBLE), tariff.flat + tariff.per_kg * weight, np.inf)
        cheapest = np.full(len(yuan), np.inf)
        cheapest[tariff.nodes] = price.min(axis=1, initial=np.inf)
        yuan += cheapest
    found = yuan[open_ & np.isfinite(yuan)]
    return float(found.min()) if len(found) else None


def _carrier_free(loads: Loads, zone: int, layer: int, nodes: Ints) -> bool:
    tariff = loads.market.grounds.tariffs[zone, layer]
    here = np.isin(tariff.nodes, nodes)
    places = loads.left[loads.market.resources.first_carrier :] > 0
    return bool(((tariff.flat[here] < POSSIBLE) & places[None, :]).any())
