"""What the page of waybills needs to know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.clock import BEIJING
from engine.model.states import Platform
from engine.rules.penalties import Clause
from engine.store.database import Database
from engine.store.screens import waybills as waybill_screens
from engine.usecases.room.rules import RoomRules


@dataclass(frozen=True, slots=True)
class Waybills:
    """The proposals that stand, the round that made them (None: none yet), and what is uploaded and not picked up.

    `clocks`: hours of 轨迹超时 and 轨迹异常 by which `uploaded` is counted; None: no rules are in force.
    """

    stamp: Stamp
    round: dict[str, Any] | None
    proposals: pl.DataFrame
    uploaded: pl.DataFrame
    clocks: tuple[int, int] | None


def waybills(database: Database, as_of: datetime, rules: RoomRules) -> Waybills:
    """Ask everything that page shows. Uploads are counted by Douyin's clocks, the only ones that are known."""
    last = waybill_screens.last_waybill_round(database)
    ladder = rules.ladders_on(as_of.astimezone(BEIJING).date()).get(Platform.DOUYIN)
    clocks = None
    if ladder is not None:
        clocks = round(ladder.hours_of(Clause.TRACE_TIMEOUT)), round(ladder.hours_of(Clause.TRACE_ANOMALY))
    timeout, anomaly = clocks or (0, 0)
    uploaded = waybill_screens.uploaded_parcels(database, as_of, timeout_hours=timeout, anomaly_hours=anomaly)
    return Waybills(
        stamp=stamp(database, as_of),
        round=None if last.is_empty() else last.row(0, named=True),
        proposals=waybill_screens.upload_proposals(database),
        uploaded=uploaded if clocks else uploaded.clear(),
        clocks=clocks,
    )
