"""What comes back from the views of actions (views/25_actions.sql)."""

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.every_view import COUNT, REAL, TEXT

SHAPES: dict[str, Contract] = {
    "open_actions": {
        "action_id": TEXT, "kind": TEXT, "subject": TEXT, "params": TEXT, "cause": TEXT, "why": TEXT, "desk": TEXT,
        "reversibility": TEXT, "proposed_at": INSTANT, "proposed_by": TEXT, "expires_at": INSTANT, "preview": TEXT,
        "orders": COUNT, "stake_cents": COUNT, "cost_cents": COUNT, "gain_cents": COUNT, "inputs": TEXT,
        "approver": TEXT, "state": TEXT, "trouble": TEXT,
    },
    "decided_actions": {
        "action_id": TEXT, "kind": TEXT, "subject": TEXT, "why": TEXT, "desk": TEXT, "reversibility": TEXT,
        "state": TEXT, "state_at": INSTANT, "actor": TEXT, "reason": TEXT, "orders": COUNT, "stake_cents": COUNT,
        "detail": TEXT, "executed_at": INSTANT, "judge_at": INSTANT, "verdict": TEXT, "measure": TEXT, "method": TEXT,
        "effect": REAL, "low": REAL, "high": REAL, "concerned": COUNT, "compared": COUNT,
    },
    "action_totals": {
        "open": COUNT, "stake_cents": COUNT, "pressing": COUNT, "executed": COUNT, "undone": COUNT, "judged": COUNT,
        "worked": COUNT, "no_effect": COUNT,
    },
    "open_intercepts": {
        "request_id": TEXT, "parcel_id": TEXT, "waybill_no": TEXT, "carrier": TEXT, "why": TEXT, "asked_at": INSTANT,
        "stage": TEXT, "last_place": TEXT,
    },
    "actionable": {"what": TEXT, "code": TEXT, "name_zh": TEXT, "name_en": TEXT},
}  # fmt: skip
