"""Which buyers should be asked to wait, for which tier, and what would that save?

A parcel that leaves a bottleneck saves its marginal price; a buyer who accepts costs the compensation. Both happen
only on acceptance, so the expected saving of asking is acceptance x (price - compensation). Offers are chosen by
that saving, greatest first, until the bottlenecks are relieved or a limit is reached. Asks no clock, knows no file.
"""

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import polars as pl

from engine.allocation.stagger_policy import StaggerPolicy, Tier

ORDERS = {
    "order_id": pl.String(),
    "buyer": pl.String(),  # the masked key: two people under one mask share a limit, which errs on the quiet side
    "promise_at": pl.Datetime("us", "UTC"),
    "layers": pl.List(pl.String),
    "categories": pl.List(pl.String),
    "shelf_life_days": pl.Int32(),  # the shortest of its goods; null: no limit
}
USAGE = {
    "order_id": pl.String(),
    "kind": pl.String(),  # a BottleneckKind
    "key": pl.String(),  # node or carrier
    "parcels": pl.Int64(),  # of the order alone: a parcel shared with another order leaves anyway
}


class BottleneckKind(StrEnum):
    """What can be short so that waiting helps; the kinds of shadow price that a delay relieves."""

    THROUGHPUT = "throughput"  # key: node
    CAPACITY = "capacity"  # key: carrier


class WhyNotAsked(StrEnum):
    """Why an order's buyer is not asked to wait."""

    ASKED_BEFORE = "asked_before"
    LAYER = "layer"
    CATEGORY = "category"
    SHELF_LIFE = "shelf_life"
    PROMISE_TOO_NEAR = "promise_too_near"
    NOT_WORTH_IT = "not_worth_it"
    RELIEVED = "relieved"
    BUYER_QUIET = "buyer_quiet"
    SHARE_FULL = "share_full"


Bottleneck = tuple[str, str]
"""(BottleneckKind, key)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayHistory:
    """What was asked before. waiting: orders that the shares are of, those already asked included.

    asked_orders: ever asked. running: offers by tier whose order still waits. of_buyer: offers by buyer within the
    policy's days. answers: tier -> (accepted, asked and not accepted).
    """

    waiting: int
    asked_orders: frozenset[str] = frozenset()
    running: Mapping[str, int] = field(default_factory=dict)
    of_buyer: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayOffer:
    """One buyer to be asked. Money in yuan: price of the parcels that would leave, expected saving.

    expires_at: unanswered, the order is free again; decide_by: the last moment that this may be; ship_from: an
    accepted order comes back to allocation, as far before its new promise as it is now before the old one.
    """

    order_id: str
    tier: Tier
    price_yuan: float
    acceptance: float
    saving_yuan: float
    bottlenecks: tuple[tuple[str, str, float, int], ...]  # kind, key, yuan of this order's parcels there, how many
    expires_at: datetime
    decide_by: datetime
    promise_before: datetime
    promise_after: datetime
    ship_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayChoice:
    """Offers, greatest expected saving first; every other order with why not; parcels still to be relieved."""

    offers: tuple[DelayOffer, ...]
    passed_over: Mapping[str, WhyNotAsked]
    unrelieved: Mapping[Bottleneck, float]


def acceptance(tier: Tier, answers: tuple[int, int]) -> float:
    """Mean of the Beta posterior: the policy's prior, corrected by (accepted, not accepted) answers."""
    accepted, other = answers
    return (tier.acceptance * tier.acceptance_answers + accepted) / (tier.acceptance_answers + accepted + other)


def choose_delays(
    orders: pl.DataFrame,
    usage: pl.DataFrame,
    *,
    prices: Mapping[Bottleneck, float],
    relief: Mapping[Bottleneck, float],
    history: DelayHistory,
    policy: StaggerPolicy,
    now: datetime,
) -> DelayChoice:
    """Choose whom to ask. `orders` and `usage` as in ORDERS and USAGE.

    prices: yuan a parcel by bottleneck; those at or below 0 are none. relief: expected parcels that must leave a
    bottleneck before its price no longer holds. Savings only fall while the choice grows (bottlenecks are relieved,
    tiers fill up), so the greatest is found by a heap whose entries are put right when they come up.
    """
    why: dict[str, WhyNotAsked] = {}
    choice = _Choice(usage, prices, relief, history, policy)
    heap: list[tuple[float, float, str]] = []
    promises: dict[str, datetime] = {}
    buyers: dict[str, str] = {}
    for row in orders.select(list(ORDERS)).iter_rows():
        order_id, buyer, promise_at = row[:3]
        refusal = _may_not_wait(order_id, promise_at, *row[3:], history=history, policy=policy, now=now)
        best = None if refusal else choice.best(order_id)
        if best is None:
            why[order_id] = refusal or choice.why_none(order_id)
            continue
        promises[order_id], buyers[order_id] = promise_at, buyer
        heapq.heappush(heap, (-best[0], -promise_at.timestamp(), order_id))
    offers = []
    asked_of = dict(history.of_buyer)
    while heap:
        negative, urgency, order_id = heapq.heappop(heap)
        best = choice.best(order_id)
        if best is None:
            why[order_id] = choice.why_none(order_id)
        elif best[0] < -negative:
            heapq.heappush(heap, (-best[0], urgency, order_id))
        elif asked_of.get(buyers[order_id], 0) >= policy.buyer_offers:
            why[order_id] = WhyNotAsked.BUYER_QUIET
        else:
            offers.append(choice.take(order_id, best[1], promise_at=promises[order_id], now=now))
            asked_of[buyers[order_id]] = asked_of.get(buyers[order_id], 0) + 1
    unrelieved = {place: left for place, left in choice.left.items() if left > 0}
    return DelayChoice(offers=tuple(offers), passed_over=why, unrelieved=unrelieved)


def _may_not_wait(
    order_id: str,
    promise_at: datetime,
    layers: list[str],
    categories: list[str],
    shelf_life_days: int | None,
    *,
    history: DelayHistory,
    policy: StaggerPolicy,
    now: datetime,
) -> WhyNotAsked | None:
    if order_id in history.asked_orders:
        return WhyNotAsked.ASKED_BEFORE
    if not set(layers) <= policy.layers:
        return WhyNotAsked.LAYER
    if not set(categories) <= policy.categories:
        return WhyNotAsked.CATEGORY
    if shelf_life_days is not None and shelf_life_days < policy.min_shelf_life_days:
        return WhyNotAsked.SHELF_LIFE
    if answer_until(promise_at, now=now, policy=policy) - now < timedelta(minutes=policy.least_answer_minutes):
        return WhyNotAsked.PROMISE_TOO_NEAR
    return None


def answer_until(promise_at: datetime, *, now: datetime, policy: StaggerPolicy) -> datetime:
    """When an offer made now runs out: after the hours to answer, but early enough to keep the promise unmoved."""
    return min(now + timedelta(hours=policy.answer_hours), promise_at - timedelta(hours=policy.hours_before_promise))


class _Choice:
    """The choice while it grows: what is left to relieve, and what each tier may still take."""

    def __init__(
        self,
        usage: pl.DataFrame,
        prices: Mapping[Bottleneck, float],
        relief: Mapping[Bottleneck, float],
        history: DelayHistory,
        policy: StaggerPolicy,
    ) -> None:
        self._policy = policy
        self._prices = {
            place: price for place, price in prices.items() if price > 0 and place[0] in set(BottleneckKind)
        }
        self.left = {place: float(relief.get(place, 0.0)) for place in self._prices}
        self._uses: dict[str, list[tuple[Bottleneck, int]]] = {}
        for order_id, kind, key, parcels in usage.select(list(USAGE)).iter_rows():
            if (kind, key) in self._prices and parcels > 0:
                self._uses.setdefault(order_id, []).append(((kind, key), parcels))
        self._rate = {tier.name: acceptance(tier, history.answers.get(tier.name, (0, 0))) for tier in policy.tiers}
        self._room = {
            tier.name: _whole(tier.max_share * history.waiting) - history.running.get(tier.name, 0)
            for tier in policy.tiers
        }
        self._overall = _whole(policy.max_share_of_orders * history.waiting) - sum(history.running.values())

    def price(self, order_id: str) -> float:
        """Yuan saved if the order's parcels left, at the bottlenecks that still are some."""
        return math.fsum(
            self._prices[place] * parcels for place, parcels in self._uses.get(order_id, ()) if self.left[place] > 0
        )

    def best(self, order_id: str) -> tuple[float, Tier] | None:
        """Greatest expected saving in yuan and its tier, among tiers with room; the first of equals. None: not worth
        it, or no room."""
        if self._overall <= 0:
            return None
        price = self.price(order_id)
        found: tuple[float, Tier] | None = None
        for tier in self._policy.tiers:
            saving = self._rate[tier.name] * (price - tier.compensation_yuan)
            worth = saving > 0 and saving >= self._policy.least_saving_yuan
            if worth and self._room[tier.name] > 0 and (found is None or saving > found[0]):
                found = saving, tier
        return found

    def why_none(self, order_id: str) -> WhyNotAsked:
        """Why `best` has nothing to say."""
        whole = math.fsum(self._prices[place] * parcels for place, parcels in self._uses.get(order_id, ()))
        if not self._worth(whole):
            return WhyNotAsked.NOT_WORTH_IT
        return WhyNotAsked.SHARE_FULL if self._worth(self.price(order_id)) else WhyNotAsked.RELIEVED

    def _worth(self, price: float) -> bool:
        savings = (self._rate[tier.name] * (price - tier.compensation_yuan) for tier in self._policy.tiers)
        return any(saving > 0 and saving >= self._policy.least_saving_yuan for saving in savings)

    def take(self, order_id: str, tier: Tier, *, promise_at: datetime, now: datetime) -> DelayOffer:
        """Make the offer and count it."""
        price, rate = self.price(order_id), self._rate[tier.name]
        used = [(place, parcels) for place, parcels in self._uses[order_id] if self.left[place] > 0]
        for place, parcels in used:
            self.left[place] -= rate * parcels
        self._room[tier.name] -= 1
        self._overall -= 1
        later = timedelta(hours=tier.extra_hours)
        return DelayOffer(
            order_id=order_id,
            tier=tier,
            price_yuan=price,
            acceptance=rate,
            saving_yuan=rate * (price - tier.compensation_yuan),
            bottlenecks=tuple((*place, self._prices[place] * parcels, parcels) for place, parcels in used),
            expires_at=answer_until(promise_at, now=now, policy=self._policy),
            decide_by=promise_at - timedelta(hours=self._policy.hours_before_promise),
            promise_before=promise_at,
            promise_after=promise_at + later,
            ship_from=now + later,
        )


def _whole(share_of_orders: float) -> int:
    """Whole orders within a share; 0.06 of 50 is 3, although 0.06 * 50 need not be 3.0 in floating point."""
    return math.floor(share_of_orders + 1e-9 * max(1.0, share_of_orders))
