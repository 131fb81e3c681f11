"""Whom to ask to wait, the slow and obvious way: before every single offer, all savings are worked out anew."""

import math
from datetime import datetime, timedelta
from typing import Any

from engine.allocation.stagger_policy import StaggerPolicy
from engine.allocation.staggering import DelayHistory


def offers(
    orders: list[dict[str, Any]],
    usage: list[tuple[str, str, str, int]],
    *,
    prices: dict[tuple[str, str], float],
    relief: dict[tuple[str, str], float],
    history: DelayHistory,
    policy: StaggerPolicy,
    now: datetime,
) -> list[tuple[str, str, float]]:
    """(order_id, tier name, expected saving) of every offer, in the order in which they are chosen."""
    left = dict(relief)
    made: list[tuple[str, str, float]] = []
    asked_of = dict(history.of_buyer)

    def rate(tier: Any) -> float:
        yes, no = history.answers.get(tier.name, (0, 0))
        return (tier.acceptance * tier.acceptance_answers + yes) / (tier.acceptance_answers + yes + no)

    def tight(order_id: str) -> list[tuple[tuple[str, str], int]]:
        return [
            ((kind, key), n)
            for o, kind, key, n in usage
            if o == order_id and kind in ("throughput", "capacity") and n > 0
            if prices.get((kind, key), 0) > 0 and left.get((kind, key), 0) > 0
        ]

    def room(tier: Any) -> bool:
        running = history.running.get(tier.name, 0) + sum(t == tier.name for _, t, _ in made)
        return running + 1 <= tier.max_share * history.waiting + 1e-6

    def may(order: dict[str, Any]) -> bool:
        deadline = order["promise_at"] - timedelta(hours=policy.hours_before_promise)
        runs_out = min(deadline, now + timedelta(hours=policy.answer_hours))
        life = order["shelf_life_days"]
        return (
            order["order_id"] not in history.asked_orders
            and order["order_id"] not in {o for o, _, _ in made}
            and all(layer in policy.layers for layer in order["layers"])
            and all(category in policy.categories for category in order["categories"])
            and (life is None or life >= policy.min_shelf_life_days)
            and runs_out >= now + timedelta(minutes=policy.least_answer_minutes)
            and asked_of.get(order["buyer"], 0) < policy.buyer_offers
        )

    while len(made) + sum(history.running.values()) + 1 <= policy.max_share_of_orders * history.waiting + 1e-6:
        best: tuple[float, float, str, int] | None = None
        for order in orders:
            if not may(order):
                continue
            price = math.fsum(prices[place] * n for place, n in tight(order["order_id"]))
            for place, tier in enumerate(policy.tiers):
                saving = rate(tier) * (price - tier.compensation_yuan)
                if not room(tier) or saving <= 0 or saving < policy.least_saving_yuan:
                    continue
                candidate = (-saving, -order["promise_at"].timestamp(), order["order_id"], place)
                best = candidate if best is None else min(best, candidate)
        if best is None:
            return made
        tier = policy.tiers[best[3]]
        for place, n in tight(best[2]):
            left[place] -= rate(tier) * n
        made.append((best[2], tier.name, -best[0]))
        buyer = next(order["buyer"] for order in orders if order["order_id"] == best[2])
        asked_of[buyer] = asked_of.get(buyer, 0) + 1
    return made
