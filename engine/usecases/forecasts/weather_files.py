"""CSV files of weather and of hub states into the room, in pieces: a kill loses nothing, and again changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.errors import BadFile
from engine.intake.text_tables import text_table
from engine.intake.weather_rows import HUB_COLUMNS, WEATHER_COLUMNS
from engine.usecases.forecasts.record_hub_states import take_hub_states
from engine.usecases.forecasts.record_weather import take_weather
from engine.usecases.room.receipts import RowsReceipt
from engine.usecases.room.workplace import Workplace

PIECE = 20_000
"""Rows a commit."""


class Told(StrEnum):
    """What a file tells of."""

    WEATHER = "weather"
    HUBS = "hubs"


_COLUMNS = {Told.WEATHER: (WEATHER_COLUMNS, ("place", "valid_at")), Told.HUBS: (HUB_COLUMNS, ("hub", "condition"))}


def take_weather_file(
    work: Workplace, path: Path, what: Told, *, actor: str, progress: Callable[[int], object]
) -> RowsReceipt:
    """Take in one file; rows of faults count as a spreadsheet does, the header being row 1. Raises BadFile."""
    rows = _rows(path, what)
    take = {Told.WEATHER: take_weather, Told.HUBS: take_hub_states}[what]
    total = RowsReceipt(0, 0, 0, 0, ())
    for first in range(0, len(rows), PIECE):
        piece = rows[first : first + PIECE]
        receipt = take(work, piece, actor=actor, source=f"csv:{path.name}")
        faults = [{**fault, "row": piece[fault["row"] - 1]["row"]} for fault in receipt.faults]
        total = replace(
            total,
            read=total.read + receipt.read,
            recorded=total.recorded + receipt.recorded,
            repeated=total.repeated + receipt.repeated,
            refused=total.refused + receipt.refused,
            faults=(*total.faults, *faults),
        )
        progress(receipt.read)
    return total


def _rows(path: Path, what: Told) -> list[dict[str, Any]]:
    try:
        table = text_table(path.read_bytes(), path.name)
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from error
    columns, needed = _COLUMNS[what]
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise BadFile(f"{path.name} has no column {missing[0]!r}; a file of {what} has {', '.join(columns)}.")
    strange = [name for name in table.columns if name not in (*columns, "row", "broken", "raw_line")]
    if strange:
        raise BadFile(f"{path.name} has a column {strange[0]!r} that nobody reads; there are {', '.join(columns)}.")
    return table.to_dicts()
