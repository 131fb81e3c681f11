"""The routes of a node as CSV: one line a stop in order, and one a parcel that no tour takes."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from engine.clock import BEIJING
from engine.errors import BadFile
from engine.store.database import Database
from engine.store.screens import routes as route_screens
from engine.usecases.floor.wave_files import BOM

STOPS = (
    "route",
    "carrier",
    "rider",
    "leaves_at",
    "seq",
    "arrives_at",
    "due_at",
    "metres",
    "kg",
    "parcel",
    "place",
    "orders",
)
MISSED = ("parcel", "carrier", "reason", "due_at")


def routes_csv(database: Database, node: str) -> str:
    """Every stop of the node's newest plan, tour by tour; times in Beijing."""
    tours = {row["route_id"]: row for row in route_screens.routes_now(database, node).iter_rows(named=True)}
    stops = route_screens.route_stops_now(database, node)
    return _csv(
        STOPS,
        (
            (
                row["route_id"], tours[row["route_id"]]["carrier"], tours[row["route_id"]]["rider"],
                _clock(tours[row["route_id"]]["leaves_at"]), row["seq"], _clock(row["arrives_at"]),
                _clock(row["due_at"]), round(row["metres"]), round(row["kg"], 2), row["parcel_id"], row["place"] or "",
                row["order_nos"] or "",
            )
            for row in stops.iter_rows(named=True)
        ),
    )  # fmt: skip


def missed_csv(database: Database, node: str) -> str:
    """What no tour takes, and why."""
    rows = route_screens.route_misses_now(database, node)
    return _csv(MISSED, ((parcel, carrier, why, _clock(due)) for parcel, carrier, why, due in rows.iter_rows()))


def write_route_files(database: Database, node: str, directory: Path) -> list[str]:
    """Write routes.csv and missed.csv into `directory`; returns their paths. Raises BadFile where that cannot be."""
    files = {"routes.csv": routes_csv(database, node), "missed.csv": missed_csv(database, node)}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (directory / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadFile(f"{directory} cannot be written: {error.strerror}.") from error
    return [str(directory / name) for name in files]


def _clock(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_plain(value) for value in row] for row in rows)
    return BOM + text.getvalue()


def _plain(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front: places come from outside."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
