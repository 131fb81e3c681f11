"""The cheapest allowed remedy, written out: every remedy priced by hand from the parsed TOML, the least total taken."""

from collections.abc import Mapping
from typing import Any


def cheapest_slowly(
    rules: Mapping[str, Any],
    *,
    complaint: str,
    severity: str,
    claim: str,
    value: int,
    goods: int,
    freight: int,
) -> tuple[str | None, float | None]:
    """(remedy, expected cents), or (None, None) where the table leaves it to a person. Money in cents."""
    allowed: list[str] = []
    for row in rules["allow"]:
        claims = row.get("claims", [claim])
        fits = severity in row["severity"] and complaint in row["complaints"] and claim in claims
        if fits and value >= 100 * row.get("value_from", 0):
            allowed = row["remedies"]
            break
    best: tuple[str | None, float | None] = (None, None)
    for remedy in ("coupon", "reship", "refund", "return_refund"):
        if remedy not in allowed:
            continue
        v, c, unheard = rules["value"], rules["coupon"], rules["unheard"][severity]
        face = 100 * min(max(round(c["share"] * value / 100), c["least_yuan"]), c["most_yuan"])
        own = {
            "coupon": face * v["coupon_redeemed"],
            "reship": goods + freight + 100 * v["reship_handling_yuan"],
            "refund": value,
            "return_refund": value + 100 * v["return_freight_yuan"]
            - (v["resale_share"] * goods if complaint == "wrong_item" else 0),
        }[remedy]  # fmt: skip
        content = rules["content"][severity][remedy]
        if remedy not in rules["claims"][claim]:
            content *= rules["claims"]["missed"]
        unhappy = (
            unheard["escalates"] * v["escalation_yuan"]
            + unheard["low_rating"] * v["low_rating_yuan"]
            + unheard["leaves"] * v["lost_buyer_yuan"]
        )
        paid = {"coupon": face, "reship": 0, "refund": value, "return_refund": value}[remedy]
        total = own + (1 - content) * (100 * unhappy + unheard["ruled"] * max(value - paid, 0))
        if best[1] is None or total < best[1] - 1e-9:
            best = (remedy, total)
    return best
