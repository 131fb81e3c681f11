"""Closed sets of the offer to wait ("delay offer"): where one stands, and what may follow what, as data."""

from enum import StrEnum


class DelayState(StrEnum):
    """Where a delay offer stands. Exactly one at any time."""

    PROPOSED = "proposed"  # the room suggests it; no buyer can see it
    APPROVED = "approved"  # an operator let it go; the gateway may fetch it
    SENT = "sent"  # the gateway reports that the buyer was asked
    ACCEPTED = "accepted"  # the buyer waits: the promise moved, the compensation is owed
    DECLINED = "declined"  # the buyer does not wait
    REJECTED = "rejected"  # an operator said no
    EXPIRED = "expired"  # nobody decided in time
    WITHDRAWN = "withdrawn"  # the order was planned, cancelled or refunded meanwhile


ASKING = frozenset({DelayState.APPROVED, DelayState.SENT})
"""States in which a buyer may still answer and the order stays out of allocation."""

OPEN = ASKING | {DelayState.PROPOSED}
"""States from which something may still follow; an order has at most one offer in them."""

DELAY_TRANSITIONS: dict[DelayState, frozenset[DelayState]] = {
    DelayState.PROPOSED: frozenset(
        {DelayState.APPROVED, DelayState.REJECTED, DelayState.EXPIRED, DelayState.WITHDRAWN}
    ),
    DelayState.APPROVED: frozenset(
        {DelayState.SENT, DelayState.ACCEPTED, DelayState.DECLINED, DelayState.EXPIRED, DelayState.WITHDRAWN}
    ),
    DelayState.SENT: frozenset({DelayState.ACCEPTED, DelayState.DECLINED, DelayState.EXPIRED, DelayState.WITHDRAWN}),
    DelayState.ACCEPTED: frozenset(),
    DelayState.DECLINED: frozenset(),
    DelayState.REJECTED: frozenset(),
    DelayState.EXPIRED: frozenset(),
    DelayState.WITHDRAWN: frozenset(),
}


class CompensationForm(StrEnum):
    """What a buyer who waits is given."""

    COUPON = "coupon"
    CASH = "cash"
