"""What comes back from the views of views/13_clocks.sql."""

import polars as pl

from engine.model.frames import INSTANT, Contract

_ROWS: Contract = {
    "order_id": pl.String, "arrival": pl.Int64, "platform": pl.String, "paid_at": INSTANT, "promise_at": INSTANT,
    "amount_cents": pl.Int64, "destination": pl.String, "closed_at": INSTANT, "status": pl.String,
    "whole_at": INSTANT, "first": pl.Boolean, "parcel_id": pl.String, "node": pl.String, "carrier": pl.String,
    "origin": pl.String, "has_hubs": pl.Boolean, "uploaded_at": INSTANT, "picked_up_at": INSTANT,
    "first_hub_at": INSTANT, "last_scan_at": INSTANT, "stage": pl.String, "stage_at": INSTANT,
    "counts": pl.Boolean,
}  # fmt: skip

CLOCK_SHAPES: dict[str, Contract] = {
    "clock_rows": _ROWS,
    "clock_news": _ROWS,
    "replayed_rows": _ROWS,
    "clock_alarm_list": {
        "alarm_id": pl.String, "watch": pl.String, "carrier": pl.String, "carrier_zh": pl.String,
        "carrier_en": pl.String, "place": pl.String, "node_zh": pl.String, "node_en": pl.String, "desk": pl.String,
        "raised_at": INSTANT, "state": pl.String, "state_at": INSTANT, "orders": pl.Int64, "pressing": pl.Int64,
        "cents": pl.Int64, "next_at": INSTANT,
    },
    "promise_ledger": {
        "promise_id": pl.String, "show_id": pl.String, "title_zh": pl.String, "title_en": pl.String, "sku": pl.String,
        "name_zh": pl.String, "name_en": pl.String, "anchor": pl.String, "words": pl.String, "said_at": INSTANT,
        "binds_from": INSTANT, "hours": pl.Float64, "moment": INSTANT, "logged_at": INSTANT, "logged_by": pl.String,
        "withdrawn_at": INSTANT, "withdrawn_because": pl.String, "moved": pl.Int64,
    },
    "exemption_list": {
        "notice_id": pl.String, "platform": pl.String, "notice": pl.String, "regions": pl.String, "place": pl.String,
        "since": INSTANT, "until": INSTANT, "clauses": pl.String, "entered_at": INSTANT, "entered_by": pl.String,
        "withdrawn_at": INSTANT, "withdrawn_because": pl.String,
    },
    "due_codes": {"arrival": pl.Int64, "sku": pl.String},
}  # fmt: skip
