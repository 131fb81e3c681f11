"""What comes back from the views of tracking (views/12_tracking.sql)."""

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.every_view import COUNT, FLAG, REAL, TEXT

SHAPES: dict[str, Contract] = {
    "stage_counts": {
        "carrier": TEXT, "name_zh": TEXT, "name_en": TEXT, "stage": TEXT, "parcels": COUNT, "troubled": COUNT,
        "silent_12": COUNT, "silent_24": COUNT, "delivered_hours": REAL,
    },
    "leg_durations": {
        "leg": TEXT, "part": TEXT, "parcels": COUNT, "p50_hours": REAL, "p90_hours": REAL, "signed_hours": REAL,
        "over_hours": REAL,
    },
    "silent_parcels": {
        "waybill_no": TEXT, "parcel_id": TEXT, "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT, "node": TEXT,
        "node_zh": TEXT, "node_en": TEXT, "stage": TEXT, "trouble": TEXT, "since": INSTANT, "hours": REAL,
        "last_place": TEXT, "order_id": TEXT,
    },
    "tracking_feeds": {
        "provider": TEXT, "events": COUNT, "event_time": INSTANT, "ingest_time": INSTANT, "last_hour": COUNT,
        "late_minutes": REAL,
    },
    "unknown_codes": {"provider": TEXT, "raw_code": TEXT, "events": COUNT, "event_time": INSTANT, "said": TEXT},
    "order_tracking": {
        "parcel_id": TEXT, "waybill_no": TEXT, "provider": TEXT, "scan": TEXT, "trouble": TEXT, "raw_code": TEXT,
        "event_time": INSTANT, "ingest_time": INSTANT, "place": TEXT, "said": TEXT, "retracted": FLAG,
    },
}  # fmt: skip
