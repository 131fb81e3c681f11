"""What comes back from the views of reports (views/35_reports.sql)."""

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.clocks import CLOCK_SHAPES
from engine.store.shapes.every_view import COUNT, FLAG, REAL, TEXT

_NAMES: Contract = {"name_zh": TEXT, "name_en": TEXT}
_TITLES: Contract = {"title_zh": TEXT, "title_en": TEXT}

SHAPES: dict[str, Contract] = {
    "report_show": {
        "show_id": TEXT, **_TITLES, "platform": TEXT, "anchors": TEXT, "starts_at": INSTANT, "ends_at": INSTANT,
        "begins": INSTANT, "ends": INSTANT, "peak_viewers": COUNT,
    },
    "report_intake": {
        "batches": COUNT, "read": COUNT, "accepted": COUNT, "duplicate": COUNT, "unpaid_rows": COUNT,
        "quarantined": COUNT, "still_open": COUNT, "unpaid": COUNT,
    },
    "report_orders": {
        "order_id": TEXT, "outcome": TEXT, "status": TEXT, "amount_cents": COUNT, "units": COUNT, "paid_at": INSTANT,
        "received_at": INSTANT, "promise_at": INSTANT, "promised_at": INSTANT, "planned_at": INSTANT, "parcels": COUNT,
        "whole_at": INSTANT, "signed_at": INSTANT, "due_at": INSTANT, "sent_back": FLAG, "not_received": FLAG,
        "damaged": FLAG, "wrong_item": FLAG, "quality": FLAG, "returned": FLAG, "stars": COUNT,
    },
    "report_holds": {"rule": TEXT, "orders": COUNT, "waiting": COUNT, "released": COUNT, "ended": COUNT},
    "report_pools": {
        "sku": TEXT, **_NAMES, "opening": COUNT, "added": COUNT, "quantity": COUNT, "reserved": COUNT, "unsold": COUNT,
        "unsold_cents": COUNT, "refused": COUNT,
    },
    "report_expected": {"sku": TEXT, **_NAMES, "expected": COUNT, "asked": COUNT, "apart": COUNT},
    "report_rounds": {
        "version": COUNT, "at": INSTANT, "method": TEXT, "orders": COUNT, "served": COUNT, "unserved": COUNT,
        "parcels": COUNT, "cost_cents": COUNT, "lower_bound_cents": COUNT, "gap": REAL, "took_ms": COUNT,
    },
    "report_parcels": {
        "parcel_id": TEXT, "node": TEXT, "node_zh": TEXT, "node_en": TEXT, "carrier": TEXT, "carrier_zh": TEXT,
        "carrier_en": TEXT, "origin": TEXT, "destination": TEXT,
        "paid_at": INSTANT, "planned_at": INSTANT, "uploaded_at": INSTANT, "picked_up_at": INSTANT,
        "first_hub_at": INSTANT, "arrived_at": INSTANT, "out_at": INSTANT, "signed_at": INSTANT, "stage": TEXT,
        "due_at": INSTANT, "damaged": FLAG, "troubled": FLAG, "cost_cents": COUNT,
    },
    "report_clock_rows": CLOCK_SHAPES["replayed_rows"],
    "report_alerts": {
        "alert_id": TEXT, "condition": TEXT, "cause": TEXT, "told_at": INSTANT, "taken_at": INSTANT,
        "over_at": INSTANT, "escalated": COUNT, "critical": FLAG, "folded": FLAG, "orders": COUNT, "cents": COUNT,
        "actions": COUNT, "done": COUNT,
    },
    "report_incidents": {
        "kind": TEXT, "incident_id": TEXT, "cause": TEXT, "complaint": TEXT, "opened_at": INSTANT,
        "ended_at": INSTANT, "things": COUNT,
    },
    "report_tickets": {
        "ticket_id": TEXT, "order_id": TEXT, "complaint": TEXT, "claim": TEXT, "asked_at": INSTANT, "state": TEXT,
        "refund_cents": COUNT,
    },
    "report_goods": {
        "sku": TEXT, **_NAMES, "packaging": TEXT, "supplier": TEXT, "units": COUNT, "damaged": COUNT, "returned": COUNT,
        "quality": COUNT, "wrong_item": COUNT,
    },
    "report_amends": {"remedy": TEXT, "state": TEXT, "times": COUNT, "pay_cents": COUNT, "cost_cents": COUNT},
    "report_budget": {"cents": COUNT, "committed_cents": COUNT, "set_by": TEXT},
    "report_actions": {
        "action_id": TEXT, "kind": TEXT, "subject": TEXT, **_NAMES, "why": TEXT, "state": TEXT, "state_at": INSTANT,
        "proposed_at": INSTANT, "preview": TEXT, "orders": COUNT, "cost_cents": COUNT, "gain_cents": COUNT,
        "actor": TEXT, "reason": TEXT, "detail": TEXT, "executed_at": INSTANT, "judge_at": INSTANT, "verdict": TEXT,
        "measure": TEXT, "method": TEXT, "effect": REAL, "low": REAL, "high": REAL, "concerned": COUNT,
        "compared": COUNT,
    },
    "kept_reports": {
        "show_id": TEXT, **_TITLES, "ends_at": INSTANT, "report_no": COUNT, "made_at": INSTANT, "made_by": TEXT,
        "occasion": TEXT, "data_version": COUNT,
    },
    "shows_to_report": {
        "show_id": TEXT, **_TITLES, "starts_at": INSTANT, "ends_at": INSTANT, "orders": COUNT, "reports": COUNT,
    },
    "report_evidence": {
        "parcel_id": TEXT, "waybill_no": TEXT, "scans": TEXT, "incident": TEXT,
    },
}  # fmt: skip
