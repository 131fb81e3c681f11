"""Every way in which a problem can be wrong gets its sentence, and every harmless difference is brought over."""

import math
from dataclasses import replace
from datetime import date, datetime
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
        ("lines", "qty", -1, "lines, column qty, row 1: must be at least 1, but is -1."),
        ("lines", "qty", 0, "lines, column qty, row 1: must be at least 1, but is 0."),
        ("stock", "qty", -5, "stock, column qty, row 1: must be at least 0, but is -5."),
        ("carriers", "capacity", -1, "carriers, column capacity, row 1: must be at least 0, but is -1."),
        ("nodes", "throughput", -1, "nodes, column throughput, row 1: must be at least 0, but is -1."),
        ("skus", "weight_kg", math.nan, "skus, column weight_kg, row 1: must be a finite number, but is nan."),
        ("offers", "fixed_yuan", math.inf, "offers, column fixed_yuan, row 1: must be a finite number, but is inf."),
        ("offers", "late_yuan", -0.5, "offers, column late_yuan, row 1: must be at least 0, but is -0.5."),
        ("orders", "lat", 91.0, "orders, column lat, row 1: must be at most 90, but is 91.0."),
        ("orders", "paid_at", None, "orders, column paid_at, row 1: is empty."),
        ("nodes", "node", "hefei", "nodes, column node, row 2: 'hefei' stands in row 1 already."),
        ("orders", "order_id", "O2", "orders, column order_id, row 2: 'O2' stands in row 1 already."),
        (
            "offers",
            "node",
            "hefei",
            "offers, columns node, region, carrier, layer, row 2: "
            "'hefei', '', 'ZTO', 'ambient' stands in row 1 already.",
        ),
        ("carriers", "max_share", 1.5, "carriers, column max_share, row 1: must be at most 1, but is 1.5."),
        ("carriers", "min_share", 1.0, None),
        ("lines", "order_id", "O9", "lines, column order_id, row 1: 'O9' does not stand in orders."),
        ("lines", "order_id", "O2", "orders, column order_id, row 1: order 'O1' has no lines in lines."),
        ("lines", "sku", "tea", "lines, column sku, row 1: 'tea' does not stand in skus."),
        ("stock", "sku", "tea", "stock, column sku, row 1: 'tea' does not stand in skus."),
        ("stock", "node", "mars", "stock, column node, row 1: 'mars' does not stand in nodes."),
        ("offers", "node", "mars", "offers, column node, row 1: 'mars' does not stand in nodes."),
        ("offers", "carrier", "UFO", "offers, column carrier, row 1: 'UFO' does not stand in carriers."),
        ("skus", "layer", "warm", "skus, column layer, row 1: must be one of ambient, chilled, frozen, but is 'warm'."),
        (
            "offers",
            "layer",
            "warm",
            "offers, column layer, row 1: must be one of ambient, chilled, frozen, but is 'warm'.",
        ),
        (
            "nodes",
            "layers",
            ["warm"],
            "nodes, column layers, row 1: must be one of ambient, chilled, frozen, but is 'warm'.",
        ),
        (
            "nodes",
            "layers",
            [None],
            "nodes, column layers, row 1: must be one of ambient, chilled, frozen, but is None.",
        ),
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


@pytest.mark.parametrize("row", [1, 2])
def test_the_row_is_the_row_that_is_wrong(row: int) -> None:
    """Not the row of the first cell of some copy that was sorted or filtered on the way."""
    for name, column, value in (
        ("orders", "lon", 181.0),
        ("orders", "buyer", None),
        ("skus", "volume_l", math.nan),
        ("lines", "sku", "tea"),
        ("lines", "order_id", "O9"),
        ("nodes", "layers", ["ambient", "warm"]),
        ("carriers", "carrier", None),
    ):
        frame = quiet_night().frame(name)
        values = frame[column].to_list()
        values[row - 1] = value
        wrong = frame.with_columns(pl.Series(column, values, dtype=frame.schema[column]))
        with pytest.raises(BadProblem, match=f"^{name}[.]parquet, column {column}, row {row}: .+[.]$"):
            problem_from_frames(frames(**{name: wrong}), quiet_night().policy, called="{}.parquet")


def test_a_min_share_above_the_max_share_is_refused() -> None:
    problem = quiet_night()
    crossed = problem.carriers.with_columns(min_share=pl.lit(0.9), max_share=pl.Series([0.95, 0.5]))
    with pytest.raises(BadProblem, match=r"carriers, column min_share, row 2: 0.9 is above the max_share of 0.5"):
        check_problem(replace(problem, carriers=crossed))


def test_the_share_of_late_parcels_may_be_told_and_must_be_one() -> None:
    problem = quiet_night()
    check_problem(replace(problem, offers=problem.offers.with_columns(late_share=pl.lit(0.25))))
    with pytest.raises(BadProblem, match=r"offers, column late_share, row 1: must be at most 1, but is 25.0"):
        check_problem(replace(problem, offers=problem.offers.with_columns(late_share=pl.lit(25.0))))


@pytest.mark.parametrize("name", list(CONTRACTS))
def test_every_missing_column_is_named(name: str) -> None:
    problem = quiet_night()
    for column in problem.frame(name).columns:
        lacking = replace(problem, **{name: problem.frame(name).drop(column)})
        if column in CONTRACTS[name].optional:
            check_problem(lacking)
            continue
        with pytest.raises(BadProblem, match=f"^{name}: the column {column} is missing.$"):
            check_problem(lacking)


def test_several_missing_columns_are_named_together() -> None:
    problem = quiet_night()
    with pytest.raises(BadProblem, match=r"^stock: the columns sku, qty are missing.$"):
        check_problem(replace(problem, stock=problem.stock.drop("sku", "qty")))


@pytest.mark.parametrize("name", list(CONTRACTS))
def test_every_wrong_type_is_named(name: str) -> None:
    problem = quiet_night()
    for column in CONTRACTS[name].columns:
        wrong = problem.frame(name).with_columns(pl.lit(b"?").alias(column))
        with pytest.raises(BadProblem, match=f"^{name}, column {column}: must be .+, but is of the type Binary.$"):
            check_problem(replace(problem, **{name: wrong}))
        with pytest.raises(BadProblem, match=f"^{name}, column {column}: must be .+, but is of the type Binary.$"):
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
    ("name", "column", "series", "sentence"),
    [
        ("lines", "qty", pl.Series([1.0, 1.5, 1.0]), ", row 2: must be a whole number (i32), but is 1.5."),
        ("lines", "qty", pl.Series([1, 1, 2**40]), ", row 3: must be a whole number (i32), but is 1099511627776."),
        ("lines", "qty", pl.Series([math.nan, 1.0, 1.0]), ", row 1: must be a whole number (i32), but is nan."),
        ("lines", "qty", pl.Series(["1", "1", "1"]), ": must be a whole number (i32), but is of the type String."),
        ("orders", "paid_at", pl.Series(["2026", "2026"]), ": must be a timestamp, but is of the type String."),
        ("orders", "lat", pl.Series(["31", "31"]), ": must be a number (f64), but is of the type String."),
        ("orders", "buyer", pl.Series([1, 2]), ": must be text, but is of the type Int64."),
        ("orders", "buyer", pl.Series([None, None]), ", row 1: is empty."),
    ],
)
def test_what_would_lose_something_is_refused(name: str, column: str, series: pl.Series, sentence: str) -> None:
    bad = quiet_night().frame(name).with_columns(series.alias(column))
    with pytest.raises(BadProblem) as refusal:
        problem_from_frames(frames(**{name: bad}), quiet_night().policy)
    assert str(refusal.value) == f"{name}, column {column}{sentence}"


def test_a_day_may_be_a_midnight_and_nothing_else() -> None:
    night = quiet_night()
    days = night.stock.with_columns(pl.lit(datetime(2027, 5, 1)).alias("expiry"))  # noqa: DTZ001
    assert problem_from_frames(frames(stock=days), night.policy).stock["expiry"].unique().to_list() == [
        date(2027, 5, 1)
    ]
    noon = days.with_columns(pl.col("expiry") + pl.duration(hours=12))
    with pytest.raises(BadProblem, match="stock, column expiry, row 1: must be a date, but is 2027-05-01 12:00:00"):
        problem_from_frames(frames(stock=noon), night.policy)


def test_a_missing_frame_is_named() -> None:
    some = frames()
    del some["offers"]
    with pytest.raises(BadProblem, match=r"^The problem lacks offers.$"):
        problem_from_frames(some, quiet_night().policy)


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"now": datetime(2026, 11, 11)}, "now must say its time zone"),  # noqa: DTZ001
        ({"unserved_yuan": -1}, "unserved_yuan must be a number of at least 0"),
        ({"unserved_yuan": math.nan}, "unserved_yuan must be a number of at least 0"),
        ({"max_share_yuan": -1}, "max_share_yuan must be a number of at least 0"),
        ({"min_share_yuan": math.inf}, "min_share_yuan must be a number of at least 0"),
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
