"""What comes back from the views of weather and hubs (views/28_weather.sql)."""

import polars as pl

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.every_view import COUNT, REAL, TEXT

SHAPES: dict[str, Contract] = {
    "places_in_use": {"adcode": TEXT, "lat": REAL, "lon": REAL, "parcels": COUNT},
    "weather_told": {
        "place": TEXT, "valid_at": INSTANT, "issued_at": INSTANT, "ingest_time": INSTANT, "precipitation_mm": REAL,
        "snowfall_cm": REAL, "wind_kmh": REAL, "celsius": REAL,
    },
    "hub_sayings": {
        "hub": TEXT, "name": TEXT, "condition": TEXT, "begins_at": INSTANT, "ends_at": INSTANT, "backlog_hours": REAL,
        "ingest_time": INSTANT, "said_by": TEXT, "source": TEXT,
    },
    "hubs_on_the_way": {"carrier": TEXT, "origin": TEXT, "destination": TEXT, "hub": TEXT, "share": REAL},
    "hub_board": {
        "hub": TEXT, "name": TEXT, "condition": TEXT, "begins_at": INSTANT, "ends_at": INSTANT, "backlog_hours": REAL,
        "said_by": TEXT, "source": TEXT, "ingest_time": INSTANT, "ended": pl.Boolean, "parcels": COUNT,
    },
    "weather_ahead": {
        "place": TEXT, "name": TEXT, "hours": COUNT, "precipitation_mm": REAL, "snowfall_cm": REAL, "wind_kmh": REAL,
        "celsius_least": REAL, "celsius_most": REAL, "issued_at": INSTANT, "parcels": COUNT,
    },
    "weather_sources": {
        "source": TEXT, "hours": COUNT, "places": COUNT, "issued_at": INSTANT, "valid_at": INSTANT,
    },
    "delay_drift_now": {"what": TEXT, "looked_at": INSTANT, "figure": REAL, "parcels": COUNT, "state": TEXT},
}  # fmt: skip
