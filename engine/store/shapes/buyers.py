"""What comes back from the views of 18_buyers.sql and 18_routes.sql: a part of SHAPES, kept apart for its size."""

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
        "order_id": TEXT, "parcel_id": TEXT, "node": TEXT, "node_zh": TEXT, "node_en": TEXT, "node_lat": REAL,
        "node_lon": REAL, "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT, "planned_at": INSTANT,
        "waybill_no": TEXT, "uploaded_at": INSTANT, "picked_up_at": INSTANT, "stage": TEXT, "stage_at": INSTANT,
        "trouble": TEXT, "signed_at": INSTANT, "forecast_at": INSTANT, "late_pick_up": REAL, "late_delivery": REAL,
        "eta_p10": INSTANT, "eta_p90": INSTANT, "days": REAL,
    },
    "buyer_goods": {"order_id": TEXT, "parcel_id": TEXT, "sku": TEXT, "name_zh": TEXT, "name_en": TEXT, "qty": COUNT},
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
    "buyer_couriers": {"parcel_id": TEXT, "lon": REAL, "lat": REAL, "event_time": INSTANT},
    "open_options": {"order_id": TEXT, "option": TEXT, "compensation_cents": COUNT},
    "rider_stops": {
        "parcel_id": TEXT, "node": TEXT, "carrier": TEXT, "kind": TEXT, "hours": TEXT, "kg": REAL, "due_at": INSTANT,
        "lon": REAL, "lat": REAL,
    },
    "route_nodes": {
        "node": TEXT, "name_zh": TEXT, "name_en": TEXT, "kind": TEXT, "open_stops": COUNT, "planned_at": INSTANT,
    },
    "route_plans_now": {
        "version": COUNT, "node": TEXT, "name_zh": TEXT, "name_en": TEXT, "planned_at": INSTANT, "starts_at": INSTANT,
        "planned_by": TEXT, "routes": COUNT, "stops": COUNT, "missed": COUNT, "lon": REAL, "lat": REAL,
    },
    "routes_now": {
        "route_id": TEXT, "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT, "rider": pl.Int32,
        "leaves_at": INSTANT, "back_at": INSTANT, "metres": REAL, "kg": REAL, "stops": COUNT,
    },
    "route_stops_now": {
        "route_id": TEXT, "seq": pl.Int32, "parcel_id": TEXT, "lon": REAL, "lat": REAL, "arrives_at": INSTANT,
        "due_at": INSTANT, "metres": REAL, "kg": REAL, "place": TEXT, "order_nos": TEXT,
    },
    "route_misses_now": {"parcel_id": TEXT, "carrier": TEXT, "reason": TEXT, "due_at": INSTANT},
}  # fmt: skip
