"""What comes back from the views of delays (views/19_delays.sql)."""

import polars as pl

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.every_view import COUNT, REAL, TEXT

SHAPES: dict[str, Contract] = {
    "delay_parcels": {
        "parcel_id": TEXT, "ordered_at": INSTANT, "promise_at": INSTANT, "uploaded_at": INSTANT,
        "picked_up_at": INSTANT, "first_hub_at": INSTANT, "arrived_at": INSTANT, "signed_at": INSTANT, "stage": TEXT,
        "last_scan_at": INSTANT, "node": TEXT, "origin": TEXT, "destination": TEXT, "carrier": TEXT, "kg": REAL,
        "value_cents": COUNT, "days": REAL, "km": REAL, "has_hubs": pl.Boolean,
    },
    "scan_gaps": {"carrier": TEXT, "area": TEXT, "after": TEXT, "at": INSTANT, "next_at": INSTANT},
    "trained_models": {
        "model_id": TEXT, "trained_at": INSTANT, "state": TEXT, "learned_from": INSTANT, "learned_until": INSTANT,
        "parcels": COUNT, "tested": COUNT, "brier": REAL, "baseline_brier": REAL, "drift": REAL, "card": TEXT,
    },
    "forecast_totals": {
        "parcels": COUNT, "oldest": INSTANT, "newest": INSTANT, "threatened": COUNT, "expected_late": REAL,
        "model_id": TEXT,
    },
    "clause_outlook": {
        "clock": TEXT, "parcels": COUNT, "expected": REAL, "expected_cents": REAL, "cents": COUNT,
        "next_deadline": INSTANT,
    },
    "threatened_parcels": {
        "parcel_id": TEXT, "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT, "node": TEXT, "node_zh": TEXT,
        "node_en": TEXT, "due_at": INSTANT, "made_at": INSTANT, "late_delivery": REAL, "late_pick_up": REAL,
        "eta_p50": INSTANT, "eta_p90": INSTANT, "reasons": TEXT,
    },
}  # fmt: skip
