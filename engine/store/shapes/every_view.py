"""What comes back from each view in views/: its columns in order, with their types. Knows no query.

A view that answers in another shape is a bug of ours and fails here, not as a strange figure on a board.
"""

import polars as pl

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.buyers import BUYER_SHAPES
from engine.store.shapes.clocks import CLOCK_SHAPES
from engine.store.shapes.notices import NOTICE_SHAPES

TEXT = pl.String
COUNT = pl.Int64  # units, orders, parcels or cents
REAL = pl.Float64
DAYS = pl.Int64
FLAG = pl.Boolean
DAY = pl.Date

_NAMES: Contract = {"name_zh": TEXT, "name_en": TEXT}
_TITLES: Contract = {"title_zh": TEXT, "title_en": TEXT}
_ROUTE: Contract = {
    "node": TEXT, "node_zh": TEXT, "node_en": TEXT, "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT,
    "area": TEXT, "province": TEXT, "place": TEXT, "layer": TEXT,
}  # fmt: skip

_PACES: Contract = {
    "show_id": TEXT, "sku": TEXT, "quantity": COUNT, "reserved": COUNT, "pool_left": COUNT, "recent_units": COUNT,
    "units_per_minute": REAL, "minutes_left": REAL, **_NAMES, **_TITLES, "starts_at": INSTANT, "ends_at": INSTANT,
}  # fmt: skip

SHAPES: dict[str, Contract] = {
    **BUYER_SHAPES,
    **NOTICE_SHAPES,
    "orders_by_status": {"status": TEXT, "orders": COUNT, "cents": COUNT},
    "orders_by_show": {"show_id": TEXT, **_TITLES, "status": TEXT, "orders": COUNT, "cents": COUNT},
    "day_totals": {"orders": COUNT, "paid_orders": COUNT, "paid_cents": COUNT, "last_minute": COUNT},
    "order_pulse": {"bucket": INSTANT, "orders": COUNT, "cents": COUNT, "viewers": REAL},
    "orders_by_province": {
        "show_id": TEXT, "province": TEXT, "orders": COUNT, "cents": COUNT, "quota": COUNT, "quota_used": COUNT,
        "lat": REAL, "lon": REAL,
    },
    "sold_today": {"sold_sku": TEXT, **_NAMES, "units": COUNT, "cents": COUNT},
    "latest_orders": {
        "order_id": TEXT, "platform": TEXT, "order_no": TEXT, "show_id": TEXT, "buyer": TEXT, "province": TEXT,
        "city": TEXT, "paid_at": INSTANT, "received_at": INSTANT, "promise_at": INSTANT, "amount_cents": COUNT,
        "units": COUNT, "status": TEXT, "arrival": COUNT,
    },
    "road_totals": {"picked_up_orders": COUNT, "on_the_road": COUNT},
    "promise_clock": {"window_name": TEXT, "hours_from": pl.Int32, "orders": COUNT, "cents": COUNT},
    "unserved_orders": {
        "order_id": TEXT, "order_no": TEXT, "platform": TEXT, "province": TEXT, "city": TEXT, "promise_at": INSTANT,
        "amount_cents": COUNT, "units": COUNT, "detail": TEXT, "decided_at": INSTANT,
    },
    "hold_queue": {
        "order_id": TEXT, "platform": TEXT, "order_no": TEXT, "show_id": TEXT, "buyer": TEXT, "province": TEXT,
        "city": TEXT, "district": TEXT, "paid_at": INSTANT, "promise_at": INSTANT, "amount_cents": COUNT,
        "list_cents": COUNT, "units": COUNT, "reason": TEXT, "received_at": INSTANT,
    },
    "held_by_rule": {"rule": TEXT, "orders": COUNT},
    "quarantine_queue": {
        "row_id": TEXT, "source": TEXT, "format": TEXT, "row": COUNT, "order_id": TEXT, "raw": TEXT, "fault": TEXT,
        "received_at": INSTANT,
    },
    "waiting_for_review": {
        "held": COUNT, "held_cents": COUNT, "held_since": INSTANT, "quarantined": COUNT, "quarantined_since": INSTANT,
    },
    "latest_batches": {
        "batch_id": TEXT, "source": TEXT, "received_at": INSTANT, "read": COUNT, "accepted": COUNT,
        "duplicate": COUNT, "unpaid": COUNT, "quarantined": COUNT, "changed": COUNT,
    },
    "lot_stock": {
        "node": TEXT, "node_zh": TEXT, "node_en": TEXT, "kind": TEXT, "sku": TEXT, **_NAMES, "layer": TEXT,
        "lot": TEXT, "on_hand": COUNT, "reserved": COUNT, "quarantined": COUNT, "available": COUNT,
        "expires_on": DAY, "days_left": DAYS, "near_expiry_at": pl.Int32, "near_expiry": FLAG,
    },
    "sku_stock": {
        "sku": TEXT, **_NAMES, "layer": TEXT, "on_hand": COUNT, "reserved": COUNT, "quarantined": COUNT,
        "available": COUNT, "near_expiry": COUNT, "sellable": COUNT, "nodes": COUNT,
    },
    "free_outside_pools": {"sku": TEXT, "free_units": COUNT},
    "pool_paces": _PACES,
    "pool_clocks": {**_PACES, "free_units": COUNT, "top_up": COUNT},
    "node_load": {
        "node": TEXT, **_NAMES, "kind": TEXT, "throughput_per_hour": pl.Int32, "parcels": COUNT, "hours": REAL,
    },
    "carrier_mix": {
        "carrier": TEXT, **_NAMES, "kind": TEXT, "capacity_per_day": COUNT, "min_share": REAL, "max_share": REAL,
        "parcels": COUNT, "cents": COUNT, "share": REAL,
    },
    "show_phases": {
        "show_id": TEXT, **_TITLES, "platform": TEXT, "anchors": TEXT, "starts_at": INSTANT, "ends_at": INSTANT,
        "phase": TEXT, "viewers": COUNT, "clicks": COUNT, "seen_at": INSTANT,
    },
    "feed_ages": {"feed": TEXT, "event_time": INSTANT, "ingest_time": INSTANT},
    "job_states": {
        "job": TEXT, "started_at": INSTANT, "took_ms": COUNT, "outcome": TEXT, "detail": TEXT, "runs": COUNT,
        "troubles": COUNT,
    },
    "latest_job_runs": {
        "job": TEXT, "started_at": INSTANT, "took_ms": COUNT, "outcome": TEXT, "detail": TEXT, "runs": pl.Int32,
    },
    "invariant_states": {"invariant": TEXT, "checked_at": INSTANT, "breaches": COUNT, "detail": TEXT},
    "audit_tail": {
        "version": COUNT, "at": INSTANT, "actor": TEXT, "verb": TEXT, "subject": TEXT, "detail": TEXT,
    },
    "order_heads": {
        "order_id": TEXT, "platform": TEXT, "order_no": TEXT, "show_id": TEXT, **_TITLES, "anchor": TEXT,
        "buyer": TEXT, "province": TEXT, "city": TEXT, "district": TEXT, "street": TEXT, "created_at": INSTANT,
        "paid_at": INSTANT, "promise_at": INSTANT, "received_at": INSTANT, "amount_cents": COUNT,
        "list_cents": COUNT, "units": COUNT, "outcome": TEXT, "reason": TEXT, "status": TEXT, "status_at": INSTANT,
        "arrival": COUNT, "version": COUNT,
    },
    "order_goods": {
        "order_id": TEXT, "line_no": pl.Int32, "sold_sku": TEXT, "sold_qty": pl.Int32, "kit": TEXT, "sku": TEXT,
        **_NAMES, "qty": pl.Int32, "amount_cents": COUNT,
    },
    "order_picks": {
        "order_id": TEXT, "parcel_id": TEXT, "sku": TEXT, **_NAMES, "qty": COUNT, "node": TEXT, "node_zh": TEXT,
        "node_en": TEXT, "lot": TEXT, "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT, "layer": TEXT,
        "kg": REAL, "cost_cents": COUNT, "planned_at": INSTANT, "parcel_status": TEXT,
    },
    "order_story": {"happened_at": INSTANT, "kind": TEXT, "reason": TEXT, "actor": TEXT, "step": pl.Int32},
    "node_reasons": {
        "order_id": TEXT, "node": TEXT, "node_zh": TEXT, "node_en": TEXT, "km": REAL, "detail": TEXT,
        "decided_at": INSTANT,
    },
    "sold_out": {"node": TEXT, "sku": TEXT, "sold_out_at": INSTANT},
    "steered_nodes": {
        "node": TEXT, **_NAMES, "kind": TEXT, "province": TEXT, "city": TEXT, "state": TEXT, "since": INSTANT,
        "reason": TEXT, "load": REAL, "open_parcels": COUNT, "labelled_parcels": COUNT, "gone_parcels": COUNT,
    },
    "steered_carriers": {
        "carrier": TEXT, **_NAMES, "kind": TEXT, "stops": pl.List(TEXT), "since": INSTANT, "reason": TEXT,
        "load": REAL, "open_parcels": COUNT, "labelled_parcels": COUNT, "gone_parcels": COUNT,
    },
    "quarantined_lots": {
        "lot": TEXT, "sku": TEXT, **_NAMES, "units": COUNT, "since": INSTANT, "reason": TEXT, "actor": TEXT,
    },
    "stuck_now": {
        "order_id": TEXT, "order_no": TEXT, "platform": TEXT, "province": TEXT, "city": TEXT, "promise_at": INSTANT,
        "amount_cents": COUNT, "parcel_id": TEXT, "kind": TEXT, "subject": TEXT, "reason": TEXT, "detail": TEXT,
        "at": INSTANT,
    },
    "platform_edits": {
        "order_id": TEXT, "order_no": TEXT, "platform": TEXT, "parcel_id": TEXT, "waybill_no": TEXT,
        "uploaded_at": INSTANT, "picked_up_at": INSTANT, "status": TEXT, "at": INSTANT,
    },
    "divisions": {"prefix": TEXT, "province": TEXT, "city": TEXT},
    "shortages": {"sku": TEXT, **_NAMES, "units": COUNT},
    "steering_log": {
        "at": INSTANT, "actor": TEXT, "kind": TEXT, "subject": TEXT, "region": TEXT, "reason": TEXT,
        "orders_moved": COUNT, "extra_cents": COUNT, "stuck": COUNT,
    },
    "latest_certificate": {
        "version": COUNT, "at": INSTANT, "method": TEXT, "orders": COUNT, "served": COUNT, "unserved": COUNT,
        "parcels": COUNT, "cost_cents": COUNT, "lower_bound_cents": COUNT, "gap": REAL, "took_ms": COUNT,
    },
    "dearest_prices": {
        "kind": TEXT, "key": TEXT, "yuan": REAL, **_NAMES, "goods_zh": TEXT, "goods_en": TEXT,
    },
    "delay_queue": {
        "offer_id": TEXT, "order_id": TEXT, "order_no": TEXT, "platform": TEXT, "buyer": TEXT, "province": TEXT,
        "city": TEXT, "tier": TEXT, "extra_hours": COUNT, "compensation_cents": COUNT, "form": TEXT,
        "price_cents": COUNT, "acceptance": REAL, "saving_cents": COUNT, "bottlenecks": TEXT, "offered_at": INSTANT,
        "expires_at": INSTANT, "promise_before": INSTANT, "promise_after": INSTANT,
    },
    "delays_to_ask": {
        "offer_id": TEXT, "order_id": TEXT, "platform": TEXT, "order_no": TEXT, "tier": TEXT, "extra_hours": COUNT,
        "compensation_cents": COUNT, "form": TEXT, "promise_before": INSTANT, "promise_after": INSTANT,
        "expires_at": INSTANT, "state": TEXT,
    },
    "orders_on_hold": {
        "order_id": TEXT, "offer_id": TEXT, "tier": TEXT, "state": TEXT, "hold_until": INSTANT,
        "compensation_cents": COUNT, "form": TEXT, "promise_before": INSTANT, "promise_after": INSTANT,
    },
    "delay_results": {
        "tier": TEXT, "offers": COUNT, "proposed": COUNT, "approved": COUNT, "sent": COUNT, "accepted": COUNT,
        "declined": COUNT, "silent": COUNT, "lapsed": COUNT, "relieved_cents": COUNT, "owed_cents": COUNT,
    },
    "floor_nodes": {"node": TEXT, **_NAMES, "kind": TEXT, "waves": COUNT},
    "open_parcels": {
        "parcel_id": TEXT, "node": TEXT, "carrier": TEXT, "layer": TEXT, "kg": REAL, "due_at": INSTANT,
        "adcode": TEXT, "orders": COUNT, "units": COUNT,
    },
    "open_work": {
        **_ROUTE, "leaves_at": INSTANT, "due_at": INSTANT, "parcels": COUNT, "kg": REAL, "late": COUNT,
        "pressed": COUNT,
    },
    "released_waves": {
        "wave_id": TEXT, **_ROUTE, "due_at": INSTANT, "leaves_at": INSTANT, "reason": TEXT, "parcels": COUNT,
        "orders": COUNT, "units": COUNT, "kg": REAL, "released_at": INSTANT, "released_by": TEXT, "version": COUNT,
        "stopped": COUNT, "longest_aisle": COUNT,
    },
    "wave_lines": {
        "slot": pl.Int32, "parcel_id": TEXT, "order_id": TEXT, "order_no": TEXT, "status": TEXT, "live": FLAG,
        "sku": TEXT, **_NAMES, "lot": TEXT, "qty": COUNT, "weight_kg": REAL, "volume_l": REAL, "packaging": TEXT,
        "cost_cents": COUNT, "aisle": pl.Int32, "bay": pl.Int32, "level": pl.Int32, "adcode": TEXT, "kg": REAL,
        "parcel_cents": COUNT,
    },
    "wave_kits": {
        "kit": TEXT, "kit_zh": TEXT, "kit_en": TEXT, "sku": TEXT, **_NAMES, "qty": pl.Int32, "kits": COUNT,
        "parts": COUNT, "weight_kg": REAL, "volume_l": REAL, "packaging": TEXT, "layer": TEXT,
    },
    "to_upload": {
        "parcel_id": TEXT, "order_id": TEXT, "node": TEXT, "carrier": TEXT, "platform": TEXT, "amount_cents": COUNT,
        "paid_at": INSTANT, "promise_at": INSTANT, "parts": COUNT, "goods_cents": COUNT, "freight_cents": COUNT,
        "leaves_at": INSTANT, "made_at": INSTANT, "pick_up_p50": INSTANT, "pick_up_p90": INSTANT,
    },
    "refund_requests": {"band": COUNT, "order_hours": REAL, "requests": COUNT},
    "due_days": {"platform": TEXT, "day": DAY, "due": COUNT, "late": COUNT, "anomalies": COUNT},
    "upload_proposals": {
        "node": TEXT, "node_zh": TEXT, "node_en": TEXT, "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT,
        "platform": TEXT, "cohort": COUNT, "parcels": COUNT, "orders": COUNT, "promise_at": INSTANT,
        "pick_up_at": INSTANT, "upload_at": INSTANT, "now_cents": COUNT, "best_cents": COUNT, "pick_up_cents": COUNT,
        "refund_cents": COUNT, "trace_cents": COUNT, "late_cents": COUNT, "lock_out_cents": COUNT, "curve": TEXT,
    },
    "last_waybill_round": {
        "at": INSTANT, "parcels": COUNT, "unknown_parcels": COUNT, "groups": COUNT, "now_cents": COUNT,
        "best_cents": COUNT, "pick_up_cents": COUNT, "requests": COUNT, "order_hours": REAL,
    },
    "uploaded_parcels": {
        "node": TEXT, "node_zh": TEXT, "node_en": TEXT, "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT,
        "parcels": COUNT, "oldest_at": INSTANT, "soon": COUNT, "past_timeout": COUNT, "past_anomaly": COUNT,
    },
    **CLOCK_SHAPES,
}  # fmt: skip
