"""Small worlds to plan in: rows in a few words, one named world, and a Hypothesis strategy for others."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from engine.allocation.problem import CONTRACTS, AllocationPolicy, Problem, check_problem

NOW = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)  # 20:00 in Beijing, the show has just started
Row = dict[str, Any]


_COLUMNS = {
    name: {column: dtype for column, dtype in contract.columns.items() if column not in ("late_share", "max_km")}
    for name, contract in CONTRACTS.items()
}


def order(
    order_id: str,
    *lines: tuple[str, int] | tuple[str, int, str],
    buyer: str | None = None,
    region: str = "310115",
    at: tuple[float, float] = (31.2, 121.5),
    paid: int = 0,
) -> Row:
    """One order with its lines (sku, units) or (sku, units, kit); `paid` is seconds after NOW."""
    moment = NOW + timedelta(seconds=paid)
    return {
        "order_id": order_id,
        "buyer": buyer or f"buyer of {order_id}",
        "region": region,
        "lat": at[0],
        "lon": at[1],
        "paid_at": moment,
        "promise_at": moment + timedelta(hours=48),
        "lines": [(*line, None)[:3] for line in lines],
    }


def sku(name: str, *, layer: str = "ambient", kg: float = 1.0, shelf_life: int | None = None) -> Row:
    return {"sku": name, "weight_kg": kg, "volume_l": 1.0, "layer": layer, "shelf_life_days": shelf_life}


def node(
    name: str,
    *,
    at: tuple[float, float] = (31.2, 121.5),
    throughput: int = 100,
    layers: Sequence[str] = ("ambient", "chilled", "frozen"),
    cutoff: datetime | None = None,
    priority: int = 0,
) -> Row:
    return {
        "node": name,
        "kind": "warehouse",
        "region": "310115",
        "lat": at[0],
        "lon": at[1],
        "throughput": throughput,
        "layers": list(layers),
        "cutoff_at": cutoff,
        "priority": priority,
    }


def lot(at: str, name: str, qty: int, *, lot: str = "L1", expiry: date | None = None) -> Row:
    return {"node": at, "sku": name, "lot": lot, "expiry": expiry, "qty": qty}


def offer(
    at: str,
    carrier: str,
    *,
    layer: str = "ambient",
    region: str = "",
    fixed: float = 5.0,
    per_kg: float = 1.0,
    late: float = 0.0,
) -> Row:
    return {
        "node": at,
        "region": region,
        "carrier": carrier,
        "layer": layer,
        "fixed_yuan": fixed,
        "per_kg_yuan": per_kg,
        "late_yuan": late,
    }


def carrier(name: str, *, capacity: int = 100, min_share: float = 0.0, max_share: float = 1.0) -> Row:
    return {"carrier": name, "capacity": capacity, "min_share": min_share, "max_share": max_share}


def world(
    *,
    orders: Sequence[Row],
    skus: Sequence[Row],
    nodes: Sequence[Row],
    stock: Sequence[Row],
    offers: Sequence[Row],
    carriers: Sequence[Row],
    policy: AllocationPolicy | None = None,
) -> Problem:
    """The rows as a checked problem."""
    lines = [
        {"order_id": row["order_id"], "sku": name, "qty": qty, "kit": kit}
        for row in orders
        for name, qty, kit in row["lines"]
    ]
    rows = {
        "orders": orders,
        "lines": lines,
        "skus": skus,
        "nodes": nodes,
        "stock": stock,
        "offers": offers,
        "carriers": carriers,
    }
    problem = Problem(
        policy=policy or AllocationPolicy(now=NOW),
        **{
            name: pl.DataFrame([{column: row[column] for column in columns} for row in rows[name]], schema=columns)
            for name, columns in _COLUMNS.items()
        },
    )
    check_problem(problem)
    return problem


SHANGHAI, HEFEI, CHENGDU = (31.2, 121.5), (31.8, 117.2), (30.7, 104.1)


def quiet_night(**changes: Any) -> Problem:
    """Buyers in Shanghai; rice and oil everywhere, fish in Shanghai only; ZTO cheap, SF dear."""
    rows: dict[str, Any] = {
        "orders": [order("O1", ("rice", 1)), order("O2", ("rice", 2), ("oil", 1), paid=1)],
        "skus": [sku("rice", kg=5.0), sku("oil", kg=2.0), sku("fish", layer="chilled")],
        "nodes": [
            node("shanghai", at=SHANGHAI),
            node("hefei", at=HEFEI, layers=("ambient",)),
            node("chengdu", at=CHENGDU, layers=("ambient",)),
        ],
        "stock": [
            *(lot(at, name, 10) for at in ("shanghai", "hefei", "chengdu") for name in ("rice", "oil")),
            lot("shanghai", "fish", 10),
        ],
        "offers": [
            *(offer(at, "ZTO", fixed=3.0, per_kg=0.5) for at in ("shanghai", "hefei", "chengdu")),
            *(offer(at, "SF", fixed=9.0, per_kg=1.0) for at in ("shanghai", "hefei", "chengdu")),
            offer("shanghai", "SF", layer="chilled", fixed=20.0),
        ],
        "carriers": [carrier("ZTO"), carrier("SF")],
    }
    return world(**(rows | changes))


_SKUS = ("bun", "fish", "ice", "oil", "rice")
_LAYERS = dict(zip(_SKUS, ("ambient", "chilled", "frozen", "ambient", "ambient"), strict=True))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Small and scarce: a few orders, nodes and lots, so that every limit bites now and then."""
    names = [f"N{i}" for i in range(draw(st.integers(1, 3)))]
    haulers = [f"C{i}" for i in range(draw(st.integers(1, 3)))]
    place = st.sampled_from([SHANGHAI, HEFEI, CHENGDU])
    line = st.tuples(st.sampled_from(_SKUS), st.integers(1, 3), st.sampled_from([None, None, "K1", "K2"]))
    orders = [
        order(
            f"O{i}",
            *draw(st.lists(line, min_size=1, max_size=4)),
            buyer=draw(st.sampled_from(["anna", "bo"])),
            region=draw(st.sampled_from(["310115", "310104", "510104"])),
            at=draw(place),
            paid=draw(st.integers(0, 3)),
        )
        for i in range(draw(st.integers(1, 6)))
    ]
    shelf_lives = st.sampled_from([None, 7, 15, 30, 90, 180, 365, 700])
    stock = [
        lot(at, name, draw(st.integers(0, 6)), lot=f"L{i}", expiry=NOW.date() + timedelta(days=days) if days else None)
        for at in names
        for name in _SKUS
        for i, days in enumerate(draw(st.lists(st.sampled_from([None, 3, 5, 11, 21, 31, 45, 46, 90]), max_size=3)))
    ]
    prices = st.integers(0, 20).map(float)
    offers = [
        offer(at, who, layer=layer, region=prefix, fixed=draw(prices), per_kg=draw(prices), late=draw(prices))
        for at in names
        for who in haulers
        for layer in ("ambient", "chilled", "frozen")
        for prefix in draw(st.lists(st.sampled_from(["", "31", "3101", "310115", "51"]), max_size=3, unique=True))
    ]
    shares = st.sampled_from([0.0, 0.2, 0.5, 0.6, 1.0])
    carriers = []
    for who in haulers:
        low, high = sorted((draw(shares), draw(shares)))
        carriers.append(carrier(who, capacity=draw(st.integers(0, 6)), min_share=low, max_share=high))
    layers = st.sampled_from([("ambient",), ("ambient", "chilled"), ("ambient", "chilled", "frozen")])
    cutoffs = st.sampled_from([None, NOW + timedelta(hours=3), NOW + timedelta(hours=5)])  # 23:00 and 01:00 in Beijing
    return world(
        orders=orders,
        skus=[
            sku(n, layer=_LAYERS[n], kg=draw(st.sampled_from([0.3, 1.0, 5.0])), shelf_life=draw(shelf_lives))
            for n in _SKUS
        ],
        nodes=[
            node(n, at=draw(place), throughput=draw(st.integers(0, 6)), layers=draw(layers), cutoff=draw(cutoffs))
            for n in names
        ],
        stock=stock,
        offers=offers,
        carriers=carriers,
        policy=AllocationPolicy(now=NOW, merge=draw(st.booleans()), handling_yuan_per_parcel=draw(prices)),
    )


@st.composite
def policies(draw: st.DrawFn) -> AllocationPolicy:
    """Every knob: from orders nobody minds losing to orders worth any parcel, shares from free to sacred."""
    return AllocationPolicy(
        now=NOW,
        unserved_yuan=draw(st.sampled_from([0.0, 8.0, 25.0, 200.0, 5000.0])),
        handling_yuan_per_parcel=draw(st.sampled_from([0.0, 1.5, 10.0])),
        merge=draw(st.booleans()),
        max_share_yuan=draw(st.sampled_from([0.0, 3.0, 100.0, 1000.0])),
        min_share_yuan=draw(st.sampled_from([0.0, 2.0, 50.0, 1000.0])),
    )
