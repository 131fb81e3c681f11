"""What may a buyer be told of a parcel: when it comes, whether it is late, and what can still be wished for?

Pure: facts of one parcel in, words' keys and moments out. Knows no page, no other buyer and no courier's number.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engine.logistics.track_policy import LatePolicy
from engine.model.buyers import Wish
from engine.model.states import OrderStatus
from engine.model.tracking import Stage

DELIVERED = frozenset({Stage.SIGNED})
GONE_BACK = frozenset({Stage.REJECTED, Stage.RETURNING, Stage.RETURNED, Stage.CANCELLED, Stage.LOST})
AT_THE_DOOR = frozenset({Stage.OUT_FOR_DELIVERY, Stage.LOCKER})


class EtaSource(StrEnum):
    """What an expected range rests on."""

    FORECAST = "forecast"  # the delay model's 10 % to 90 % range
    PUBLISHED = "published"  # the carrier's published transit days: no promise of this parcel


class Late(StrEnum):
    """Why a parcel counts as late for its buyer, the plainest first."""

    NOT_PICKED_UP = "not_picked_up"  # the promise has passed
    NOT_DELIVERED = "not_delivered"  # the expected range has passed
    TROUBLE = "trouble"  # the carrier told of one
    LIKELY = "likely"  # the model expects it


@dataclass(frozen=True, slots=True)
class Facts:
    """One parcel as the room knows it. `days`: published transit days. Chances are null without a forecast."""

    stage: Stage | None
    trouble: str | None
    planned_at: datetime
    picked_up_at: datetime | None
    eta: tuple[datetime, datetime] | None
    days: float | None
    late_pick_up: float | None
    late_delivery: float | None


@dataclass(frozen=True, slots=True)
class Range:
    """Expected delivery, from and until, and what that rests on."""

    start: datetime
    end: datetime
    source: EtaSource


def expected(facts: Facts, promise_at: datetime, policy: LatePolicy) -> Range | None:
    """When the parcel comes. None: it has come, it comes no more, or nothing is known.

    Without a forecast: published days after the pick-up scan, or after the promise while there is no scan, with the
    policy's slack on both sides.
    """
    if facts.stage in DELIVERED | GONE_BACK:
        return None
    if facts.eta is not None:
        return Range(*facts.eta, EtaSource.FORECAST)
    if facts.days is None:
        return None
    start = facts.picked_up_at or max(promise_at, facts.planned_at)
    arrives, slack = start + timedelta(days=facts.days), timedelta(days=policy.published_slack_days)
    return Range(max(start, arrives - slack), arrives + slack, EtaSource.PUBLISHED)


def lateness(facts: Facts, promise_at: datetime, policy: LatePolicy, *, now: datetime) -> Late | None:
    """Why the parcel counts as late at `now`; None: it does not."""
    if facts.stage in DELIVERED | GONE_BACK:
        return None
    if facts.picked_up_at is None and now > promise_at:
        return Late.NOT_PICKED_UP
    window = expected(facts, promise_at, policy)
    if facts.picked_up_at and window and now > window.end + timedelta(hours=policy.delivery_grace_hours):
        return Late.NOT_DELIVERED
    if facts.trouble is not None:
        return Late.TROUBLE
    if facts.picked_up_at is None and (facts.late_pick_up or 0) >= policy.pick_up_chance:
        return Late.LIKELY
    if (facts.late_delivery or 0) >= policy.delivery_chance:
        return Late.LIKELY
    return None


def wishes(
    status: OrderStatus, stages: Collection[Stage | None], *, late: bool, offered: Collection[Wish]
) -> tuple[Wish, ...]:
    """What the buyer of an order may ask for, given the stages of its parcels.

    Everything when something is late, else what an operator offered. What is at the door takes no new time or address;
    what is delivered or on its way back goes through the platform's own after-sales.
    """
    if status in (OrderStatus.CANCELLED, OrderStatus.REFUNDED, OrderStatus.SOLD_OUT):
        return ()
    waiting = [stage for stage in stages if stage not in DELIVERED | GONE_BACK]
    if stages and not waiting:
        return ()
    fixed = {Wish.CHANGE_TIME, Wish.CHANGE_ADDRESS} if AT_THE_DOOR.intersection(waiting) else set()
    return tuple(wish for wish in Wish if (late or wish in offered) and wish not in fixed)
