"""Made problems: the same for the same seed, true to their family, and the same again through files."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from engine.allocation.problem import CONTRACTS, Problem
from engine.bench.allocation_problems import FAMILIES, HOME_CITIES, NOW, make_problem, write_problem
from engine.bench.measure import BenchFailed
from engine.usecases.allocation.allocate_files import read_problem

ORDERS = 4_000


def same(one: Problem, other: Problem) -> bool:
    return all(one.frame(name).equals(other.frame(name)) for name in CONTRACTS) and one.policy == other.policy


@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_seed_says_everything(family: str) -> None:
    problem = make_problem(family, orders=300, seed=4)
    assert same(problem, make_problem(family, orders=300, seed=4))
    assert not same(problem, make_problem(family, orders=300, seed=5))


@pytest.mark.parametrize("family", list(FAMILIES))
@pytest.mark.parametrize("orders", [0, 1, 7])
def test_the_smallest_problems_are_problems_too(family: str, orders: int) -> None:
    assert make_problem(family, orders=orders).orders.height == orders


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(BenchFailed, match="There is no family 'easy'; there are loose, "):
        make_problem("easy", orders=1)


def test_through_files_it_is_the_same_problem(tmp_path: Path) -> None:
    problem = make_problem("loose", orders=200)
    write_problem(problem, tmp_path / "deep" / "problem")
    assert same(problem, read_problem(tmp_path / "deep" / "problem", now=NOW + timedelta(days=1)))


def test_it_has_the_size_and_the_shape_of_a_show() -> None:
    problem = make_problem("loose", orders=ORDERS)
    assert (problem.orders.height, problem.skus.height, problem.carriers.height) == (ORDERS, 40, 8)
    assert 75 <= problem.nodes.height <= 100
    assert problem.orders["region"].str.len_chars().unique().to_list() == [6]
    assert set(problem.offers["region"].str.len_chars()) == {0, 2, 4, 6}
    assert problem.orders["paid_at"].is_sorted()
    assert problem.orders["paid_at"].max() <= NOW
    items = problem.lines.group_by("order_id").agg(pl.len().alias("lines"), pl.col("kit").is_not_null().any())
    assert 0.13 < (items["lines"] > 1).mean() < 0.17
    assert 0.03 < items["kit"].mean() < 0.07
    assert set(problem.lines["qty"].unique()) >= {1, 2, 3}
    assert 0.03 < 1 - problem.orders["buyer"].n_unique() / ORDERS < 0.09
    whole = problem.lines.group_by("sku").agg(pl.col("qty").sum()).sort("qty", descending=True)["qty"]
    assert whole[0] > 8 * whole[20]
    for address in problem.orders.group_by("buyer").agg(pl.col("region").n_unique())["region"]:
        assert address == 1


def units(problem: Problem, column: str) -> pl.DataFrame:
    """Units by SKU that may ship, or that are asked for."""
    frame = problem.stock.filter(~pl.col("lot").str.ends_with("-X")) if column == "stock" else problem.lines
    return frame.group_by("sku").agg(pl.col("qty").cast(pl.Int64).sum().alias(column))


def test_each_family_is_what_it_says() -> None:
    problems = {family: make_problem(family, orders=ORDERS) for family in FAMILIES}

    def left(family: str) -> pl.Series:
        both = units(problems[family], "stock").join(units(problems[family], "lines"), on="sku")
        return both.select(pl.col("stock") / pl.col("lines")).to_series()

    assert left("loose").min() > 1.4
    assert left("tight_stock").min() < 1.0
    cold = problems["cold_heavy"].lines.join(problems["cold_heavy"].skus, on="sku").filter(pl.col("layer") != "ambient")
    assert cold.height > 0.3 * problems["cold_heavy"].lines.height
    rooms = {f: dict(p.nodes.select("node", "throughput").iter_rows())["WH-EAST"] for f, p in problems.items()}
    assert rooms["warehouse_nearly_out"] < 0.25 * rooms["loose"]
    main = {f: dict(p.carriers.select("carrier", "capacity").iter_rows())["ZTO"] for f, p in problems.items()}
    assert 0.65 < main["carrier_cut_30"] / main["loose"] < 0.75
    assert problems["single"].lines.height == problems["single"].orders["buyer"].n_unique() == ORDERS
    drifting = problems["non_stationary"].orders
    at_home = drifting["region"].str.head(4).is_in(HOME_CITIES)
    assert at_home.tail(1_000).mean() > 2 * at_home.head(1_000).mean()
    assert problems["dense_offers"].offers.height > 5 * problems["loose"].offers.height
