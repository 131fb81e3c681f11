"""What comes back from the views of returns, changes and ratings (views/24_returns.sql)."""

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.every_view import COUNT, DAY, REAL, TEXT

SHAPES: dict[str, Contract] = {
    "goods_outcomes": {
        "sku": TEXT, "packaging": TEXT, "material": TEXT, "carrier": TEXT, "node": TEXT, "area": TEXT,
        "parcels": COUNT, "units": COUNT, "damaged": COUNT, "returned": COUNT, "wrong_item": COUNT, "quality": COUNT,
        "not_received": COUNT,
    },
    "route_costs": {"carrier": TEXT, "area": TEXT, "parcels": COUNT, "yuan": REAL},
    "return_reasons": {"complaint": TEXT, "reason": TEXT, "tickets": COUNT, "cents": COUNT},
    "improvement_list": {
        "improvement_id": TEXT, "kind": TEXT, "sku": TEXT, "name_zh": TEXT, "name_en": TEXT, "carrier": TEXT,
        "carrier_zh": TEXT, "carrier_en": TEXT, "area": TEXT, "province": TEXT, "material": TEXT,
        "material_zh": TEXT, "material_en": TEXT, "surcharge_cents": COUNT, "instead": TEXT, "instead_zh": TEXT,
        "instead_en": TEXT, "units": COUNT, "damaged": COUNT, "share": REAL, "low": REAL, "high": REAL,
        "limit_share": REAL, "share_after": REAL, "saving_cents": COUNT, "options": TEXT, "proposed_at": INSTANT,
        "state": TEXT, "state_at": INSTANT, "reason": TEXT, "actor": TEXT,
    },
    "rating_days": {"day": DAY, "ratings": COUNT, "content": COUNT, "low": COUNT, "stars": REAL},
    "low_ratings": {
        "order_id": TEXT, "order_no": TEXT, "platform": TEXT, "stars": COUNT, "words": TEXT, "rated_at": INSTANT,
        "paid_at": INSTANT, "promise_at": INSTANT, "parcel_id": TEXT, "node": TEXT, "node_zh": TEXT, "node_en": TEXT,
        "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT, "material": TEXT, "lots": TEXT,
        "planned_at": INSTANT, "uploaded_at": INSTANT, "picked_up_at": INSTANT, "first_hub_at": INSTANT,
        "arrived_at": INSTANT, "out_at": INSTANT, "signed_at": INSTANT, "complaint": TEXT,
    },
    "order_ratings": {"order_id": TEXT, "stars": COUNT, "words": TEXT, "rated_at": INSTANT, "first_at": INSTANT},
}  # fmt: skip
