"""What the floor's pages need to know: open work by route, and one wave."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.store.database import Database
from engine.store.screens import floor as floor_screens
from engine.usecases.floor import wave_sheet as sheets
from engine.usecases.floor.floor_policy import load_floor_policy
from engine.usecases.floor.floor_work import open_work


@dataclass(frozen=True, slots=True)
class Floor:
    """Open work of every node by route, and the nodes that have any, or waves."""

    stamp: Stamp
    work: pl.DataFrame
    nodes: pl.DataFrame


def floor(database: Database, as_of: datetime) -> Floor:
    """Ask what waits for a wave."""
    return Floor(
        stamp=stamp(database, as_of),
        work=open_work(database, load_floor_policy(), now=as_of),
        nodes=floor_screens.floor_nodes(database),
    )


def wave_sheet(database: Database, wave_id: str) -> sheets.WaveSheet:
    """Ask for one wave. Raises NotFound."""
    return sheets.wave_sheet(database, wave_id, load_floor_policy())
