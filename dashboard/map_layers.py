"""What the courier map draws, layer by layer, as rows that a browser fetches: place, colour, width, words.

Nothing personal leaves by here: orders are counts of a district, and a rider is a code, masked where it looks like a
telephone number. Rows come in a fixed order, because the map picks by position.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
import polars as pl

from dashboard.components import palette as p
from dashboard.wording import NOTHING, Words
from engine.logistics.courier_policy import CourierPolicy
from engine.store.database import Database
from engine.store.screens import maps as map_screens
from engine.usecases.riders.courier_policy import load_courier_policy
from engine.usecases.riders.rider_arrivals import rider_arrivals

Rows = list[dict[str, Any]]
Layer = Callable[[Database, datetime, Words, str], Rows]

WIDEST_LANE = 14.0
"""Pixels of the lane with the most parcels; width follows the root of the count, as area does to the eye."""
MOST_LABELS = 150
"""Riders in sight up to which each next stop carries its time; more would be a grey carpet of digits."""
_NUMBER = re.compile(r"\d{7,}")

PLAIN, CROWDED = (230, 130), (70, 16)
"""Opacity of a rider's next stop and of the later ones; CROWDED where there are too many for labels: the lines to
15,000 stops, at full strength on a map of a city, hid its 5,000 riders."""


def masked(courier: str) -> str:
    """A rider's code on a screen."""
    return _NUMBER.sub(lambda found: f"{found[0][:3]}****{found[0][-2:]}", courier)


def couriers(database: Database, now: datetime, t: Words, city: str) -> Rows:
    """Riders of a city: green under way, blue standing, red where a stop will be late, grey when silent."""
    policy = load_courier_policy()
    stops = rider_arrivals(database, policy, city=city, now=now)
    tours = stops.group_by("courier", maintain_order=True).agg(pl.col("place", "eta").first(), pl.col("late").any())
    next_stop = {row["courier"]: row for row in tours.iter_rows(named=True)}
    return [
        _rider(t, row, next_stop.get(row["courier"]), policy, now)
        for row in map_screens.riders(database, city).iter_rows(named=True)
    ]


def _rider(
    t: Words,
    row: Mapping[str, Any],
    stop: Mapping[str, Any] | None,
    policy: CourierPolicy,
    now: datetime,
) -> dict[str, Any]:
    age = (now - row["event_time"]).total_seconds()
    silent = age > 60 * policy.map.silent_minutes
    colour = p.QUIET if silent else p.RED if stop and stop["late"] else p.GREEN if row["speed_kmh"] else p.BLUE
    speed = NOTHING if row["speed_kmh"] is None else t("courier_map.kmh", n=t.count(round(row["speed_kmh"])))
    told = [t("courier_map.rider", name=masked(row["courier"]), age=t.age(age)), speed]
    if row["node"] is not None:
        told.append(t.name(row, "node"))
    if stop is not None and stop["eta"] is not None:
        told.append(t("courier_map.next", n=t.count(row["stops"]), place=stop["place"], at=t.clock(stop["eta"])[:5]))
    return {"p": [row["lon"], row["lat"]], "c": p.rgb(colour, 235), "tip": "\n".join(told)}


def trails(database: Database, now: datetime, t: Words, city: str) -> Rows:
    """The way of each rider of a city over the last minutes."""
    since = now - timedelta(minutes=load_courier_policy().trail.minutes)
    rows: Rows = []
    for courier, lon, lat, trail in map_screens.rider_trails(database, city, since).iter_rows():
        way = [
            [round(point[0], 5), round(point[1], 5)] for point in orjson.loads(trail) if point[2] >= since.timestamp()
        ]
        rows.append({"w": [*way, [lon, lat]], "tip": masked(courier)})
    return rows


def stops(database: Database, now: datetime, t: Words, city: str) -> Rows:
    """Open stops of a city's riders: where, when, and the straight line to each from the one before."""
    timed = rider_arrivals(database, load_courier_policy(), city=city, now=now)
    labelled = timed["courier"].n_unique() <= MOST_LABELS
    rows: Rows = []
    before: dict[str, list[float]] = {}
    for row in timed.filter(pl.col("eta").is_not_null()).iter_rows(named=True):
        courier, here = row["courier"], [row["lon"], row["lat"]]
        first = courier not in before
        at = t.clock(row["eta"])[:5]
        told = [t("courier_map.stop", place=row["place"], name=masked(courier)), t("courier_map.eta", at=at)]
        if row["due_at"] is not None:
            told.append(t("courier_map.due", at=t.stamp(row["due_at"])[5:16]))
        rows.append(
            {
                "p": here,
                "w": [before.get(courier, [row["rider_lon"], row["rider_lat"]]), here],
                "c": p.rgb(p.RED if row["late"] else p.GOLD, (PLAIN if labelled else CROWDED)[0 if first else 1]),
                "label": at if first and labelled else "",
                "tip": "\n".join(told),
            }
        )
        before[courier] = here
    return rows


def orders(database: Database, now: datetime, t: Words, city: str) -> Rows:
    """Open orders of a city, counted by district: the room knows no door, and a map of doors would be personal."""
    found = map_screens.orders_on_map(database, city.rstrip("0").ljust(2, "0"))
    most = max(found["orders"].max() or 0, 1)  # type: ignore[type-var]
    return [
        {
            "p": [row["lon"], row["lat"]],
            "r": 4 + 26 * (row["orders"] / most) ** 0.5,
            "tip": t(
                "courier_map.orders", place=row["place"], n=t.count(row["orders"]), planned=t.count(row["planned"])
            ),
        }
        for row in found.iter_rows(named=True)
    ]


def nodes(database: Database, now: datetime, t: Words, city: str) -> Rows:
    """Warehouses, depots and stores with what stands in them; red where closed. Without a city: no stores."""
    sizes = {"warehouse": 8.0, "depot": 6.0, "store": 4.0, "pickup": 4.0}
    colours = {"warehouse": p.GOLD, "depot": p.YELLOW, "store": p.TEXT, "pickup": p.TEXT}
    rows: Rows = []
    for row in map_screens.nodes_on_map(database).iter_rows(named=True):
        if not city and row["kind"] in ("store", "pickup"):
            continue
        waiting, moving = t.count(row["waiting"]), t.count(row["moving"])
        told = t(
            "courier_map.node", kind=t.of("node_kind", row["kind"]), name=t.name(row), waiting=waiting, moving=moving
        )
        closed = row["state"] == "closed"
        rows.append(
            {
                "p": [row["lon"], row["lat"]],
                "r": sizes[row["kind"]],
                "c": p.rgb(p.RED if closed else colours[row["kind"]], 235),
                "label": t.name(row).split("(")[0].split(",")[0] if row["kind"] == "warehouse" else "",
                "tip": told,
            }
        )
    return rows


def lanes(database: Database, now: datetime, t: Words, city: str) -> Rows:
    """Parcels with a waybill from node to province: width by count, colour by the share forecast late."""
    found = map_screens.lanes(database, load_courier_policy().map.late_chance)
    most = max(found["parcels"].max() or 0, 1)  # type: ignore[type-var]
    rows: Rows = []
    for row in found.iter_rows(named=True):
        share = row["late"] / row["forecast"] if row["forecast"] else None
        told = [
            t("courier_map.lane", node=t.name(row), province=t.of("province", row["province"])),
            t("courier_map.lane_parcels", n=t.count(row["parcels"]), moving=t.count(row["moving"])),
            t("courier_map.lane_unknown") if share is None else t("courier_map.lane_late", share=t.share(share)),
        ]
        colour = p.BLUE if share is None else p.RED if share >= 0.2 else p.ORANGE if share >= 0.05 else p.GREEN
        rows.append(
            {
                "s": [row["from_lon"], row["from_lat"]],
                "e": [row["to_lon"], row["to_lat"]],
                "width": round(max(1.0, WIDEST_LANE * (row["parcels"] / most) ** 0.5), 1),
                "c": p.rgb(colour, 170),
                "tip": "\n".join(told),
            }
        )
    return rows


def hubs(database: Database, now: datetime, t: Words, city: str) -> Rows:
    """Where parcels under way were last scanned."""
    found = map_screens.hubs(database)
    most = max(found["parcels"].max() or 0, 1)  # type: ignore[type-var]
    return [
        {
            "p": [row["lon"], row["lat"]],
            "r": 3 + 15 * (row["parcels"] / most) ** 0.5,
            "tip": t("courier_map.hub", place=row["place"], n=t.count(row["parcels"])),
        }
        for row in found.iter_rows(named=True)
    ]


LAYERS: dict[str, Layer] = {
    "couriers": couriers,
    "trails": trails,
    "stops": stops,
    "orders": orders,
    "nodes": nodes,
    "lanes": lanes,
    "hubs": hubs,
}
