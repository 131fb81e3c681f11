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
Source: the platform's near-expiry notice with planned effect 2026-06-02. What problem files mean; a room takes the
table from the platforms' rule packs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationPolicy:
    """The knobs of one batch.

    now: the planning moment, aware. A node without a cut-off is predicted to hand over now.
    unserved_yuan: what one unserved order costs (refund handling, coupon, a lost buyer); the plan's cost
    includes it.
    handling_yuan_per_parcel: packing and material per parcel, on top of the carrier's price.
    merge: orders of one buyer and region may share a parcel.
    max_share_yuan, min_share_yuan: what a parcel above (below) a carrier's agreed share of the parcels planned is
    charged when deciding. Shares give way only where keeping them would cost more than this; the shortfall of the
    share that gives way first (min) is the cheaper one. Charges are stated apart; cost_yuan does not contain them.
    near_expiry: see NEAR_EXPIRY_DAYS; longest shelf life first, ending with shelf life 0.
    """

    now: datetime
    unserved_yuan: float = 200.0
    handling_yuan_per_parcel: float = 0.0
    merge: bool = True
    max_share_yuan: float = 100.0
    min_share_yuan: float = 50.0
    near_expiry: tuple[tuple[int, int], ...] = NEAR_EXPIRY_DAYS

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise BadProblem("policy: now must say its time zone.")
        for name in ("unserved_yuan", "handling_yuan_per_parcel", "max_share_yuan", "min_share_yuan"):
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
        # max_km: from a node to the order, as the crow flies; empty or absent: no radius.
        {"carrier": _TEXT, "capacity": _INT, "min_share": _FLOAT, "max_share": _FLOAT, "max_km": _FLOAT},
        key=("carrier",),
        nullable=frozenset({"max_km"}),
        optional=frozenset({"max_km"}),
        at_least={"capacity": 0, "min_share": 0, "max_share": 0, "max_km": 0},
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


def check_problem(problem: Problem, *, called: str = "{}") -> None:
    """Raise BadProblem with the first thing that is wrong: columns, types, empty cells, ranges, keys,
    references.

    One sentence, which names frame, column and, where there is one, row (the first is 1). `called` is how the
    frame "stock" is called to whoever reads it: "{}.parquet" where the problem comes from files.
    """
    names = {name: called.format(name) for name in CONTRACTS}
    for name, contract in CONTRACTS.items():
        frame = problem.frame(name)
        check_columns(names[name], frame, contract)
        _check_types(names[name], frame, contract)
        _check_values(names[name], frame, contract)
        _check_key(names[name], frame, contract)
    _check_reference(problem, "lines", "order_id", "orders", names)
    _check_reference(problem, "orders", "order_id", "lines", names)
    _check_reference(problem, "lines", "sku", "skus", names)
    _check_reference(problem, "stock", "sku", "skus", names)
    _check_reference(problem, "stock", "node", "nodes", names)
    _check_reference(problem, "offers", "node", "nodes", names)
    _check_reference(problem, "offers", "carrier", "carriers", names)
    _check_layers(names["skus"], "layer", problem.skus)
    _check_layers(names["offers"], "layer", problem.offers)
    _check_layers(names["nodes"], "layers", problem.nodes)
    _check_shares(names["carriers"], problem.carriers)


def wrong_cell(name: str, column: str, row: int | None, says: str) -> BadProblem:
    """The refusal of one cell (`row` counts from 0) or, with no row, of a whole column."""
    columns = f"columns {column}" if ", " in column else f"column {column}"
    where = "" if row is None else f", row {row + 1}"
    return BadProblem(f"{name}, {columns}{where}: {says}.")


def check_columns(name: str, frame: pl.DataFrame, contract: FrameContract) -> None:
    """Raise BadProblem if a column that the contract asks for is absent."""
    missing = [c for c in contract.columns if c not in frame.columns and c not in contract.optional]
    if len(missing) == 1:
        raise BadProblem(f"{name}: the column {missing[0]} is missing.")
    if missing:
        raise BadProblem(f"{name}: the columns {', '.join(missing)} are missing.")


def _check_types(name: str, frame: pl.DataFrame, contract: FrameContract) -> None:
    for column, dtype in contract.columns.items():
        if column in frame.columns and frame.schema[column] != dtype:
            raise wrong_type(name, column, dtype, frame.schema[column])


def wrong_type(name: str, column: str, dtype: pl.DataType, found: pl.DataType) -> BadProblem:
    """The refusal of a column that is of another type than the contract's."""
    return wrong_cell(name, column, None, f"must be {type_in_words(dtype)}, but is of the type {found}")


def _check_values(name: str, frame: pl.DataFrame, contract: FrameContract) -> None:
    for column, dtype in contract.columns.items():
        if column not in frame.columns:
            continue
        values = frame[column]
        if values.null_count() and column not in contract.nullable:
            raise wrong_cell(name, column, _first(values.is_null()), "is empty")
        if dtype == pl.Float64 and not values.is_finite().all():
            row = _first(~values.is_finite())
            raise wrong_cell(name, column, row, f"must be a finite number, but is {values[row]}")
        low, high = contract.at_least.get(column), contract.at_most.get(column)
        if low is not None and (outside := values < low).any():
            row = _first(outside)
            raise wrong_cell(name, column, row, f"must be at least {low:g}, but is {values[row]}")
        if high is not None and (outside := values > high).any():
            row = _first(outside)
            raise wrong_cell(name, column, row, f"must be at most {high:g}, but is {values[row]}")


def _check_key(name: str, frame: pl.DataFrame, contract: FrameContract) -> None:
    if not contract.key or frame.select(contract.key).n_unique() == frame.height:
        return
    keys = frame.select(contract.key).with_row_index("row")
    row, *cells = keys.filter(~pl.struct(contract.key).is_first_distinct()).row(0)
    same = [pl.col(column) == cell for column, cell in zip(contract.key, cells, strict=True)]
    first = keys.filter(*same)["row"][0]
    said = ", ".join(repr(cell) for cell in cells)
    raise wrong_cell(name, ", ".join(contract.key), row, f"{said} stands in row {first + 1} already")


def _check_reference(problem: Problem, name: str, column: str, target: str, names: Mapping[str, str]) -> None:
    mentioned, known = problem.frame(name)[column], problem.frame(target).select(column)
    if mentioned.to_frame().join(known, on=column, how="anti").is_empty():
        return
    row = _first(~mentioned.is_in(known[column].implode()))
    if target == "lines":
        raise wrong_cell(names[name], column, row, f"order {mentioned[row]!r} has no lines in {names[target]}")
    raise wrong_cell(names[name], column, row, f"{mentioned[row]!r} does not stand in {names[target]}")


def _check_layers(name: str, column: str, frame: pl.DataFrame) -> None:
    layers = frame.select(column).with_row_index("row")
    if layers.schema[column] == pl.List:
        layers = layers.explode(column, keep_nulls=True, empty_as_null=False)
    known = [layer.value for layer in Layer]
    strange = layers.filter(~pl.col(column).is_in(known) | pl.col(column).is_null())
    if strange.height:
        row, layer = strange.row(0)
        raise wrong_cell(name, column, row, f"must be one of {', '.join(known)}, but is {layer!r}")


def _check_shares(name: str, carriers: pl.DataFrame) -> None:
    crossed = carriers["min_share"] > carriers["max_share"]
    if crossed.any():
        row = _first(crossed)
        low, high = carriers["min_share"][row], carriers["max_share"][row]
        raise wrong_cell(name, "min_share", row, f"{low:g} is above the max_share of {high:g}")


def _first(wrong: pl.Series) -> int:
    """The first row in which something is wrong, counted from 0."""
    return int(wrong.arg_true()[0])


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
