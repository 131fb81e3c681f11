"""Weather into the room: what is new is stored, what an issue only repeats is not, in one audited commit."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from engine.intake.place_names import PlaceNames
from engine.intake.weather_rows import Fault, weather_rows
from engine.model.frames import INSTANT, conform
from engine.model.weather import VALUES, WEATHER
from engine.store import tables
from engine.usecases.room.receipts import RowsReceipt
from engine.usecases.room.workplace import Workplace

_HOUR = ("place", "valid_at", "source")
_TOLD = ("kind", *VALUES)


def place_names(work: Workplace) -> PlaceNames:
    """Cities and provinces as people call them."""
    return work.made_once("place_names", lambda: PlaceNames(work.gazetteer.regions))


def take_weather(work: Workplace, rows: Sequence[Any], *, actor: str, source: str) -> RowsReceipt:
    """Rows as people and programs write them (weather_rows.py); the wrong ones are answered with their sentence."""
    hours, faults = weather_rows(rows, place_names(work), now=work.now(), source=source)
    return record_weather(work, hours, faults, actor=actor)


def record_weather(work: Workplace, hours: pl.DataFrame, faults: Sequence[Fault] = (), *, actor: str) -> RowsReceipt:
    """Store hours (WEATHER). An issue that says of an hour what its source's issue before it said is repeated.

    So is an hour told twice by one issue: the first counts.
    """
    read = hours.height + len(faults)
    with work.database.transaction(actor=actor, verb="record_weather", subject=f"{read} hours") as tx:
        told = conform(hours, WEATHER).unique([*_HOUR, "issued_at"], keep="first", maintain_order=True)
        keys = told.select("place", "valid_at").unique()
        known = tx.matching(tables.weather, keys, *WEATHER).with_columns(new=pl.lit(value=False))
        known = known.with_columns(pl.col("valid_at", "issued_at").cast(INSTANT))
        both = pl.concat([known.select(*WEATHER, "new"), told.with_columns(new=pl.lit(value=True))])
        both = both.sort(*_HOUR, "issued_at", "new", maintain_order=True)
        as_before = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1).over(_HOUR)) for name in _TOLD)
        first = pl.int_range(pl.len()).over(_HOUR) == 0
        at_once = pl.col("issued_at").eq_missing(pl.col("issued_at").shift(1).over(_HOUR))
        fresh = both.filter(pl.col("new") & (first | ~(as_before | at_once))).drop("new")
        now = pl.lit(tx.at).dt.cast_time_unit("us")
        tx.append(tables.weather, fresh.with_columns(ingest_time=now), stamp=True)
        repeated = hours.height - fresh.height
        tx.note(recorded=fresh.height, repeated=repeated, refused=len(faults))
    return RowsReceipt(read, fresh.height, repeated, len(faults), tuple(faults))
