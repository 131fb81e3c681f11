"""How do frames from outside become frames of the contract, without losing anything on the way?

Other people's tools write other widths, zones and nulls. What cannot be brought over exactly is refused.
"""

from collections.abc import Mapping

import polars as pl

from engine.allocation.problem import (
    CONTRACTS,
    AllocationPolicy,
    FrameContract,
    Problem,
    check_columns,
    check_problem,
    type_in_words,
    wrong_cell,
    wrong_type,
)
from engine.errors import BadProblem


def problem_from_frames(frames: Mapping[str, pl.DataFrame], policy: AllocationPolicy, *, called: str = "{}") -> Problem:
    """Frames from outside, brought to the contract's types where that loses nothing, and checked.

    Lossless means: any integer width, whole numbers written as floats (pandas does that beside nulls), times
    in any zone and unit (a time without a zone is read as UTC), days written as midnights, categorical text.
    Anything else raises BadProblem; `called` as in check_problem.
    """
    missing = [called.format(name) for name in CONTRACTS if name not in frames]
    if missing:
        raise BadProblem(f"The problem lacks {', '.join(missing)}.")
    problem = Problem(
        policy=policy,
        **{name: _conform(called.format(name), frames[name], contract) for name, contract in CONTRACTS.items()},
    )
    check_problem(problem, called=called)
    return problem


def _conform(name: str, frame: pl.DataFrame, contract: FrameContract) -> pl.DataFrame:
    check_columns(name, frame, contract)
    return frame.select(
        _conform_column(name, frame[column], dtype)
        for column, dtype in contract.columns.items()
        if column in frame.columns
    )


def _conform_column(name: str, column: pl.Series, dtype: pl.DataType) -> pl.Series:
    found = column.dtype
    if found == dtype:
        return column
    if isinstance(dtype, pl.Datetime) and isinstance(found, pl.Datetime):
        aware = column if found.time_zone else column.dt.replace_time_zone("UTC")
        return aware.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    known_text = isinstance(found, pl.Categorical | pl.Enum) and dtype == pl.String
    known_list = isinstance(found, pl.List) and found.inner in (pl.Categorical, pl.Enum, pl.Null) and dtype == pl.List
    numbers = found.is_numeric() and dtype.is_numeric()
    days = isinstance(found, pl.Datetime) and dtype == pl.Date
    if not (known_text or known_list or numbers or days or found == pl.Null):
        raise wrong_type(name, column.name, dtype, found)
    cast = column.cast(dtype, strict=False)
    changed = cast.is_null() & column.is_not_null()
    if numbers:
        changed |= (cast.cast(pl.Float64) != column.cast(pl.Float64)).fill_null(value=False)
    if days:
        changed |= (cast.cast(found) != column).fill_null(value=False)
    if changed.any():
        row = int(changed.arg_true()[0])
        raise wrong_cell(name, column.name, row, f"must be {type_in_words(dtype)}, but is {column[row]}")
    return cast
