"""What comes back from the views of making good (views/24_compensation.sql)."""

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.every_view import COUNT, FLAG, TEXT

SHAPES: dict[str, Contract] = {
    "cases_to_judge": {
        "ticket_id": TEXT, "ticket_no": TEXT, "state": TEXT, "complaint": TEXT, "claim": TEXT, "said": TEXT,
        "refund_cents": COUNT, "refunded": FLAG, "asked_at": INSTANT, "order_id": TEXT, "show_id": TEXT,
        "status": TEXT, "one_buyer": TEXT, "value_cents": COUNT, "goods_cents": COUNT, "freight_cents": COUNT,
        "early": FLAG, "standing": FLAG, "proposals": COUNT,
    },
    "orders_to_judge": {
        "order_id": TEXT, "show_id": TEXT, "status": TEXT, "one_buyer": TEXT, "value_cents": COUNT,
        "goods_cents": COUNT, "freight_cents": COUNT, "taken": FLAG,
    },
    "buyers_past": {
        "one_buyer": TEXT, "orders": COUNT, "claims": COUNT, "dear_claims": COUNT, "times": COUNT, "cents": COUNT,
    },
    "same_texts": {"ticket_id": TEXT, "others": COUNT},
    "compensation_queue": {
        "compensation_id": TEXT, "ticket_id": TEXT, "ticket_no": TEXT, "order_id": TEXT, "order_no": TEXT,
        "platform": TEXT, "buyer": TEXT, "province": TEXT, "cause": TEXT, "budget_key": TEXT, "complaint": TEXT,
        "severity": TEXT, "ground": TEXT, "remedy": TEXT, "pay_cents": COUNT, "cost_cents": COUNT,
        "expected_cents": COUNT, "nothing_cents": COUNT, "options": TEXT, "abuse_score": COUNT, "abuse": TEXT,
        "approver": TEXT, "why_manager": TEXT, "proposed_at": INSTANT, "asked_at": INSTANT, "claim": TEXT,
        "said": TEXT, "left_cents": COUNT,
    },
    "compensation_budget_use": {
        "budget_key": TEXT, "title_zh": TEXT, "title_en": TEXT, "cents": COUNT, "committed_cents": COUNT,
        "left_cents": COUNT, "set_by": TEXT, "proposed": COUNT, "proposed_cents": COUNT, "approved": COUNT,
        "sent": COUNT, "paid": COUNT, "failed": COUNT, "paid_cents": COUNT,
    },
    "compensation_log": {
        "compensation_id": TEXT, "ticket_id": TEXT, "order_id": TEXT, "order_no": TEXT, "platform": TEXT,
        "complaint": TEXT, "severity": TEXT, "remedy": TEXT, "pay_cents": COUNT, "cost_cents": COUNT, "state": TEXT,
        "state_at": INSTANT, "reason": TEXT, "actor": TEXT,
    },
    "compensations_to_pay": {
        "compensation_id": TEXT, "order_id": TEXT, "platform": TEXT, "order_no": TEXT, "ticket_no": TEXT,
        "complaint": TEXT, "remedy": TEXT, "pay_cents": COUNT, "approved_at": INSTANT,
    },
}  # fmt: skip
