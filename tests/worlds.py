"""The small world every use-case test knows: a brand of five SKUs, one kit, two nodes, one show, and orders for it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import polars as pl

from engine.intake.brand import CONTRACTS, Brand
from engine.intake.regions import Gazetteer, load_gazetteer
from engine.settings import DATA, Settings, load_settings
from engine.store.database import Database
from engine.usecases.orders.gate import Gate
from engine.usecases.orders.ingest_orders import ingest_requests
from engine.usecases.orders.intake_desk import IntakeReceipt, IntakeRequest
from engine.usecases.room.room import Room, load_hold_policy
from engine.usecases.room.seed_brand import seed_brand

SHOW = "night"
OPENING = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)  # 20:00 in Beijing


class Clock:
    """A clock that tests set."""

    def __init__(self, at: datetime = OPENING) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **time: float) -> None:
        self.at += timedelta(**time)


def settings(url: str, **environment: str) -> Settings:
    return load_settings(environment={"WARROOM_DATABASE": url, **environment})


def frame(contract: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(CONTRACTS[contract]))


def sku(code: str, layer: str = "ambient", life: int = 365) -> dict[str, Any]:
    return {
        "sku": code, "name_zh": code, "name_en": code, "category": "rice", "layer": layer, "packaging": "bag",
        "weight_kg": 5.0, "volume_l": 6.0, "shelf_life_days": life, "price_cents": 3000, "cost_cents": 2000,
        "supplier": "S",
    }  # fmt: skip


def node(code: str, kind: str, adcode: str, lat: float, lon: float) -> dict[str, Any]:
    return {
        "node": code, "name_zh": code, "name_en": code, "kind": kind, "province": "上海市", "city": "上海市",
        "district": "徐汇区", "adcode": adcode, "lat": lat, "lon": lon, "priority": 1, "throughput_per_hour": 1000,
        "cutoff": None, "layers": "ambient|chilled",
    }  # fmt: skip


def small_brand(*, rice: int = 10, oil: int = 10, quota: int = 1000, floor: bool = True) -> Brand:
    """RICE, OIL, GRAIN (ambient), BERRY (chilled, 7 days), GIFT without a pool; kit FAMILY = RICE + 2 OIL + GRAIN.

    `floor`: with bins, packing materials and damage history; rooms were once seeded without.
    """
    skus = [sku("RICE"), sku("OIL"), sku("GRAIN"), sku("BERRY", "chilled", 7), sku("GIFT")]
    lots = [(s["sku"], f"{s['sku']}-1") for s in skus]
    return Brand(
        skus=frame("skus", skus),
        kits=frame(
            "kits",
            [
                {"kit": "FAMILY", "name_zh": "家", "name_en": "F", "price_cents": 9000, "sku": s, "qty": q}
                for s, q in (("RICE", 1), ("OIL", 2), ("GRAIN", 1))
            ],
        ),
        nodes=frame(
            "nodes", [node("WH", "warehouse", "310104", 31.19, 121.43), node("DP", "depot", "110105", 39.92, 116.44)]
        ),
        lots=frame("lots", [{"lot": lot, "sku": s, "produced_days_ago": 1, "supplier": "S"} for s, lot in lots]),
        stock=frame(
            "stock",
            [
                {"node": n, "sku": s, "lot": lot, "quantity": 500, "quarantined": 0}
                for n in ("WH", "DP")
                for s, lot in lots
            ],
        ),
        carriers=frame(
            "carriers",
            [
                {
                    "carrier": c,
                    "name_zh": c,
                    "name_en": c,
                    "kind": "parcel",
                    "capacity_per_day": 10_000,
                    "min_share": 0.0,
                    "max_share": 1.0,
                    "max_km": None,
                    "layers": "ambient|chilled",
                    "hours": "00:00-23:59",
                }
                for c in ("FAST", "CHEAP")
            ],
        ),
        tariffs=frame(
            "tariffs",
            [
                {
                    "carrier": c,
                    "origin": "*",
                    "destination": "*",
                    "layer": layer,
                    "fixed_yuan": price,
                    "per_kg_yuan": 1.0,
                    "late_yuan": 0.1,
                    "days": 2.0,
                }
                for c, price in (("FAST", 8.0), ("CHEAP", 5.0))
                for layer in ("ambient", "chilled")
            ],
        ),
        shows=frame(
            "shows",
            [
                {
                    "show_id": SHOW,
                    "title_zh": "夜",
                    "title_en": "Night",
                    "platform": "douyin",
                    "anchors": "杨",
                    "starts_local": "20:00",
                    "minutes": 180,
                    "always": False,
                    "province_quota": quota,
                },
                {
                    "show_id": "shelf",
                    "title_zh": "货架",
                    "title_en": "Shelf",
                    "platform": None,
                    "anchors": "",
                    "starts_local": None,
                    "minutes": None,
                    "always": True,
                    "province_quota": None,
                },
            ],
        ),
        show_items=frame(
            "show_items",
            [{"show_id": SHOW, "sku": "RICE", "price_cents": 2900, "expected_units": 10, "from_minute": 0}],
        ),
        pools=frame(
            "pools",
            [
                {"show_id": SHOW, "sku": s, "quantity": q}
                for s, q in (("RICE", rice), ("OIL", oil), ("GRAIN", 100), ("BERRY", 100))
            ]
            + [{"show_id": "shelf", "sku": "RICE", "quantity": 50}],
        ),
        quotas=frame("quotas", []),
        **(floor_of(["WH", "DP"]) if floor else {}),
    )


def floor_of(nodes: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Bins of all SKUs but GRAIN, in two aisles; a carton and a cool box; a carrier that breaks more than the other."""
    places = {"RICE": (1, 1, 1), "OIL": (1, 4, 1), "BERRY": (2, 1, 1), "GIFT": (2, 3, 2)}
    return {
        "bins": frame(
            "bins",
            [
                {"node": n, "sku": s, "aisle": aisle, "bay": bay, "level": level}
                for n in nodes
                for s, (aisle, bay, level) in places.items()
            ],
        ),
        "packing_materials": frame(
            "packing_materials",
            [
                {"material": m, "name_zh": f"{m} 箱", "name_en": f"{m} box", "cost_cents": cents, "max_kg": 25.0,
                 "max_l": 60.0, "goods": "bag|glass", "layers": layers}
                for m, cents, layers in (
                    ("CARTON", 200, "ambient"), ("STRONG", 500, "ambient"), ("COOL", 800, "chilled"))
            ],
        ),
        "damage_history": frame(
            "damage_history",
            [
                {"packaging": "bag", "carrier": c, "destination": "31", "material": m, "shipped": 10_000, "damaged": d}
                for c, m, d in (("CHEAP", "CARTON", 100), ("CHEAP", "STRONG", 20), ("FAST", "CARTON", 40))
            ],
        ),
    }  # fmt: skip


@cache
def _gazetteer() -> Gazetteer:
    return load_gazetteer(DATA / "geo" / "regions.csv")


def small_room(url: str, clock: Clock, *, brand: Brand | None = None) -> Room:
    """A room on a fresh database at `url`, seeded with a small brand; the caller closes it."""
    database = Database.open(url, now=clock)
    gazetteer = _gazetteer()
    seed_brand(database, brand or small_brand(), gazetteer, actor="test")
    return Room(settings(url), database, gazetteer, Gate(load_hold_policy()), now=clock)


def opened(url: str, clock: Clock) -> Room:
    """A room on a database that holds its world already."""
    database = Database.open(url, now=clock)
    gazetteer = _gazetteer()
    return Room(settings(url), database, gazetteer, Gate(load_hold_policy()), now=clock)


def reopened(room: Room, url: str, clock: Clock) -> Room:
    """The same room after a stop and a start."""
    room.close()
    return opened(url, clock)


def order(number: int | str, *lines: tuple[str, int], minute: float = 1, **changes: Any) -> dict[str, Any]:
    """A canonical order: RICE x 1 unless `lines` say otherwise, paid `minute` minutes into the show."""
    paid = OPENING + timedelta(minutes=minute)
    return {
        "platform": "douyin",
        "order_no": f"N{number:0>8}",
        "created_at": (paid - timedelta(seconds=20)).isoformat(),
        "paid_at": paid.isoformat(),
        "status": "paid",
        "buyer": {"name": f"赵{number}**", "phone": f"136****{number}"},
        "address": {
            "province": "上海市", "city": "上海市", "district": "徐汇区", "street": "天平路街道", "detail": "******",
        },
        "lines": [
            {"sku": s, "qty": q, "amount_yuan": f"{29 * q * (3 if s == 'FAMILY' else 1)}.00"}
            for s, q in (lines or (("RICE", 1),))
        ],
    } | changes  # fmt: skip


def order_id(number: int | str) -> str:
    return f"douyin:N{number:0>8}"


def take(room: Room, *orders: Mapping[str, Any]) -> IntakeReceipt:
    [receipt] = ingest_requests(room, [IntakeRequest("canonical", "test", list(orders))])
    return receipt


def statuses(room: Room) -> dict[str, str]:
    """Order number -> status of every order."""
    return {n.lstrip("N0"): s for n, s in room.database.read("SELECT order_no, status FROM orders").rows()}


def pool(room: Room, code: str, show: str = SHOW) -> tuple[int, int]:
    """(quantity, reserved) of a pool."""
    [row] = room.database.read(
        "SELECT quantity, reserved FROM pool_balance WHERE show_id = $show AND sku = $sku", {"show": show, "sku": code}
    ).rows()
    return row
