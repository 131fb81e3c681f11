"""What comes back from the views of riders and the courier map."""

import polars as pl

from engine.model.frames import INSTANT, Contract

TEXT, COUNT, REAL = pl.String, pl.Int64, pl.Float64

MAP_SHAPES: dict[str, Contract] = {
    "riders": {
        "courier": TEXT, "node": TEXT, "node_zh": TEXT, "node_en": TEXT, "city": TEXT, "event_time": INSTANT,
        "lon": REAL, "lat": REAL, "speed_kmh": REAL, "stops": COUNT,
    },
    "rider_trails": {"courier": TEXT, "lon": REAL, "lat": REAL, "trail": TEXT},
    "rider_stops": {
        "task_id": TEXT, "courier": TEXT, "parcel_id": TEXT, "seq": pl.Int32, "lon": REAL, "lat": REAL, "place": TEXT,
        "due_at": INSTANT, "assigned_at": INSTANT, "city": TEXT, "rider_lon": REAL, "rider_lat": REAL,
        "heard_at": INSTANT, "speed_kmh": REAL,
    },
    "lanes": {
        "node": TEXT, "name_zh": TEXT, "name_en": TEXT, "kind": TEXT, "from_lon": REAL, "from_lat": REAL,
        "province": TEXT, "to_lon": REAL, "to_lat": REAL, "parcels": COUNT, "moving": COUNT, "forecast": COUNT,
        "late": COUNT,
    },
    "hubs": {"adcode": TEXT, "province": TEXT, "place": TEXT, "lon": REAL, "lat": REAL, "parcels": COUNT},
    "nodes_on_map": {
        "node": TEXT, "name_zh": TEXT, "name_en": TEXT, "kind": TEXT, "adcode": TEXT, "lon": REAL, "lat": REAL,
        "state": TEXT, "waiting": COUNT, "moving": COUNT,
    },
    "orders_on_map": {
        "adcode": TEXT, "province": TEXT, "place": TEXT, "lon": REAL, "lat": REAL, "orders": COUNT, "planned": COUNT,
    },
    "map_cities": {
        "adcode": TEXT, "province": TEXT, "place": TEXT, "lon": REAL, "lat": REAL, "riders": COUNT, "stores": COUNT,
    },
    "rider_work": {"parcel_id": TEXT, "node": TEXT, "lon": REAL, "lat": REAL, "place": TEXT},
    "rider_totals": {"riders": COUNT, "heard": COUNT, "event_time": INSTANT, "ingest_time": INSTANT},
}  # fmt: skip
