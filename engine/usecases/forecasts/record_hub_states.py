"""What somebody says of a carrier's hub: kept as it was said, with who said it; the last word counts."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from engine.intake.weather_rows import Fault, hub_rows
from engine.model.frames import INSTANT, conform
from engine.model.weather import HUB_STATES
from engine.store import tables
from engine.usecases.forecasts.record_weather import place_names
from engine.usecases.room.receipts import RowsReceipt
from engine.usecases.room.workplace import Workplace


def take_hub_states(work: Workplace, rows: Sequence[Any], *, actor: str, source: str) -> RowsReceipt:
    """Rows as people and programs write them (weather_rows.py); the wrong ones are answered with their sentence."""
    states, faults = hub_rows(rows, place_names(work), now=work.now(), source=source, said_by=actor)
    return record_hub_states(work, states, faults, actor=actor)


def record_hub_states(
    work: Workplace, states: pl.DataFrame, faults: Sequence[Fault] = (), *, actor: str
) -> RowsReceipt:
    """Store states (HUB_STATES). What is said again word by word, with the same beginning, is repeated."""
    read = states.height + len(faults)
    with work.database.transaction(actor=actor, verb="record_hub_states", subject=f"{read} hub states") as tx:
        told = conform(states, HUB_STATES).unique(maintain_order=True)
        known = tx.matching(tables.hub_states, told.select("hub").unique(), *HUB_STATES)
        known = known.with_columns(pl.col("begins_at", "ends_at").cast(INSTANT))
        fresh = told.join(known, on=list(HUB_STATES), how="anti", nulls_equal=True)
        tx.append(tables.hub_states, fresh.with_columns(ingest_time=pl.lit(tx.at).dt.cast_time_unit("us")), stamp=True)
        repeated = states.height - fresh.height
        said = fresh.select("name", "condition").head(20).rows()
        tx.note(recorded=fresh.height, repeated=repeated, refused=len(faults), said=said)
    return RowsReceipt(read, fresh.height, repeated, len(faults), tuple(faults))
