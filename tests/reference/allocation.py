"""Allocation the slow and obvious way: plain rows, plain loops, the near-expiry table as a chain of ifs."""

import math
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from itertools import product
from typing import Any

from engine.allocation.plan import Plan
from engine.allocation.problem import Problem

BEIJING = timezone(timedelta(hours=8))
Row = dict[str, Any]


def near_expiry_days(shelf_life_days: int | None) -> int:
    """The platform's table, read aloud."""
    if shelf_life_days is None or shelf_life_days >= 365:
        return 45
    if shelf_life_days >= 180:
        return 30
    if shelf_life_days >= 90:
        return 20
    if shelf_life_days >= 30:
        return 10
    if shelf_life_days >= 15:
        return 5
    return 4


def may_ship(expiry: date | None, shelf_life_days: int | None, *, pick_up: datetime) -> bool:
    """Strictly more days must be left at pick-up than the table says."""
    if expiry is None:
        return True
    day, left = pick_up.astimezone(BEIJING).date(), 0
    while day + timedelta(days=left) < expiry:
        left += 1
    return left > near_expiry_days(shelf_life_days)


def first_expired_first_out(lots: list[tuple[date | None, str, int]], units: int) -> dict[str, int]:
    """Unit by unit from the lot that expires first; no expiry goes last; lot id among equals."""
    left = {lot: qty for _, lot, qty in lots}
    expiry = {lot: (day is None, day or date.max, lot) for day, lot, _ in lots}
    taken: Counter[str] = Counter()
    for _ in range(units):
        lot = min((lot for lot, qty in left.items() if qty), key=expiry.__getitem__)
        left[lot] -= 1
        taken[lot] += 1
    return dict(taken)


def longest_prefix_offers(offers: list[Row], *, node: str, layer: str, region: str) -> dict[str, Row]:
    """The offer of each carrier."""
    best: dict[str, Row] = {}
    for offer in offers:
        matches = offer["node"] == node and offer["layer"] == layer and region.startswith(offer["region"])
        if matches and len(offer["region"]) >= len(best.get(offer["carrier"], {"region": ""})["region"]):
            best[offer["carrier"]] = offer
    return best


def keeps_every_rule(problem: Problem, plan: Plan) -> bool:
    """Does the plan keep every hard rule, FEFO included, with true figures? Yes or no, by counting everything."""
    orders = {row["order_id"]: row for row in problem.orders.to_dicts()}
    skus = {row["sku"]: row for row in problem.skus.to_dicts()}
    nodes = {row["node"]: row for row in problem.nodes.to_dicts()}
    carriers = {row["carrier"]: row for row in problem.carriers.to_dicts()}
    parcels = {row["parcel_id"]: row for row in plan.parcels.to_dicts()}
    picks = plan.picks.to_dicts()
    unserved = plan.unserved["order_id"].to_list()

    if len(parcels) != plan.parcels.height or {pick["parcel_id"] for pick in picks} != set(parcels):
        return False
    served = {pick["order_id"] for pick in picks}
    if sorted([*served, *unserved]) != sorted(orders):
        return False

    asked: Counter[tuple[str, str]] = Counter()
    for line in problem.lines.to_dicts():
        if line["order_id"] in served:
            asked[line["order_id"], line["sku"]] += line["qty"]
    sent: Counter[tuple[str, str]] = Counter()
    for pick in picks:
        if pick["qty"] < 1:
            return False
        sent[pick["order_id"], pick["sku"]] += pick["qty"]
    if asked != sent:
        return False

    for number, parcel in parcels.items():
        inside = [pick for pick in picks if pick["parcel_id"] == number]
        if any(pick["node"] != parcel["node"] or pick["carrier"] != parcel["carrier"] for pick in inside):
            return False
        if {pick["order_id"] for pick in inside} != set(parcel["orders"]):
            return False
        if any(skus[pick["sku"]]["layer"] != parcel["layer"] for pick in inside):
            return False
        if parcel["layer"] not in nodes[parcel["node"]]["layers"]:
            return False
        addresses = {(orders[o]["buyer"], orders[o]["region"]) for o in parcel["orders"]}
        if len(addresses) > 1 or (len(parcel["orders"]) > 1 and not problem.policy.merge):
            return False
        region = orders[parcel["orders"][0]]["region"]
        offers = longest_prefix_offers(
            problem.offers.to_dicts(), node=parcel["node"], layer=parcel["layer"], region=region
        )
        offer = offers.get(parcel["carrier"])
        if offer is None:
            return False
        kg = sum(skus[pick["sku"]]["weight_kg"] * pick["qty"] for pick in inside)
        cost = (
            problem.policy.handling_yuan_per_parcel
            + offer["fixed_yuan"]
            + offer["late_yuan"]
            + offer["per_kg_yuan"] * kg
        )
        if not math.isclose(kg, parcel["kg"], abs_tol=1e-6) or not math.isclose(
            cost, parcel["cost_yuan"], abs_tol=1e-5
        ):
            return False

    return (
        _kits_whole(problem, plan)
        and _stock_kept(problem, plan)
        and all(Counter(p["node"] for p in parcels.values())[n] <= row["throughput"] for n, row in nodes.items())
        and all(Counter(p["carrier"] for p in parcels.values())[c] <= row["capacity"] for c, row in carriers.items())
    )


def _kits_whole(problem: Problem, plan: Plan) -> bool:
    """Try every way of giving each kit a parcel."""
    layer = dict(problem.skus.select("sku", "layer").iter_rows())
    for order in plan.picks["order_id"].unique():
        lines = [r for r in problem.lines.to_dicts() if r["order_id"] == order and r["kit"] is not None]
        kits: dict[tuple[str, str], Counter[str]] = {}
        for line in lines:
            kits.setdefault((line["kit"], layer[line["sku"]]), Counter())[line["sku"]] += line["qty"]
        parcels: dict[str, Counter[str]] = {}
        for pick in plan.picks.to_dicts():
            if pick["order_id"] == order:
                parcels.setdefault(pick["parcel_id"], Counter())[pick["sku"]] += pick["qty"]
        fits = False
        for way in product(parcels, repeat=len(kits)):
            needed: dict[str, Counter[str]] = {parcel: Counter() for parcel in parcels}
            for parcel, kit in zip(way, kits.values(), strict=True):
                needed[parcel].update(kit)
            fits = fits or all(needed[parcel] <= parcels[parcel] for parcel in parcels)
        if not fits:
            return False
    return True


def _stock_kept(problem: Problem, plan: Plan) -> bool:
    shelf_life = dict(problem.skus.select("sku", "shelf_life_days").iter_rows())
    pick_up = {row["node"]: row["cutoff_at"] or problem.policy.now for row in problem.nodes.to_dicts()}
    there = {(r["node"], r["sku"], r["lot"]): r for r in problem.stock.to_dicts()}
    taken: Counter[tuple[str, str, str]] = Counter()
    for pick in plan.picks.to_dicts():
        taken[pick["node"], pick["sku"], pick["lot"]] += pick["qty"]
    for (node, sku, lot), units in taken.items():
        row = there.get((node, sku, lot))
        if row is None or units > row["qty"]:
            return False
        if not may_ship(row["expiry"], shelf_life[sku], pick_up=pick_up[node]):
            return False
        for other in there.values():
            earlier = other["expiry"] is not None and (row["expiry"] is None or other["expiry"] < row["expiry"])
            if (other["node"], other["sku"]) == (node, sku) and earlier:
                fresh = may_ship(other["expiry"], shelf_life[sku], pick_up=pick_up[node])
                if fresh and taken[node, sku, other["lot"]] < other["qty"]:
                    return False
    return True
