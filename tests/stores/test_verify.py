"""verify finds every breach that is planted, names it, and finds nothing in a healthy room."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine.floor.policy import FloorPolicy
from engine.store import tables
from engine.usecases.allocate_orders import allocate_waiting
from engine.usecases.release_waves import release_waves
from engine.usecases.room import Room
from engine.usecases.verify import questions, record_report, verify
from tests.worlds import Clock, order, order_id, small_room, take

Plant = Callable[[], list[sa.Executable]]


def update(table: sa.Table, key: str, value: object, **changes: object) -> sa.Executable:
    return table.update().where(table.c[key] == value).values(**changes)


PLANTS: dict[str, tuple[Plant, str]] = {
    "an accepted row that is stored nowhere": (
        lambda: [
            tables.intake_batches.update().values(
                accepted=tables.intake_batches.c.accepted + 1, read=tables.intake_batches.c.read + 1
            )
        ],
        "no_row_lost",
    ),
    "a second order under one number": (
        lambda: [update(tables.orders, "order_id", order_id(2), order_no="N00000001")],
        "no_order_twice",
    ),
    "two orders in one place of the queue": (
        lambda: [update(tables.orders, "order_id", order_id(2), arrival=1)],
        "no_order_twice",
    ),
    "an order without lines": (
        lambda: [tables.order_lines.delete().where(tables.order_lines.c.order_id == order_id(1))],
        "one_outcome",
    ),
    "a status that no event explains": (
        lambda: [update(tables.orders, "order_id", order_id(5), status="sold_out")],
        "status_follows_from_facts",
    ),
    "a kit that lost a component": (
        lambda: [tables.order_lines.delete().where(tables.order_lines.c.sku == "GRAIN")],
        "kits_whole",
    ),
    "a pool that counts a unit too few": (
        lambda: [update(tables.pool_balance, "sku", "OIL", reserved=tables.pool_balance.c.reserved - 1)],
        "pool_never_oversold",
    ),
    "a pool that grew by itself": (
        lambda: [update(tables.pool_balance, "sku", "OIL", quantity=99)],
        "pool_follows_from_facts",
    ),
    "a province that took an order too many": (
        lambda: [update(tables.quota_balance, "province", "上海市", reserved=tables.quota_balance.c.reserved - 1)],
        "quota_never_exceeded",
    ),
    "stock that appeared from nowhere": (
        lambda: [update(tables.stock_balance, "sku", "OIL", on_hand=777)],
        "stock_follows_from_facts",
    ),
    "a lot whose reservation is forgotten": (
        lambda: [tables.stock_balance.update().values(reserved=0)],
        "lot_never_oversold",
    ),
    "a pool that promises what no shelf holds": (
        lambda: [
            update(tables.pool_balance, "sku", "BERRY", quantity=5000),
            update(tables.pool_movements, "sku", "BERRY", delta=5000),
        ],
        "promises_have_stock",
    ),
    "a parcel with half an order": (
        lambda: [update(tables.allocations, "sku", "OIL", qty=tables.allocations.c.qty - 1)],
        "allocated_whole",
    ),
    "a chilled parcel": (lambda: [tables.parcels.update().values(layer="chilled")], "right_lot_node_carrier"),
    "a lot with too few days left": (
        lambda: [update(tables.skus, "sku", "OIL", shelf_life_days=365), tables.lots.update().values(
            expires_on=sa.text("DATE '2026-12-20'"))],
        "near_expiry_never_shipped",
    ),
    "a wave that lost a parcel": (
        lambda: [tables.wave_parcels.delete().where(tables.wave_parcels.c.slot == 2)],
        "waves_whole",
    ),
    "a wave of another carrier": (lambda: [tables.waves.update().values(carrier="FAST")], "waves_whole"),
    "a parcel of a wave that nobody released": (
        lambda: [tables.waves.delete().where(tables.waves.c.layer == "ambient")],
        "parcel_in_one_wave",
    ),
    "a commit that nobody signed": (
        lambda: [tables.audit.delete().where(tables.audit.c.version == 2)],
        "every_commit_audited",
    ),
}  # fmt: skip


@pytest.fixture
def served(room: Room) -> Room:
    """Orders 1-4 allocated (one a kit) and in waves, order 5 reserved and waiting."""
    take(room, order(1), order(2, ("OIL", 2)), order(3, ("FAMILY", 1)), order(4, ("BERRY", 1)))
    assert allocate_waiting(room).served == 4
    assert release_waves(room.database, "WH", FloorPolicy(), actor="test").parcels == 4
    take(room, order(5, ("GRAIN", 1)))
    return room


def broken(room: Room) -> set[str]:
    return {check.name for check in verify(room.database).checks if check.breaches}


def test_a_healthy_room_is_clean(served: Room) -> None:
    report = verify(served.database)
    assert report.clean
    assert report.orders == 5
    assert {check.name for check in report.checks} == set(questions())


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_breach_is_found(served: Room, plant: str) -> None:
    statements, name = PLANTS[plant]
    with served.database.transaction(actor="vandal", verb="plant") as tx:
        for statement in statements():
            tx.execute(statement)
    assert name in broken(served)


def test_every_invariant_has_a_plant_that_breaks_it() -> None:
    # every_row_ends_once is a CHECK of both databases: a batch that does not add up cannot be stored.
    assert {name for _, name in PLANTS.values()} | {"every_row_ends_once"} == set(questions())


def test_a_batch_that_does_not_add_up_cannot_be_stored(served: Room) -> None:
    with (
        pytest.raises(Exception, match=r"(?i)check"),
        served.database.transaction(actor="vandal", verb="plant") as tx,
    ):
        tx.execute(tables.intake_batches.update().values(read=1000))


def test_a_report_is_kept_for_the_system_page(served: Room) -> None:
    record_report(served.database, verify(served.database))
    kept = served.database.read("SELECT invariant, breaches FROM invariant_checks")
    assert dict(kept.rows()) == dict.fromkeys(questions(), 0)


def test_an_empty_room_is_clean(duckdb_url: str, clock: Clock) -> None:
    room = small_room(duckdb_url, clock)
    assert verify(room.database).clean
    room.close()
