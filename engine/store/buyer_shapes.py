"""What comes back from the views of 18_buyers.sql: a part of SHAPES, kept apart because shapes.py holds the boards'."""

import polars as pl

from engine.model.frames import INSTANT, Contract

TEXT, COUNT, REAL = pl.String, pl.Int64, pl.Float64

BUYER_SHAPES: dict[str, Contract] = {
    "link_targets": {
        "link_id": TEXT, "order_id": TEXT, "order_no": TEXT, "status": TEXT, "province": TEXT, "city": TEXT,
        "district": TEXT, "adcode": TEXT, "paid_at": INSTANT, "promise_at": INSTANT, "since": COUNT, "lat": REAL,
        "lon": REAL,
    },
    "buyer_parcels": {
        "parcel_id": TEXT, "node": TEXT, "node_zh": TEXT, "node_en": TEXT, "node_lat": REAL, "node_lon": REAL,
        "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT, "planned_at": INSTANT, "waybill_no": TEXT,
        "uploaded_at": INSTANT, "picked_up_at": INSTANT, "stage": TEXT, "stage_at": INSTANT, "trouble": TEXT,
        "signed_at": INSTANT, "forecast_at": INSTANT, "late_pick_up": REAL, "late_delivery": REAL,
        "eta_p10": INSTANT, "eta_p90": INSTANT, "days": REAL,
    },
    "buyer_goods": {"parcel_id": TEXT, "sku": TEXT, "name_zh": TEXT, "name_en": TEXT, "qty": COUNT},
    "buyer_scans": {
        "waybill_no": TEXT, "scan": TEXT, "trouble": TEXT, "event_time": INSTANT, "place": TEXT, "adcode": TEXT,
        "lon": REAL, "lat": REAL,
    },
    "asked_by_buyers": {
        "request_id": TEXT, "order_id": TEXT, "order_no": TEXT, "platform": TEXT, "wish": TEXT, "detail": TEXT,
        "asked_at": INSTANT, "state": TEXT, "state_at": INSTANT, "promise_at": INSTANT,
    },
    "open_offers": {
        "offer_id": TEXT, "order_id": TEXT, "extra_hours": COUNT, "compensation_cents": COUNT, "form": TEXT,
        "promise_after": INSTANT, "expires_at": INSTANT,
    },
    "open_options": {"order_id": TEXT, "option": TEXT, "compensation_cents": COUNT},
}  # fmt: skip
