"""The whole LP: it costs what a known plan costs and bounds every plan from below; HiGHS's ways to solve it agree."""

import importlib.util
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.problem import Problem
from engine.bench import whole_lp as module
from engine.bench.allocate import shares_allowed
from engine.bench.allocate_peer import solve_whole_lp
from engine.bench.allocation_problems import make_problem
from engine.bench.whole_lp import FEW, TooLarge, WholeLp, whole_lp
from engine.bench.whole_lp_bound import proven_bound
from tests.engine.allocation.worlds import carrier, lot, node, offer, order, problems, quiet_night, sku


def optimum(lp: WholeLp) -> float:
    return solved(lp)[0]


def best_of_whole_parcels(lp: WholeLp) -> float:
    """The optimum where a parcel is made or not: what a bound on plans may not exceed, above that of the fractions."""
    matrix = csc_array((lp.value, lp.row, lp.start), shape=(len(lp.low), len(lp.cost)))
    found = milp(
        lp.cost,
        constraints=LinearConstraint(matrix, lp.low, lp.high),
        bounds=Bounds(0.0, lp.most),
        integrality=np.ones(len(lp.cost)),
        options={"mip_rel_gap": 0.0},
    )
    assert found.status == 0, found.message
    return float(found.fun)


def solved(lp: WholeLp) -> tuple[float, np.ndarray]:
    """Optimum and row prices by SciPy, which brings a HiGHS of its own."""
    matrix = csc_array((lp.value, lp.row, lp.start), shape=(len(lp.low), len(lp.cost)))
    both = matrix.tocsr()
    equal = lp.low == lp.high
    assert np.all(np.isneginf(lp.low[~equal]))
    bounds = np.column_stack([np.zeros(len(lp.most)), lp.most])
    found = linprog(
        lp.cost, A_ub=both[~equal], b_ub=lp.high[~equal], A_eq=both[equal], b_eq=lp.high[equal], bounds=bounds
    )
    assert found.status == 0, found.message
    dual = np.empty(len(lp.low))
    dual[equal], dual[~equal] = found.eqlin.marginals, found.ineqlin.marginals
    return float(found.fun), dual


def test_a_quiet_night_costs_what_its_plan_costs() -> None:
    assert optimum(whole_lp(quiet_night())) == pytest.approx(14.5)


def test_an_order_that_nobody_can_serve_costs_its_penalty() -> None:
    problem = quiet_night(orders=[order("O1", ("rice", 1)), order("O2", ("rice", 99), paid=1)])
    assert optimum(whole_lp(problem)) == pytest.approx(5.5 + 200.0)


def test_orders_of_one_address_may_share_a_parcel() -> None:
    together = quiet_night(orders=[order(f"O{i}", ("rice", 1), buyer="anna", paid=i) for i in range(2)])
    assert optimum(whole_lp(together)) == pytest.approx(3.0 + 0.5 * 10)
    apart = quiet_night(orders=[order(f"O{i}", ("rice", 1), paid=i) for i in range(2)])
    assert optimum(whole_lp(apart)) == pytest.approx(2 * (3.0 + 0.5 * 5))


def test_a_basket_may_be_split_but_a_kit_may_not() -> None:
    stock = [lot("shanghai", "rice", 1), lot("hefei", "oil", 1)]
    loose = quiet_night(orders=[order("O1", ("rice", 1), ("oil", 1))], stock=stock)
    assert optimum(whole_lp(loose)) == pytest.approx(2 * 3.0 + 0.5 * 7)
    kit = quiet_night(orders=[order("O1", ("rice", 1, "K"), ("oil", 1, "K"))], stock=stock)
    assert optimum(whole_lp(kit)) == pytest.approx(200.0)


def test_a_longer_prefix_replaces_a_shorter_one_dearer_or_not() -> None:
    offers = [offer("shanghai", "ZTO", fixed=3.0), offer("shanghai", "ZTO", region="31", fixed=8.0)]
    problem = quiet_night(
        orders=[order("O1", ("rice", 1))], offers=offers, nodes=[node("shanghai")], stock=[lot("shanghai", "rice", 9)]
    )
    assert optimum(whole_lp(problem)) == pytest.approx(8.0 + 5.0)


def test_lots_near_expiry_and_layers_not_kept_do_not_count() -> None:
    near = [lot("shanghai", "rice", 9, expiry=date(2026, 12, 26)), lot("hefei", "rice", 9, expiry=date(2026, 12, 27))]
    problem = quiet_night(orders=[order("O1", ("rice", 1))], skus=[sku("rice", kg=5.0, shelf_life=365)], stock=near)
    lp = whole_lp(problem)
    assert optimum(lp) == pytest.approx(5.5)
    assert lp.size()["columns"] == 2 + 1 + 2  # two carriers from Hefei, one order unserved, two carriers' totals


def test_shares_hold_unless_a_plan_had_to_relax_them() -> None:
    problem = quiet_night(carriers=[carrier("ZTO", max_share=0.5), carrier("SF")])
    assert optimum(whole_lp(problem)) == pytest.approx(9.0 + 14.0)
    assert optimum(whole_lp(problem, allowed_shares={"ZTO": (0.0, 1.0)})) == pytest.approx(14.5)


def test_more_than_memory_holds_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PACKS", 1)
    with pytest.raises(TooLarge, match="packs; more than 1 do not fit into memory"):
        whole_lp(quiet_night())


@settings(max_examples=25, deadline=None)
@given(problems(), st.integers(0, 2**32 - 1))
def test_any_prices_prove_a_bound_that_no_plan_of_whole_parcels_goes_below(problem: Problem, seed: int) -> None:
    lp = whole_lp(problem, allowed_shares=dict.fromkeys(problem.carriers["carrier"], (0.0, 1.0)))
    best = best_of_whole_parcels(lp)
    rng = np.random.default_rng(seed)
    for scale in (0.0, 1.0, 10.0):
        assert proven_bound(lp, scale * rng.normal(size=len(lp.low))) <= best + 1e-6 * (1 + best)


def test_with_the_right_prices_the_bound_is_the_optimum() -> None:
    lp = whole_lp(make_problem("tight_stock", orders=80))
    value, dual = solved(lp)
    assert proven_bound(lp, dual) == pytest.approx(value)


@settings(max_examples=35, deadline=None)
@given(problems())
def test_no_plan_that_keeps_lines_whole_is_cheaper(problem: Problem) -> None:
    plan = nearest_then_cheapest(problem)
    lines = problem.lines.join(plan.unserved, on="order_id", how="anti").select("order_id", "sku").unique()
    visits = plan.picks.select("order_id", "sku", "parcel_id").unique()
    if lines.height != visits.height:
        return  # units of a line from two parcels, which the LP leaves out
    if problem.lines.group_by("order_id").len()["len"].max() > FEW:
        return  # some ways to split an order of more items are left out
    if plan.parcels["orders"].list.len().max() not in (None, 1):
        return  # merged baskets, which may be of more items
    lp = whole_lp(problem, allowed_shares=shares_allowed(problem, plan))
    assert optimum(lp) <= plan.summary.cost_yuan + 1e-6


@pytest.mark.skipif(importlib.util.find_spec("highspy") is None, reason="needs highspy of requirements-dev.txt")
def test_every_way_of_solving_it_finds_the_same(tmp_path: Path) -> None:
    problem = make_problem("tight_stock", orders=40)
    found = solve_whole_lp(problem, allowed_shares={}, directory=tmp_path, limit=60.0, say=lambda _: None)
    assert found["finished"]
    assert found["optimum"] == pytest.approx(optimum(whole_lp(problem)))
    for method in ("sifted", "simplex", "ipm"):
        assert found["methods"][method]["optimum"] == pytest.approx(found["optimum"])
        assert found["methods"][method]["bound"] == pytest.approx(found["optimum"])
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(importlib.util.find_spec("highspy") is None, reason="needs highspy of requirements-dev.txt")
def test_a_limit_that_is_too_short_is_a_lower_bound_of_its_seconds(tmp_path: Path) -> None:
    problem = make_problem("loose", orders=300)
    found = solve_whole_lp(
        problem, allowed_shares={}, directory=tmp_path, limit=0.0, say=lambda _: None, methods=("simplex",)
    )
    assert (found["finished"], found["optimum"], found["seconds_at_least"]) == (False, None, 0.0)
