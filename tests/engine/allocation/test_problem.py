"""Every way in which a problem can be wrong gets its sentence, and every harmless difference is brought over."""

import math
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from engine.allocation.conform import problem_from_frames
from engine.allocation.problem import CONTRACTS, AllocationPolicy, check_problem
from engine.errors import BadProblem
from tests.engine.allocation.worlds import NOW, quiet_night


def spoilt(name: str, column: str, value: Any) -> pl.DataFrame:
    """The quiet night's frame with one cell of row 1 replaced."""
    frame = quiet_night().frame(name)
    values = frame[column].to_list()
    values[0] = value
    return frame.with_columns(pl.Series(column, values, dtype=frame.schema[column]))


@pytest.mark.parametrize(
    ("name", "column", "value", "sentence"),
    [
        ("lines", "qty", -1, "lines.qty must be at least 1, but row 1 says -1."),
        ("lines", "qty", 0, "lines.qty must be at least 1, but row 1 says 0."),
        ("stock", "qty", -5, "stock.qty must be at least 0, but row 1 says -5."),
        ("carriers", "capacity", -1, "carriers.capacity must be at least 0, but row 1 says -1."),
        ("nodes", "throughput", -1, "nodes.throughput must be at least 0, but row 1 says -1."),
        ("skus", "weight_kg", math.nan, "skus.weight_kg is not a finite number in row 1."),
        ("offers", "fixed_yuan", math.inf, "offers.fixed_yuan is not a finite number in row 1."),
        ("offers", "late_yuan", -0.5, "offers.late_yuan must be at least 0, but row 1 says -0.5."),
        ("orders", "lat", 91.0, "orders.lat must be at most 90, but row 1 says 91.0."),
        ("orders", "paid_at", None, "orders.paid_at is empty in row 1."),
        ("nodes", "node", "hefei", "nodes says the same thing twice: node 'hefei'."),
        ("orders", "order_id", "O2", "orders says the same thing twice: order_id 'O2'."),
        ("carriers", "max_share", 1.5, "carriers.max_share must be at most 1, but row 1 says 1.5."),
        ("carriers", "min_share", 1.0, None),
        ("lines", "order_id", "O9", "lines mentions order_id 'O9', which orders does not know."),
        ("lines", "order_id", "O2", "Order 'O1' has no lines."),
        ("lines", "sku", "tea", "lines mentions sku 'tea', which skus does not know."),
        ("stock", "sku", "tea", "stock mentions sku 'tea', which skus does not know."),
        ("stock", "node", "mars", "stock mentions node 'mars', which nodes does not know."),
        ("offers", "node", "mars", "offers mentions node 'mars', which nodes does not know."),
        ("offers", "carrier", "UFO", "offers mentions carrier 'UFO', which carriers does not know."),
        ("skus", "layer", "warm", "skus.layer says 'warm'; it must be one of ambient, chilled, frozen."),
        ("offers", "layer", "warm", "offers.layer says 'warm'; it must be one of ambient, chilled, frozen."),
        ("nodes", "layers", ["warm"], "nodes.layers says 'warm'; it must be one of ambient, chilled, frozen."),
        ("nodes", "layers", [None], "nodes.layers says None; it must be one of ambient, chilled, frozen."),
        ("nodes", "layers", [], None),
        ("stock", "expiry", None, None),
    ],
)
def test_one_wrong_cell_is_named(name: str, column: str, value: Any, sentence: str | None) -> None:
    problem = replace(quiet_night(), **{name: spoilt(name, column, value)})
    if sentence is None:
        check_problem(problem)
        return
    with pytest.raises(BadProblem) as refusal:
        check_problem(problem)
    assert str(refusal.value) == sentence


def test_a_min_share_above_the_max_share_is_refused() -> None:
    problem = quiet_night()
    crossed = problem.carriers.with_columns(min_share=pl.lit(0.9), max_share=pl.lit(0.5))
    with pytest.raises(BadProblem, match="has a min_share above its max_share"):
        check_problem(replace(problem, carriers=crossed))


@pytest.mark.parametrize("name", list(CONTRACTS))
def test_every_missing_column_is_named(name: str) -> None:
    problem = quiet_night()
    for column in problem.frame(name).columns:
        lacking = replace(problem, **{name: problem.frame(name).drop(column)})
        if column in CONTRACTS[name].optional:
            check_problem(lacking)
            continue
        with pytest.raises(BadProblem, match=f"{name} lacks the column {column}"):
            check_problem(lacking)


@pytest.mark.parametrize("name", list(CONTRACTS))
def test_every_wrong_type_is_named(name: str) -> None:
    problem = quiet_night()
    for column in CONTRACTS[name].columns:
        wrong = problem.frame(name).with_columns(pl.lit(b"?").alias(column))
        with pytest.raises(BadProblem, match=rf"{name}\.{column} must be .+, but it is Binary"):
            check_problem(replace(problem, **{name: wrong}))
        with pytest.raises(BadProblem, match=rf"{name}\.{column} must be .+, but it is Binary"):
            problem_from_frames(frames(**{name: wrong}), problem.policy)


def frames(**changes: pl.DataFrame) -> dict[str, pl.DataFrame]:
    problem = quiet_night()
    return {name: problem.frame(name) for name in CONTRACTS} | changes


def test_what_other_tools_write_is_brought_to_the_contract() -> None:
    """pandas: integers beside nulls are floats, times naive; others: categories, narrow integers, other zones."""
    night = quiet_night()
    foreign = frames(
        orders=night.orders.with_columns(
            pl.col("paid_at").dt.convert_time_zone("Asia/Shanghai").dt.cast_time_unit("ns"),
            pl.col("promise_at").dt.replace_time_zone(None),
            pl.col("region").cast(pl.Categorical),
            note=pl.lit("ignored"),
        ),
        skus=night.skus.with_columns(pl.lit(365.0).alias("shelf_life_days")),
        stock=night.stock.with_columns(pl.col("qty").cast(pl.UInt8), pl.lit(None).alias("expiry")),
        carriers=night.carriers.with_columns(pl.col("min_share").cast(pl.Int8)),
    )
    problem = problem_from_frames(foreign, night.policy)
    assert problem.orders.equals(night.orders)
    assert problem.stock.equals(night.stock)
    assert problem.carriers.equals(night.carriers)
    assert problem.skus["shelf_life_days"].to_list() == [365, 365, 365]
    assert problem.skus.schema == night.skus.schema


@pytest.mark.parametrize(
    ("name", "column", "series"),
    [
        ("lines", "qty", pl.Series([1.5, 1.0, 1.0])),
        ("lines", "qty", pl.Series([2**40, 1, 1])),
        ("lines", "qty", pl.Series([math.nan, 1.0, 1.0])),
        ("lines", "qty", pl.Series(["1", "1", "1"])),
        ("orders", "paid_at", pl.Series(["2026-11-11", "2026-11-11"])),
        ("orders", "lat", pl.Series(["31", "31"])),
        ("orders", "buyer", pl.Series([1, 2])),
    ],
)
def test_what_would_lose_something_is_refused(name: str, column: str, series: pl.Series) -> None:
    bad = quiet_night().frame(name).with_columns(series.alias(column))
    with pytest.raises(BadProblem, match=rf"{name}\.{column} must be "):
        problem_from_frames(frames(**{name: bad}), quiet_night().policy)


def test_a_missing_frame_is_named() -> None:
    some = frames()
    del some["offers"]
    with pytest.raises(BadProblem, match="The problem lacks: offers"):
        problem_from_frames(some, quiet_night().policy)


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"now": datetime(2026, 11, 11)}, "now must say its time zone"),  # noqa: DTZ001
        ({"unserved_yuan": -1}, "unserved_yuan must be a number of at least 0"),
        ({"unserved_yuan": math.nan}, "unserved_yuan must be a number of at least 0"),
        ({"handling_yuan_per_parcel": math.inf}, "handling_yuan_per_parcel must be a number of at least 0"),
        ({"near_expiry": ()}, "near_expiry must list shelf lives from long to short and end with 0"),
        ({"near_expiry": ((365, 45),)}, "near_expiry must list shelf lives from long to short and end with 0"),
        ({"near_expiry": ((15, 5), (30, 10), (0, 4))}, "near_expiry must list shelf lives from long to short"),
        ({"near_expiry": ((0, -4),)}, "near_expiry days must not be negative"),
    ],
)
def test_a_policy_knob_out_of_range_is_refused(knobs: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadProblem, match=sentence):
        AllocationPolicy(**({"now": NOW} | knobs))
