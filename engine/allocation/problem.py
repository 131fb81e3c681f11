"""What an allocation batch is made of: seven frames and a policy, each with a contract that is checked, not
hoped for.

Answers "is this a problem one can plan at all, and if not, which cell is wrong?". Knows nothing of files or
of any rule. Money here is yuan as f64, the one exception to integer cents: the files are exchanged with
people and other solvers.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from engine.errors import BadProblem
from engine.model.states import Layer

UTC_TIME = pl.Datetime("us", "UTC")


NEAR_EXPIRY_DAYS = ((365, 45), (180, 30), (90, 20), (30, 10), (15, 5), (0, 4))
"""(shelf life of at least so many days, near expiry when so many days or fewer are left), measured at the
pick-up scan.
Source: the platform's near-expiry notice with planned effect 2026-06-02."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationPolicy:
    """The knobs of one batch.

    now: the planning moment, aware. A node without a cut-off is predicted to hand over now.
    unserved_yuan: what one unserved order costs (refund handling, coupon, a lost buyer); the plan's cost
    includes it.
    handling_yuan_per_parcel: packing and material per parcel, on top of the carrier's price.
    merge: orders of one buyer and region may share a parcel.
    near_expiry: see NEAR_EXPIRY_DAYS; longest shelf life first, ending with shelf life 0.
    """

    now: datetime
    unserved_yuan: float = 200.0
    handling_yuan_per_parcel: float = 0.0
    merge: bool = True
    near_expiry: tuple[tuple[int, int], ...] = NEAR_EXPIRY_DAYS

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise BadProblem("policy: now must say its time zone.")
        for name in ("unserved_yuan", "handling_yuan_per_parcel"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise BadProblem(f"policy: {name} must be a number of at least 0, not {value}.")
        lives = [life for life, _ in self.near_expiry]
        if not lives or lives[-1] != 0 or lives != sorted(set(lives), reverse=True):
            raise BadProblem("policy: near_expiry must list shelf lives from long to short and end with 0.")
        if any(days < 0 for _, days in self.near_expiry):
            raise BadProblem("policy: near_expiry days must not be negative.")


@dataclass(frozen=True, slots=True)
class FrameContract:
    """One frame's columns and types, and what its values must obey. `optional` columns may be absent."""

    columns: Mapping[str, pl.DataType]
    key: tuple[str, ...] = ()
    nullable: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)


_TEXT, _INT, _SMALL, _FLOAT = pl.String(), pl.Int64(), pl.Int32(), pl.Float64()

CONTRACTS: Mapping[str, FrameContract] = {
    "orders": FrameContract(
        {
            "order_id": _TEXT,
            "buyer": _TEXT,
            "region": _TEXT,
            "lat": _FLOAT,
            "lon": _FLOAT,
            "paid_at": UTC_TIME,
            "promise_at": UTC_TIME,
        },
        key=("order_id",),
        at_least={"lat": -90, "lon": -180},
        at_most={"lat": 90, "lon": 180},
    ),
    # Lines have no key: the same SKU may appear twice in an order (bought and given); the quantities add up.
    "lines": FrameContract(
        {"order_id": _TEXT, "sku": _TEXT, "qty": _SMALL, "kit": _TEXT},
        nullable=frozenset({"kit"}),
        at_least={"qty": 1},
    ),
    "skus": FrameContract(
        {"sku": _TEXT, "weight_kg": _FLOAT, "volume_l": _FLOAT, "layer": _TEXT, "shelf_life_days": _SMALL},
        key=("sku",),
        nullable=frozenset({"shelf_life_days"}),
        at_least={"weight_kg": 0, "volume_l": 0, "shelf_life_days": 0},
    ),
    "nodes": FrameContract(
        {
            "node": _TEXT,
            "kind": _TEXT,
            "region": _TEXT,
            "lat": _FLOAT,
            "lon": _FLOAT,
            "throughput": _INT,
            "layers": pl.List(pl.String),
            "cutoff_at": UTC_TIME,
            "priority": _INT,
        },
        key=("node",),
        nullable=frozenset({"cutoff_at"}),
        optional=frozenset({"priority"}),
        at_least={"throughput": 0, "lat": -90, "lon": -180},
        at_most={"lat": 90, "lon": 180},
    ),
    "stock": FrameContract(
        {"node": _TEXT, "sku": _TEXT, "lot": _TEXT, "expiry": pl.Date(), "qty": _INT},
        key=("node", "sku", "lot"),
        nullable=frozenset({"expiry"}),
        at_least={"qty": 0},
    ),
    "offers": FrameContract(
        {
            "node": _TEXT,
            "region": _TEXT,
            "carrier": _TEXT,
            "layer": _TEXT,
            "fixed_yuan": _FLOAT,
            "per_kg_yuan": _FLOAT,
            "late_yuan": _FLOAT,
            "late_share": _FLOAT,
        },
        key=("node", "region", "carrier", "layer"),
        optional=frozenset({"late_share"}),
        at_least={"fixed_yuan": 0, "per_kg_yuan": 0, "late_yuan": 0, "late_share": 0},
        at_most={"late_share": 1},
    ),
    "carriers": FrameContract(
        {"carrier": _TEXT, "capacity": _INT, "min_share": _FLOAT, "max_share": _FLOAT},
        key=("carrier",),
        at_least={"capacity": 0, "min_share": 0, "max_share": 0},
        at_most={"min_share": 1, "max_share": 1},
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One batch. Frames as in CONTRACTS; further columns are ignored. Build it, then `check_problem` it
    once."""

    orders: pl.DataFrame
    lines: pl.DataFrame
    skus: pl.DataFrame
    nodes: pl.DataFrame
    stock: pl.DataFrame
    offers: pl.DataFrame
    carriers: pl.DataFrame
    policy: AllocationPolicy

    def frame(self, name: str) -> pl.DataFrame:
        """The frame called `name` in CONTRACTS."""
        frame: pl.DataFrame = getattr(self, name)
        return frame


def check_problem(problem: Problem) -> None:
    """Raise BadProblem with the first thing that is wrong: columns, types, empty cells, ranges, keys,
    references."""
    for name, contract in CONTRACTS.items():
        frame = problem.frame(name)
        check_columns(name, frame, contract)
        _check_types(name, frame, contract)
        _check_values(name, frame, contract)
        _check_key(name, frame, contract)
    _check_reference(problem, "lines", "order_id", "orders")
    _check_reference(problem, "orders", "order_id", "lines")
    _check_reference(problem, "lines", "sku", "skus")
    _check_reference(problem, "stock", "sku", "skus")
    _check_reference(problem, "stock", "node", "nodes")
    _check_reference(problem, "offers", "node", "nodes")
    _check_reference(problem, "offers", "carrier", "carriers")
    _check_layers("skus.layer", problem.skus["layer"])
    _check_layers("offers.layer", problem.offers["layer"])
    _check_layers("nodes.layers", problem.nodes["layers"].list.explode(keep_nulls=True, empty_as_null=False))
    crossed = problem.carriers.filter(pl.col("min_share") > pl.col("max_share"))
    if crossed.height:
        raise BadProblem(f"carriers: {crossed['carrier'][0]} has a min_share above its max_share.")


def check_columns(name: str, frame: pl.DataFrame, contract: FrameContract) -> None:
    """Raise BadProblem if a column that the contract asks for is absent."""
    missing = [c for c in contract.columns if c not in frame.columns and c not in contract.optional]
    if missing:
        raise BadProblem(f"{name} lacks the column {', '.join(missing)}.")


def _check_types(name: str, frame: pl.DataFrame, contract: FrameContract) -> None:
    for column, dtype in contract.columns.items():
        if column in frame.columns and frame.schema[column] != dtype:
            raise BadProblem(f"{name}.{column} must be {type_in_words(dtype)}, but it is {frame.schema[column]}.")


def _check_values(name: str, frame: pl.DataFrame, contract: FrameContract) -> None:
    for column, dtype in contract.columns.items():
        if column not in frame.columns:
            continue
        values = frame[column]
        if values.null_count() and column not in contract.nullable:
            raise BadProblem(f"{name}.{column} is empty in row {values.is_null().arg_true()[0] + 1}.")
        if dtype == pl.Float64 and not values.is_finite().all():
            row = (~values.is_finite()).arg_true()[0] + 1
            raise BadProblem(f"{name}.{column} is not a finite number in row {row}.")
        low, high = contract.at_least.get(column), contract.at_most.get(column)
        if low is not None and (outside := (values < low).fill_null(value=False)).any():
            row = outside.arg_true()[0]
            raise BadProblem(f"{name}.{column} must be at least {low:g}, but row {row + 1} says {values[row]}.")
        if high is not None and (outside := (values > high).fill_null(value=False)).any():
            row = outside.arg_true()[0]
            raise BadProblem(f"{name}.{column} must be at most {high:g}, but row {row + 1} says {values[row]}.")


def _check_key(name: str, frame: pl.DataFrame, contract: FrameContract) -> None:
    if not contract.key:
        return
    twice = frame.filter(frame.select(contract.key).is_duplicated())
    if twice.height:
        cells = ", ".join(f"{column} {twice[column][0]!r}" for column in contract.key)
        raise BadProblem(f"{name} says the same thing twice: {cells}.")


def _check_reference(problem: Problem, name: str, column: str, target: str) -> None:
    strangers = problem.frame(name).join(problem.frame(target), on=column, how="anti")
    if not strangers.height:
        return
    value = strangers[column][0]
    if target == "lines":
        raise BadProblem(f"Order {value!r} has no lines.")
    raise BadProblem(f"{name} mentions {column} {value!r}, which {target} does not know.")


def _check_layers(label: str, layers: pl.Series) -> None:
    known = [layer.value for layer in Layer]
    strange = layers.filter(~layers.is_in(known) | layers.is_null())
    if len(strange):
        raise BadProblem(f"{label} says {strange[0]!r}; it must be one of {', '.join(known)}.")


def type_in_words(dtype: pl.DataType) -> str:
    """What a person calls a column type."""
    if isinstance(dtype, pl.Datetime):
        return "a timestamp"
    return {
        pl.String(): "text",
        pl.Int64(): "a whole number (i64)",
        pl.Int32(): "a whole number (i32)",
        pl.Float64(): "a number (f64)",
        pl.Date(): "a date",
    }.get(dtype, "a list of texts")
