"""Whatever operators, buyers and carriers do in whatever order: every invariant holds and no order is ever dropped."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.allocation.steering import Change, ChangeKind
from engine.allocation.window import WindowPolicy
from engine.errors import NotAllowed
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from engine.usecases.steering.steer import steer
from tests.worlds import Clock, frame, opened, order, order_id, small_brand, small_room, take

PLACES = (
    {"province": "上海市", "city": "上海市", "district": "徐汇区", "street": "天平路街道", "detail": "******"},
    {"province": "上海市", "city": "上海市", "district": "浦东新区", "street": "川沙新镇", "detail": "******"},
    {"province": "北京市", "city": "北京市", "district": "朝阳区", "street": "三里屯街道", "detail": "******"},
)
BASKETS = ((("RICE", 1),), (("RICE", 2), ("BERRY", 1)), (("FAMILY", 1),), (("OIL", 3),), (("FAMILY", 1), ("RICE", 1)))
NODES, LOTS, CARRIERS = ("WH", "DP"), ("RICE-1", "RICE-2", "OIL-1", "BERRY-1"), ("FAST", "CHEAP")

changes = st.one_of(
    st.builds(
        lambda kind, node: Change(kind=kind, node=node),
        st.sampled_from([ChangeKind.NODE_CLOSED, ChangeKind.NODE_REOPENED]),
        st.sampled_from(NODES),
    ),
    st.builds(
        lambda kind, lot: Change(kind=kind, lot=lot),
        st.sampled_from([ChangeKind.LOT_QUARANTINED, ChangeKind.LOT_RELEASED]),
        st.sampled_from(LOTS),
    ),
    st.builds(
        lambda kind, carrier, region: Change(kind=kind, carrier=carrier, region=region),
        st.sampled_from([ChangeKind.CARRIER_STOPPED, ChangeKind.CARRIER_RESUMED]),
        st.sampled_from(CARRIERS),
        st.sampled_from(["", "31", "3101", "310115", "11"]),
    ),
    st.builds(
        lambda node, lot, units: Change(kind=ChangeKind.STOCK_COUNTED, node=node, lot=lot, units=units),
        st.sampled_from(NODES),
        st.sampled_from(LOTS),
        st.integers(0, 8),
    ),
)
steps = st.one_of(
    st.tuples(st.just("order"), st.sampled_from(BASKETS), st.sampled_from(PLACES), st.integers(1, 3)),
    st.tuples(st.just("allocate")),
    st.tuples(st.just("upload"), st.integers(0, 9)),
    st.tuples(st.just("scan"), st.integers(0, 9)),
    st.tuples(st.just("cancel"), st.integers(1, 5)),
    *[st.tuples(st.just("steer"), changes, st.booleans())] * 4,
)

EVENING: list[tuple[Any, ...]] = [
    ("order", BASKETS[1], PLACES[0], 1),
    ("order", BASKETS[2], PLACES[0], 1),
    ("order", BASKETS[4], PLACES[2], 2),
    ("allocate",),
    ("scan", 0),
    ("upload", 1),
]
"""How every night begins: three orders, one parcel gone and one labelled."""


@pytest.fixture(scope="module")
def scarce_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world with six units of everything at a node, rice in two lots."""
    brand = small_brand()
    lots = pl.concat(
        [brand.lots, frame("lots", [{"lot": "RICE-2", "sku": "RICE", "produced_days_ago": 2, "supplier": "S"}])]
    )
    stock = brand.stock.with_columns(quantity=pl.lit(6, dtype=pl.Int64))
    more = [{"node": n, "sku": "RICE", "lot": "RICE-2", "quantity": 4, "quarantined": 0} for n in NODES]
    pools = brand.pools.with_columns(
        quantity=pl.when(pl.col("show_id") == "shelf").then(2).otherwise(10).cast(pl.Int64)
    )
    scarce = type(brand)(
        **{name: getattr(brand, name) for name in brand.__dataclass_fields__}
        | {"lots": lots, "stock": pl.concat([stock, frame("stock", more)]), "pools": pools}
    )
    path = tmp_path_factory.mktemp("scarce") / "room.duckdb"
    small_room(f"duckdb:///{path}", Clock(), brand=scarce).close()
    return path


class Night:
    """One night in the room, told step by step."""

    def __init__(self, room: Room, clock: Clock) -> None:
        self.room, self.clock = room, clock
        self.taken = 0

    def order(self, basket: Any, place: Any, buyer: int) -> None:
        self.taken += 1
        name = {"name": f"钱{buyer}**", "phone": f"137****{buyer}"}
        take(self.room, order(self.taken, *basket, minute=self.taken, address=place, buyer=name))

    def allocate(self) -> None:
        self.clock.pass_(minutes=2)
        allocate_waiting(self.room)

    def upload(self, which: int, *, scanned: bool = False) -> None:
        parcels = self.room.database.read("SELECT parcel_id FROM parcels ORDER BY ALL")["parcel_id"].to_list()
        if parcels:
            parcel = parcels[which % len(parcels)]
            at = datetime(2026, 11, 11, 12, 30, tzinfo=UTC)
            record_waybills(self.room, [Waybill(parcel, f"SF{parcel}", at, at if scanned else None)], actor="wms")

    def scan(self, which: int) -> None:
        self.upload(which, scanned=True)

    def cancel(self, number: int) -> None:
        change_orders(self.room, [OrderChange(order_id(number), "cancelled", self.room.now())], actor="buyer")

    def steer(self, change: Change, allowed: bool) -> None:
        try:
            steer(self.room, change, actor="lin", reason="a test", policy=WindowPolicy(allowed=allowed))
        except NotAllowed as refusal:
            assert "already" in str(refusal)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(told=[("steer", Change(kind=ChangeKind.LOT_QUARANTINED, lot="BERRY-1"), True), ("cancel", 1)])
@example(told=[("steer", Change(kind=ChangeKind.LOT_QUARANTINED, lot="BERRY-1"), False), ("cancel", 1)])
@example(told=[("steer", Change(kind=ChangeKind.NODE_CLOSED, node=node), True) for node in NODES])
@given(told=st.lists(steps, min_size=4, max_size=16))
def test_any_sequence_keeps_every_invariant(told: list[tuple[Any, ...]], scarce_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "room.duckdb"
    path.unlink(missing_ok=True)
    shutil.copy(scarce_file, path)
    clock = Clock()
    clock.pass_(minutes=30)
    room = opened(f"duckdb:///{path}", clock)
    try:
        night = Night(room, clock)
        for name, *details in (*EVENING, *told):
            act: Callable[..., None] = getattr(night, name)
            act(*details)
            if name == "order":
                continue
            report = verify(room.database)
            assert report.clean, (name, details, [(c.name, c.examples) for c in report.checks if c.breaches])
            assert report.orders == night.taken
    finally:
        room.close()
