"""Do the goods of a plan exist, keep, and reach whole orders? Part of the checker in feasibility.py."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import polars as pl

from engine.allocation.plan import Plan
from engine.allocation.problem import Problem


def references(problem: Problem, plan: Plan) -> Iterator[str]:
    """Ids that nothing else knows, and ids said twice. What the other checks join on."""
    known = (
        (plan.picks, "order_id", problem.orders, "order_id"),
        (plan.unserved, "order_id", problem.orders, "order_id"),
        (plan.picks, "sku", problem.skus, "sku"),
        (plan.picks, "parcel_id", plan.parcels, "parcel_id"),
        (plan.parcels, "parcel_id", plan.picks, "parcel_id"),
        (plan.parcels, "node", problem.nodes, "node"),
        (plan.parcels, "carrier", problem.carriers, "carrier"),
    )
    for frame, column, target, key in known:
        for value in frame.join(target, left_on=column, right_on=key, how="anti")[column].unique(maintain_order=True):
            yield f"The plan mentions {column} {value}, which nothing else knows."
    for parcel in plan.parcels.filter(pl.col("parcel_id").is_duplicated())["parcel_id"].unique(maintain_order=True):
        yield f"Parcel {parcel} is listed twice."
    for order in plan.unserved.filter(pl.col("order_id").is_duplicated())["order_id"].unique(maintain_order=True):
        yield f"Order {order} is listed as unserved twice."


def parcels_match_picks(_: Problem, plan: Plan) -> Iterator[str]:
    """What is picked for a parcel leaves where, with whom and for whom the parcel says."""
    both = plan.picks.join(plan.parcels.select("parcel_id", "node", "carrier"), on="parcel_id", suffix="_parcel")
    for row in both.filter(
        (pl.col("node") != pl.col("node_parcel")) | (pl.col("carrier") != pl.col("carrier_parcel"))
    ).iter_rows(named=True):
        yield f"Order {row['order_id']} picks at another node or carrier than parcel {row['parcel_id']}."
    for row in plan.picks.filter(pl.col("qty") < 1).iter_rows(named=True):
        yield f"Order {row['order_id']} picks {row['qty']} of {row['sku']}."
    inside = plan.picks.group_by("parcel_id").agg(pl.col("order_id").unique().sort().alias("inside"))
    listed = plan.parcels.select("parcel_id", pl.col("orders").list.sort()).join(inside, on="parcel_id")
    for row in listed.filter(pl.col("orders") != pl.col("inside")).iter_rows(named=True):
        yield f"Parcel {row['parcel_id']} lists {row['orders']} but holds goods of {row['inside']}."


def orders_are_whole(problem: Problem, plan: Plan) -> Iterator[str]:
    """Each order is served to the last unit, or listed as unserved; never both, never neither."""
    for order in plan.unserved.join(plan.picks, on="order_id", how="semi")["order_id"]:
        yield f"Order {order} is served and unserved."
    asked = problem.lines.join(plan.unserved, on="order_id", how="anti").group_by("order_id", "sku")
    sent = plan.picks.group_by("order_id", "sku").agg(pl.col("qty").cast(pl.Int64).sum().alias("sent"))
    both = (
        asked.agg(pl.col("qty").cast(pl.Int64).sum().alias("asked"))
        .join(sent, on=["order_id", "sku"], how="full", coalesce=True)
        .fill_null(0)
        .filter(pl.col("asked") != pl.col("sent"))
        .join(plan.unserved, on="order_id", how="anti")
        .sort("order_id", "sku")
    )
    for row in both.iter_rows(named=True):
        yield f"Order {row['order_id']} asks for {row['asked']} of {row['sku']} and gets {row['sent']}."


def kits_travel_together(problem: Problem, plan: Plan) -> Iterator[str]:
    """One kit, one layer, one parcel."""
    layered = problem.lines.filter(pl.col("kit").is_not_null()).join(problem.skus.select("sku", "layer"), on="sku")
    contents = plan.picks.join(plan.parcels.select("parcel_id", "layer"), on="parcel_id")
    several = contents.group_by("order_id", "layer").agg(pl.col("parcel_id").n_unique()).filter(pl.col("parcel_id") > 1)
    torn = several.join(layered, on=["order_id", "layer"], how="semi").sort("order_id", "layer")
    for order, layer in torn.select("order_id", "layer").iter_rows():
        here = (pl.col("order_id") == order) & (pl.col("layer") == layer)
        kits: dict[str, dict[str, int]] = {}
        for kit, sku, qty in layered.filter(here).select("kit", "sku", "qty").iter_rows():
            kits.setdefault(kit, {}).setdefault(sku, 0)
            kits[kit][sku] += qty
        room: dict[str, dict[str, int]] = {}
        for parcel, sku, qty in contents.filter(here).select("parcel_id", "sku", "qty").iter_rows():
            room.setdefault(parcel, {}).setdefault(sku, 0)
            room[parcel][sku] += qty
        if not _kits_fit(list(kits.values()), list(room.values())):
            yield f"Order {order}: a kit's {layer} goods are torn apart."


def _kits_fit(kits: list[dict[str, int]], parcels: list[dict[str, int]]) -> bool:
    """Can each kit be given a parcel so that no parcel holds less than its kits need? Tries everything: kits
    are few."""
    if not kits:
        return True
    kit, rest = kits[0], kits[1:]
    for parcel in parcels:
        if all(parcel.get(sku, 0) >= qty for sku, qty in kit.items()):
            for sku, qty in kit.items():
                parcel[sku] -= qty
            if _kits_fit(rest, parcels):
                return True
            for sku, qty in kit.items():
                parcel[sku] += qty
    return False


def layers_are_right(problem: Problem, plan: Plan) -> Iterator[str]:
    """A parcel holds goods of its layer only, and its node keeps that layer."""
    picks = plan.picks.join(problem.skus.select("sku", pl.col("layer").alias("needs")), on="sku")
    wrong = picks.join(plan.parcels.select("parcel_id", "layer"), on="parcel_id").filter(
        pl.col("needs") != pl.col("layer")
    )
    for row in wrong.iter_rows(named=True):
        yield f"Parcel {row['parcel_id']} is {row['layer']} but holds {row['sku']}, which is {row['needs']}."
    homes = plan.parcels.join(problem.nodes.select("node", "layers"), on="node")
    for row in homes.filter(~pl.col("layers").list.contains(pl.col("layer"))).iter_rows(named=True):
        yield f"Parcel {row['parcel_id']} is {row['layer']}, which node {row['node']} cannot keep."


def stock_is_there(problem: Problem, plan: Plan) -> Iterator[str]:
    """No lot ships more than lies there."""
    used = plan.picks.group_by("node", "sku", "lot", maintain_order=True).agg(pl.col("qty").cast(pl.Int64).sum())
    both = used.join(problem.stock, on=["node", "sku", "lot"], how="left", suffix="_there", maintain_order="left")
    for row in both.filter(pl.col("qty") > pl.col("qty_there").fill_null(0)).iter_rows(named=True):
        there = row["qty_there"] or 0
        yield f"Node {row['node']} ships {row['qty']} of {row['sku']} lot {row['lot']} and has {there}."


def lots_are_fresh_and_first(problem: Problem, plan: Plan) -> Iterator[str]:
    """Near expiry at the predicted pick-up, and first expired first out among the lots that may ship."""
    nodes = {row["node"]: row["cutoff_at"] or problem.policy.now for row in problem.nodes.iter_rows(named=True)}
    shelf_life = dict(problem.skus.select("sku", "shelf_life_days").iter_rows())
    used = dict.fromkeys(plan.picks.select("node", "sku", "lot").iter_rows(), 0)
    for node, sku, lot, qty in plan.picks.select("node", "sku", "lot", "qty").iter_rows():
        used[node, sku, lot] += qty
    shipping = {(node, sku) for node, sku, _ in used}
    shelves: dict[tuple[str, str], list[tuple[date, str, int]]] = {}
    for node, sku, lot, expiry, qty in problem.stock.select("node", "sku", "lot", "expiry", "qty").iter_rows():
        if (node, sku) not in shipping:
            continue
        left = None if expiry is None else _days_left(expiry, nodes[node])
        limit = _near_expiry_limit(shelf_life[sku], problem.policy.near_expiry)
        if left is None or left > limit:
            shelves.setdefault((node, sku), []).append((expiry or date.max, lot, qty))
        elif (node, sku, lot) in used:
            yield f"Node {node} ships {sku} lot {lot} with {left} days left; more than {limit} must be left."
    for (node, sku), lots in shelves.items():
        passed_over: tuple[date, str] | None = None
        for expiry, lot, qty in sorted(lots):
            taken = used.get((node, sku, lot), 0)
            if taken and passed_over is not None and passed_over[0] < expiry:
                first = passed_over[1]
                yield f"Node {node} ships {sku} lot {lot} while {first} expires earlier and has units left."
            if taken < qty and passed_over is None:
                passed_over = (expiry, lot)


def _days_left(expiry: date, pick_up: datetime) -> int:
    beijing = pick_up - (pick_up.utcoffset() or timedelta(0)) + timedelta(hours=8)
    return (expiry - beijing.date()).days


def _near_expiry_limit(shelf_life_days: int | None, table: tuple[tuple[int, int], ...]) -> int:
    applicable = [(life, days) for life, days in table if shelf_life_days is not None and life <= shelf_life_days]
    return max(applicable)[1] if applicable else max(days for _, days in table)
