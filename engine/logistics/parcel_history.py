"""Which parcels went where, what was promised, when did each arrive? A frame from outside becomes arrays.

Late is by calendar day: a parcel is late when it arrives on a later day than the one its promise falls on. Days are
those of the times as written; times with a zone count in Beijing days.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.errors import BadFile

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DAY = 86_400_000
"""Milliseconds: the unit of every moment here. Whole numbers, so that sums do not depend on what else is summed."""

NEVER = 1 << 50
"""A moment beyond every history: what has not happened."""

TIMES = ("ordered_at", "promised_at", "picked_up_at", "delivered_at")
NAMES = ("origin", "destination", "carrier", "seller")
MEASURES = ("weight_kg", "value_yuan", "distance_km")
COLUMNS = ("parcel_id", *TIMES, *NAMES, *MEASURES)
EXTRA = "x_"
"""Columns with this prefix are whatever else the brand knew when the order came."""


@dataclass(frozen=True, slots=True)
class ParcelHistory:
    """One row a parcel, in the order they were ordered. Moments in milliseconds, NEVER where nothing happened."""

    parcel_id: pl.Series
    ordered: Integers
    due: Integers  # the end of the promised day: what arrives then or later is late
    picked_up: Integers
    delivered: Integers
    names: dict[str, Integers]  # per column of names, a number for each name
    measures: dict[str, Floats]  # per column of numbers, NaN where unknown
    zoned: bool  # moments are Beijing's; else they are as written, in whatever place that was

    @property
    def late(self) -> Flags:
        """Whether each was late; what has not arrived counts as late, so ask only once its promise has passed."""
        flags: Flags = self.delivered >= self.due
        return flags

    def __len__(self) -> int:
        return len(self.ordered)


def parcel_history(frame: pl.DataFrame, *, called: str) -> ParcelHistory:
    """The history in a frame with COLUMNS and any x_* ones, sorted by order time. Raises BadFile with one sentence."""
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise BadFile(f"{called} lacks the column {missing[0]}; a history has {', '.join(COLUMNS)}, and any x_*.")
    if frame.is_empty():
        raise BadFile(f"{called} has no parcel in it.")
    extras = [name for name in frame.columns if name.startswith(EXTRA)]
    frame = frame.select(*COLUMNS, *extras)
    _check_names_and_numbers(frame, called)
    times = _moments(frame.select(TIMES), called)
    for name in ("parcel_id", "ordered_at", "promised_at"):
        column = frame[name] if name == "parcel_id" else times[name]
        if column.null_count():
            row = int(column.is_null().arg_true()[0]) + 1
            raise BadFile(f"{called}, row {row}: {name} is empty; each parcel needs its id, order time and promise.")
    if frame["parcel_id"].n_unique() < len(frame):
        twice = frame["parcel_id"].filter(frame["parcel_id"].is_duplicated())[0]
        raise BadFile(f"{called} has the parcel {twice} more than once.")
    early = (times["delivered_at"] < times["ordered_at"]).fill_null(value=False)
    if early.any():
        row = int(early.arg_true()[0])
        raise BadFile(f"{called}, row {row + 1}: {frame['parcel_id'][row]} was delivered before it was ordered.")
    order = pl.DataFrame({"at": times["ordered_at"], "id": frame["parcel_id"].cast(pl.String)}).select(
        pl.arg_sort_by("at", "id")
    )["at"]
    frame, times = frame[order], times[order]
    names, measures = _features(frame, times)
    return ParcelHistory(
        parcel_id=frame["parcel_id"],
        ordered=_whole(times["ordered_at"]),
        due=_whole(times["promised_at"].dt.truncate("1d")) + DAY,
        picked_up=_whole(times["picked_up_at"]),
        delivered=_whole(times["delivered_at"]),
        names=names,
        measures=measures,
        zoned=any(getattr(kind, "time_zone", None) for kind in frame.select(TIMES).dtypes),
    )


def _check_names_and_numbers(frame: pl.DataFrame, called: str) -> None:
    for name in NAMES:
        kind = frame.schema[name]
        if not (kind.is_integer() or kind in (pl.String, pl.Categorical, pl.Enum, pl.Null)):
            raise BadFile(f"{called}: {name} holds {kind}; it must be text or whole numbers.")
    for name in MEASURES:
        if not (frame.schema[name].is_numeric() or frame.schema[name] == pl.Null):
            raise BadFile(f"{called}: {name} holds {frame.schema[name]}; it must be numbers.")
    if frame.schema["parcel_id"].is_nested():
        raise BadFile(f"{called}: parcel_id holds {frame.schema['parcel_id']}; it must be text or whole numbers.")


def _moments(times: pl.DataFrame, called: str) -> pl.DataFrame:
    """The four times without a zone, in milliseconds."""
    zoned = set()
    columns = []
    for name, kind in times.schema.items():
        column = times[name]
        if kind == pl.Null:
            columns.append(column.cast(pl.Datetime("ms")))
            continue
        if kind == pl.Date:
            column = column.cast(pl.Datetime("ms"))
        elif not isinstance(kind, pl.Datetime):
            raise BadFile(f"{called}: {name} holds {kind}; it must be timestamps.")
        zone = getattr(kind, "time_zone", None)
        zoned.add(zone is not None)
        if zone is not None:
            column = column.dt.convert_time_zone("Asia/Shanghai").dt.replace_time_zone(None)
        columns.append(column.dt.cast_time_unit("ms"))
    if len(zoned) > 1:
        raise BadFile(f"{called} has times with a zone beside times without one; give all or none of them a zone.")
    return pl.DataFrame(columns)


def _whole(moments: pl.Series) -> Integers:
    found: Integers = moments.dt.epoch("ms").fill_null(NEVER).to_numpy().astype(np.int64)
    return found


def _features(frame: pl.DataFrame, times: pl.DataFrame) -> tuple[dict[str, Integers], dict[str, Floats]]:
    names = {name: _numbered(frame[name]) for name in NAMES}
    measures = {name: _floats(frame[name]) for name in MEASURES}
    for name in frame.columns:
        if not name.startswith(EXTRA):
            continue
        column, kind = frame[name], frame.schema[name]
        if kind.is_numeric() or kind == pl.Boolean:
            measures[name] = _floats(column)
        elif isinstance(kind, pl.Datetime) or kind == pl.Date:
            # A moment by itself would only tell the season; what counts is how far off it was.
            moment = column.cast(pl.Datetime("ms"))
            measures[name] = _floats((moment - times["ordered_at"]).dt.total_milliseconds() / DAY)
        elif kind in (pl.String, pl.Categorical, pl.Enum):
            names[name] = _numbered(column)
    names["area"] = _numbered(_area(frame["destination"].cast(pl.String)))
    # Columns of another kind (lists, structs) say nothing that could be counted; they are left aside.
    return names, measures


def _area(destination: pl.Series) -> pl.Series:
    """Codes of four digits and more (adcodes, postcodes) lie in the area of their first two; names are their own."""
    text = destination.to_frame("code")
    code = pl.col("code")
    area = code.str.head(2) + "/" + code.str.len_chars().cast(pl.String)
    return text.select(pl.when(code.str.contains(r"^\d{4,}$")).then(area).otherwise(code).alias("area"))["area"]


def _numbered(column: pl.Series) -> Integers:
    text = column.cast(pl.String).fill_null("")
    found: Integers = text.rank("dense").to_numpy().astype(np.int64)
    return found


def _floats(column: pl.Series) -> Floats:
    # Endless values are measurement faults; like missing ones they are unknown.
    found: Floats = column.cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    found[~np.isfinite(found)] = np.nan
    return found


def combined(*codes: Integers) -> Integers:
    """One number for each combination of numbers, from 0 on."""
    found = np.zeros(len(codes[0]), dtype=np.int64)
    for code in codes:
        dense = np.unique(code, return_inverse=True)[1]
        found = np.unique(found * (int(dense.max(initial=0)) + 1) + dense, return_inverse=True)[1]
    return found.astype(np.int64)
