"""Keeps what the floor was told to pack each released parcel in, so that what breaks later can be laid to a material.

It is what the wave's sheet recommended when it was released, not what a hand took: nobody reports that.
"""

from datetime import timedelta

import polars as pl

from engine.floor.policy import FloorPolicy
from engine.store import tables
from engine.store.database import Database
from engine.usecases.floor.wave_sheet import wave_sheet

WAVES = 40
"""Waves a run: some 2,000 parcels, under a second. The rest waits for the next run."""

DAYS = 2
"""Waves released longer ago are not asked for again: nothing known could hold their parcels."""


def record_packing(database: Database, policy: FloorPolicy, *, actor: str) -> int:
    """Of waves of which nothing is kept yet, the oldest first; returns the parcels kept."""
    waves = database.read(
        """
        SELECT w.wave_id FROM waves w
        WHERE EXISTS (SELECT 1 FROM packing_materials) AND w.released_at > $since
          AND w.wave_id NOT IN (SELECT wave_id FROM wave_parcels SEMI JOIN parcel_packing USING (parcel_id))
        ORDER BY w.version, w.wave_id LIMIT $most
        """,
        {"most": WAVES, "since": database.now() - timedelta(days=DAYS)},
    )["wave_id"].to_list()
    told = [
        (slot.parcel_id, slot.advice.best.material, slot.advice.best.pieces)
        for wave_id in waves
        for slot in wave_sheet(database, wave_id, policy).slots
        if slot.advice is not None and slot.advice.best is not None
    ]
    if not told:
        return 0
    schema = {"parcel_id": pl.String, "material": pl.String, "pieces": pl.Int32}
    rows = pl.DataFrame(told, schema=schema, orient="row")
    with database.transaction(actor=actor, verb="record_packing", subject=f"{len(waves)} waves") as tx:
        known = tx.matching(tables.parcel_packing, rows.select("parcel_id"), "parcel_id")
        fresh = rows.join(known, on="parcel_id", how="anti")
        tx.append(tables.parcel_packing, fresh.with_columns(told_at=pl.lit(tx.at).dt.cast_time_unit("us")), stamp=True)
        tx.note(waves=len(waves), parcels=fresh.height)
    return fresh.height
