"""A clerk's three kilometres are measured to the buyer's door where its coordinates are known, not to the district."""

from dataclasses import replace
from math import asin, cos, radians, sin, sqrt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.conform import problem_from_frames
from engine.allocation.feasibility import violations
from engine.allocation.planner import plan_batch
from engine.allocation.problem import CONTRACTS, Problem
from engine.errors import BadProblem
from tests.engine.allocation.worlds import carrier, lot, node, offer, order, sku, world

STORE = (31.2, 121.45)
KM = 1 / 111.195
"""Degrees of latitude in a kilometre."""


def north(km: float) -> tuple[float, float]:
    return STORE[0] + km * KM, STORE[1]


def town(*orders: dict[str, object], radius: float | None = 3.0, prefix: str = "310104") -> Problem:
    """A store with a clerk who is cheap, and a warehouse with a van that is not."""
    made = world(
        orders=orders,
        skus=[sku("rice")],
        nodes=[node("store", at=STORE), node("warehouse", at=(31.0, 121.0))],
        stock=[lot("store", "rice", 100), lot("warehouse", "rice", 100)],
        offers=[offer("store", "CLERK", region=prefix, fixed=2.0), offer("warehouse", "VAN", fixed=9.0)],
        carriers=[carrier("CLERK"), carrier("VAN")],
    )
    return replace(made, carriers=made.carriers.with_columns(max_km=pl.Series([radius, None], dtype=pl.Float64)))


def who(problem: Problem) -> dict[str, str]:
    plan = plan_batch(problem)
    assert violations(problem, plan) == []
    assert violations(problem, nearest_then_cheapest(problem)) == []
    return dict(plan.picks.select("order_id", "carrier").iter_rows())


@pytest.mark.parametrize("prefix", ["310104", "31", ""])
def test_within_one_district_the_clerk_goes_to_the_near_and_not_to_the_far(prefix: str) -> None:
    near = order("NEAR", ("rice", 1), region="310104", at=north(2.99))
    far = order("FAR", ("rice", 1), region="310104", at=north(3.01))
    assert who(town(near, far, prefix=prefix)) == {"NEAR": "CLERK", "FAR": "VAN"}
    assert who(town(near, far, prefix=prefix, radius=None)) == {"NEAR": "CLERK", "FAR": "CLERK"}


def test_what_does_not_reach_one_of_a_buyers_orders_reaches_none() -> None:
    """Their region and name say that they live behind one door: they still share a parcel."""
    orders = [order(f"O{i}", ("rice", 1), buyer="anna", region="310104", at=north(km)) for i, km in enumerate((1, 5))]
    assert who(town(*orders)) == {"O0": "VAN", "O1": "VAN"}
    assert plan_batch(town(*orders)).parcels.height == 1


def test_nobody_in_reach_is_a_stated_answer() -> None:
    far = town(order("FAR", ("rice", 1), region="310104", at=north(9)))
    alone = replace(far, offers=far.offers.filter(pl.col("carrier") == "CLERK"))
    assert plan_batch(alone).unserved["reason"].to_list() == ["no_offer"]


def test_the_checker_finds_a_clerk_sent_too_far() -> None:
    problem = town(order("FAR", ("rice", 1), region="310104", at=north(3.2)))
    wrong = plan_batch(replace(problem, carriers=problem.carriers.drop("max_km")))
    assert violations(problem, wrong) == ["Order FAR lies 3.20 km from node store, and CLERK goes 3 km."]


def test_a_radius_that_is_none_is_refused_in_a_sentence() -> None:
    problem = town(order("O", ("rice", 1)), radius=-1.0)
    with pytest.raises(BadProblem, match=r"carriers, column max_km, row 1: must be at least 0, but is -1"):
        problem_from_frames({name: problem.frame(name) for name in CONTRACTS}, problem.policy)


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    lat, to, east = radians(one[0]), radians(other[0]), radians(other[1] - one[1])
    return 2 * 6371.0088 * asin(sqrt(sin((to - lat) / 2) ** 2 + cos(lat) * cos(to) * sin(east / 2) ** 2))


@given(
    doors=st.lists(st.tuples(st.integers(-60, 60), st.integers(-60, 60)), min_size=1, max_size=8),
    shops=st.lists(st.tuples(st.integers(-30, 30), st.integers(-30, 30)), min_size=1, max_size=3, unique=True),
    radius=st.floats(0.2, 6.0),
    data=st.data(),
)
@settings(max_examples=60)
def test_everybody_gets_the_cheapest_who_reaches_them(
    doors: list[tuple[int, int]], shops: list[tuple[int, int]], radius: float, data: st.DataObject
) -> None:
    """Where nothing is scarce, least cost is the cheapest offer of each order, found here one by one."""

    def place(at: tuple[int, int]) -> tuple[float, float]:
        return STORE[0] + at[0] / 1000, STORE[1] + at[1] / 1000

    prices = {f"S{i}": float(data.draw(st.integers(1, 8))) for i in range(len(shops))}
    made = world(
        orders=[order(f"O{i}", ("rice", 1), region="310104", at=place(at)) for i, at in enumerate(doors)],
        skus=[sku("rice")],
        nodes=[node("W"), *(node(f"S{i}", at=place(at)) for i, at in enumerate(shops))],
        stock=[lot(name, "rice", 100) for name in ("W", *prices)],
        offers=[
            offer("W", "VAN", fixed=9.0, per_kg=0.0),
            *(offer(name, "CLERK", region="3101", fixed=yuan, per_kg=0.0) for name, yuan in prices.items()),
        ],
        carriers=[carrier("VAN"), carrier("CLERK")],
    )
    problem = replace(made, carriers=made.carriers.with_columns(max_km=pl.Series([None, radius], dtype=pl.Float64)))
    plan = plan_batch(problem)
    assert violations(problem, plan) == []
    least = [
        min([9.0, *(prices[f"S{i}"] for i, at in enumerate(shops) if kilometres(place(door), place(at)) <= radius)])
        for door in doors
    ]
    assert plan.summary.cost_yuan == pytest.approx(sum(least))
