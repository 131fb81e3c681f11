"""What incidents would have been raised on a file of complaints: `engine evaluate batches EVENTS EXPOSURE --out FILE`.

Touches no database. Whatever is wrong with a file is said in one sentence that names file, column and row.
"""

import time
from pathlib import Path

import polars as pl

from engine.aftersales.batch_policy import BatchRules
from engine.aftersales.streams import Universe, complaints_of, universe_of
from engine.aftersales.watch import Watch
from engine.errors import BadFile
from engine.model.frames import Contract, conform, empty
from engine.model.incidents import COMPLAINTS, EXPOSURE
from engine.usecases.room.evaluation_files import read_parquet, written_whole

_NAMES = ("sku", "lot", "node", "carrier", "region")


def evaluate_batches(events: Path, exposure: Path, out: Path, *, rules: BatchRules) -> dict[str, object]:
    """Write raised_at, level, key, kind, count, expected, p_value; return the summary. Raises BadFile."""
    started = time.perf_counter()
    raw = read_parquet(events)
    told = complaints_in(raw, called=events.name)
    exposed = exposure_in(read_parquet(exposure), called=exposure.name)
    frame, watch = raised(told, exposed, rules)
    frame = frame.with_columns(pl.col("raised_at").cast(pl.Datetime("us")))
    zone = raw.schema["time"]
    if isinstance(zone, pl.Datetime) and zone.time_zone is not None:
        frame = frame.with_columns(pl.col("raised_at").dt.replace_time_zone(zone.time_zone, ambiguous="earliest"))
    with written_whole(out, called="The incidents") as file:
        frame.write_parquet(file)
    return {
        "complaints": told.height,
        "alarms": frame.height,
        "levels_tested": [level.value for level in watch.universe.levels] if watch else [],
        "seconds": round(time.perf_counter() - started, 2),
    }


def raised(told: pl.DataFrame, exposed: pl.DataFrame, rules: BatchRules) -> tuple[pl.DataFrame, Watch | None]:
    """The incidents of COMPLAINTS and EXPOSURE frames, in order, and the watch that raised them."""
    schema: Contract = {
        "raised_at": pl.Datetime("us"), "level": pl.String, "key": pl.String, "kind": pl.String, "count": pl.Int64,
        "expected": pl.Float64, "p_value": pl.Float64,
    }  # fmt: skip
    universe = universe_of(exposed, told)
    if not universe.levels or told.is_empty():
        return empty(schema), None
    told = told.sort("time", maintain_order=True)
    complaints = complaints_of(told, universe, again_days=rules.buyers.again_days)
    watch = Watch(rules, universe, complaints)
    watch.run(int(complaints.time[-1]))
    rows = [
        (told["time"][a.event], a.cause.level.value, key_of(universe, watch, a.number), universe.kinds[a.kind],
         a.cause.buyers, a.cause.expected, a.p_value)
        for a in watch.alarms
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(schema), orient="row"), watch


def key_of(universe: Universe, watch: Watch, number: int) -> str:
    """How a file names the cause of an alarm: a lot as sku+lot."""
    cause = watch.alarms[number].cause
    return "+".join(universe.name(cause.level, cause.key))


def complaints_in(frame: pl.DataFrame, *, called: str) -> pl.DataFrame:
    """A file's complaints as COMPLAINTS, in the file's order. A zoned time counts days on its own clock."""
    _has(frame, ("time", "kind"), called)
    if not isinstance(frame.schema["time"], pl.Datetime):
        raise BadFile(f"{called}: column time holds {frame.schema['time']}; it must hold timestamps.")
    _no_gap(frame, "time", called)
    _no_gap(frame, "kind", called)
    time_column = pl.col("time").dt.replace_time_zone(None).cast(pl.Datetime("us"))
    texts = [_text(frame, name, called) for name in (*_NAMES, "kind", "buyer")]
    return conform(frame.select(time_column, *texts), COMPLAINTS)


def exposure_in(frame: pl.DataFrame, *, called: str) -> pl.DataFrame:
    """A file's exposure as EXPOSURE."""
    _has(frame, ("day", "units"), called)
    kind = frame.schema["day"]
    if isinstance(kind, pl.Datetime):
        day = pl.col("day").dt.date()
    elif kind == pl.Date:
        day = pl.col("day")
    elif kind == pl.String:
        day = pl.col("day").str.to_date("%Y-%m-%d", strict=False)
    else:
        raise BadFile(f"{called}: column day holds {kind}; it must hold dates.")
    if not frame.schema["units"].is_numeric():
        raise BadFile(f"{called}: column units holds {frame.schema['units']}; it must hold numbers.")
    texts = [_text(frame, name, called) for name in _NAMES]
    shaped = frame.select(day.alias("day"), *texts, pl.col("units").cast(pl.Float64))
    _no_gap(shaped, "day", called, told="a date such as 2026-11-11")
    fine = ((pl.col("units") >= 0) & pl.col("units").is_finite()).fill_null(value=False)
    bad = shaped.select(at=pl.arg_where(~fine))
    if bad.height:
        row = int(bad["at"][0])
        raise BadFile(f"{called}: column units is {frame['units'][row]} in row {row + 1}; it must be 0 or more.")
    return conform(shaped, EXPOSURE)


def _has(frame: pl.DataFrame, wanted: tuple[str, ...], called: str) -> None:
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise BadFile(f"{called} has no column {missing[0]}; it has {', '.join(frame.columns) or 'none'}.")


def _no_gap(frame: pl.DataFrame, name: str, called: str, told: str = "a value") -> None:
    gap = frame.select(pl.arg_where(pl.col(name).is_null())).to_series()
    if len(gap):
        raise BadFile(f"{called}: column {name} is empty or unreadable in row {gap[0] + 1}; it must hold {told}.")


def _text(frame: pl.DataFrame, name: str, called: str) -> pl.Expr:
    if name not in frame.columns:
        return pl.lit(None, dtype=pl.String).alias(name)
    kind = frame.schema[name]
    if kind.is_nested() or kind.is_float() or kind == pl.Binary:
        raise BadFile(f"{called}: column {name} holds {kind}; it must hold texts.")
    return pl.col(name).cast(pl.String)
