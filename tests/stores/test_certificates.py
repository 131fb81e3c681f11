"""Every round that proves a bound leaves its certificate, in the commit of its plan, on both databases."""

from datetime import timedelta

import pytest

from engine.allocation.baseline import nearest_then_cheapest
from engine.store.screens import room as screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.certified import DEAR, certified, use_planner
from tests.worlds import Clock, order, take


def test_a_rule_without_a_bound_leaves_no_certificate(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    use_planner(monkeypatch, lambda problem, **_: nearest_then_cheapest(problem))
    take(room, order(1))
    assert allocate_waiting(room).served == 1
    assert room.database.read("SELECT * FROM allocation_rounds").is_empty()
    assert room.database.read("SELECT * FROM shadow_prices").is_empty()
    assert screens.latest_certificate(room.database).is_empty()


def test_a_certificate_is_written_with_its_plan(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    use_planner(monkeypatch, certified())
    take(room, order(1), order(2, ("RICE", 2)))
    run = allocate_waiting(room)
    row = screens.latest_certificate(room.database).row(0, named=True)
    assert row["version"] == room.database.last_version("allocate_orders")
    assert (row["orders"], row["served"], row["unserved"], row["parcels"]) == (2, 2, 0, run.parcels)
    assert row["cost_cents"] == room.database.read("SELECT sum(cost_cents)::BIGINT FROM parcels").item()
    assert row["lower_bound_cents"] == int(row["cost_cents"] * 0.998)
    assert row["gap"] == pytest.approx(0.002)
    assert row["took_ms"] >= 0
    assert verify(room.database).clean


def test_prices_of_zero_are_no_bottleneck_and_the_dearest_comes_first(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_planner(monkeypatch, certified({**DEAR, "capacity": {"CHEAP": 2.0, "FAST": -1e-9}}))
    take(room, order(1))
    allocate_waiting(room)
    dearest = screens.dearest_prices(room.database)
    assert dearest.select("kind", "key", "yuan", "name_en", "goods_en").rows() == [
        ("throughput", "WH", 12.0, "WH", None),
        ("stock", "WH|RICE", 3.5, "WH", "RICE"),
        ("capacity", "CHEAP", 2.0, "CHEAP", None),
        ("share", "FAST", 0.4, "FAST", None),
    ]


def test_the_newest_certificate_counts_and_the_older_ones_are_kept(
    room: Room, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_planner(monkeypatch, certified())
    take(room, order(1))
    allocate_waiting(room)
    clock.pass_(seconds=2)
    use_planner(monkeypatch, certified({"throughput": {"DP": 1.0}}))
    take(room, order(2))
    allocate_waiting(room)
    assert room.database.read('SELECT "at" FROM allocation_rounds ORDER BY "at"')["at"].to_list() == [
        clock.at - timedelta(seconds=2),
        clock.at,
    ]
    assert screens.dearest_prices(room.database)["key"].to_list() == ["DP"]


def test_a_bound_a_hair_above_its_plan_is_written_as_the_plan_s_cost(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_planner(monkeypatch, certified(share_of_cost=1 + 1e-9))
    take(room, order(1))
    allocate_waiting(room)
    row = screens.latest_certificate(room.database).row(0, named=True)
    assert row["lower_bound_cents"] == row["cost_cents"]
    assert row["gap"] == 0
    assert verify(room.database).clean


def test_prices_are_forgotten_after_their_days_and_rounds_are_not(
    room: Room, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_planner(monkeypatch, certified(DEAR))
    days = room.rules.allocation.plan.prices_kept_days
    for number, passed in ((1, 0.0), (2, days - 0.5), (3, 1.0)):
        clock.pass_(days=passed)
        take(room, order(number))
        allocate_waiting(room)
    kept = room.database.read("SELECT DISTINCT version FROM shadow_prices ORDER BY 1")["version"].to_list()
    rounds = room.database.read("SELECT version FROM allocation_rounds ORDER BY 1")["version"].to_list()
    assert (len(rounds), kept) == (3, rounds[1:])
    assert verify(room.database).clean
