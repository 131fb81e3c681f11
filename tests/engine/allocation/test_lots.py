"""Near expiry to the day, and first expired first out to the unit."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.lots import Shelf, judge_lots, near_expiry_days
from engine.allocation.problem import NEAR_EXPIRY_DAYS
from tests.engine.allocation.worlds import NOW, lot, node, offer, order, problems, quiet_night, sku
from tests.reference import allocation as slow

BOUNDARIES = [
    (400, 45),
    (365, 45),
    (364, 30),
    (180, 30),
    (179, 20),
    (90, 20),
    (89, 10),
    (30, 10),
    (29, 5),
    (15, 5),
    (14, 4),
    (1, 4),
    (0, 4),
    (None, 45),
]


@pytest.mark.parametrize(("shelf_life", "days"), BOUNDARIES)
def test_the_threshold_follows_the_published_table(shelf_life: int | None, days: int) -> None:
    assert near_expiry_days(shelf_life, table=NEAR_EXPIRY_DAYS) == days == slow.near_expiry_days(shelf_life)


@pytest.mark.parametrize(("shelf_life", "days"), BOUNDARIES)
@pytest.mark.parametrize(("more", "ships"), [(0, False), (1, True)])
def test_a_lot_ships_only_with_strictly_more_days_left_than_the_threshold(
    shelf_life: int | None, days: int, more: int, ships: bool
) -> None:
    expiry = NOW.date() + timedelta(days=days + more)
    problem = quiet_night(
        orders=[order("O1", ("rice", 1))],
        skus=[sku("rice", shelf_life=shelf_life)],
        stock=[lot("shanghai", "rice", 1, expiry=expiry)],
    )
    assert nearest_then_cheapest(problem).summary.served == ships


@pytest.mark.parametrize(
    ("cutoff", "ships"),
    [
        (None, True),
        (datetime(2026, 11, 11, 15, 59, tzinfo=UTC), True),  # 23:59 in Beijing, still the 11th
        (datetime(2026, 11, 11, 16, 0, tzinfo=UTC), False),  # midnight in Beijing: one day fewer is left
        (datetime(2026, 11, 10, 23, 0, tzinfo=UTC), True),  # 07:00 on the 11th in Beijing, the 10th in UTC
    ],
)
def test_days_are_counted_from_the_predicted_pick_up_in_beijing(cutoff: datetime | None, ships: bool) -> None:
    problem = quiet_night(
        orders=[order("O1", ("rice", 1))],
        skus=[sku("rice", shelf_life=365)],
        nodes=[node("shanghai", cutoff=cutoff)],
        stock=[lot("shanghai", "rice", 1, expiry=NOW.date() + timedelta(days=46))],
        offers=[offer("shanghai", "SF")],
    )
    assert nearest_then_cheapest(problem).summary.served == ships


@settings(max_examples=60, deadline=None)
@given(problems())
def test_lots_are_judged_as_the_slow_reference_judges_them(problem) -> None:  # type: ignore[no-untyped-def]
    judged = judge_lots(problem.stock, skus=problem.skus, nodes=problem.nodes, policy=problem.policy)
    assert judged.height == problem.stock.height
    skus = {row["sku"]: row for row in problem.skus.to_dicts()}
    nodes = {row["node"]: row for row in problem.nodes.to_dicts()}
    for row in judged.to_dicts():
        thing, place = skus[row["sku"]], nodes[row["node"]]
        pick_up = place["cutoff_at"] or problem.policy.now
        if thing["layer"] not in place["layers"]:
            assert row["blocked"] == "wrong_layer"
        elif slow.may_ship(row["expiry"], thing["shelf_life_days"], pick_up=pick_up):
            assert row["blocked"] is None
        else:
            assert row["blocked"] == "near_expiry"


_LOTS = st.lists(st.tuples(st.one_of(st.none(), st.dates()), st.integers(1, 5)), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(_LOTS, st.data())
def test_a_shelf_gives_first_expired_first_out(lots, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]
    named = [(day, f"L{i}", qty) for i, (day, qty) in enumerate(lots)]
    units = data.draw(st.integers(0, sum(qty for _, _, qty in named)))
    stock = quiet_night(stock=[lot("shanghai", "rice", qty, lot=name, expiry=day) for day, name, qty in named])
    fefo = judge_lots(stock.stock, skus=stock.skus, nodes=stock.nodes, policy=stock.policy)
    shelf = Shelf([(name, qty) for name, qty in fefo.reverse().select("lot", "qty").iter_rows()])
    in_steps = data.draw(st.integers(0, units))
    taken: dict[str, int] = {}
    for step in (in_steps, units - in_steps):
        for name, qty in shelf.take(step):
            taken[name] = taken.get(name, 0) + qty
    assert taken == slow.first_expired_first_out(named, units)
