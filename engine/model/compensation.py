"""Closed sets of making good: how bad it is, what may be offered, where an offer stands, and what may follow what."""

from enum import StrEnum


class Severity(StrEnum):
    """How bad the complaint is, from mild to grave."""

    SMALL = "small"  # the goods can be used: a dent, a scratch, a day late
    SERIOUS = "serious"  # they cannot: broken, leaked out, spoilt, lost, something else
    HEALTH = "health"  # somebody fell ill or found what must not be in food: never settled by a coupon


class Remedy(StrEnum):
    """What a buyer is given, the plainest first: of two that cost the same, the first is taken."""

    COUPON = "coupon"  # for the next order; the goods stay with the buyer
    RESHIP = "reship"  # the same goods once more
    REFUND = "refund"  # 仅退款: money back, the goods stay
    RETURN_REFUND = "return_refund"  # 退货退款: money back once the goods have come back


class AbuseSignal(StrEnum):
    """What makes a claim look like a trade in claims. None of them is proof."""

    RATE = "rate"  # the buyer asks for money for many of few orders
    SAME_TEXT = "same_text"  # others complained in exactly these words
    HIGH_VALUE = "high_value"  # several claims, all on dear orders
    EARLY = "early"  # complains of goods that had not arrived when the ticket came


class WhyManager(StrEnum):
    """Why an operator's yes is not enough."""

    AMOUNT = "amount"
    ABUSE = "abuse"
    BUYER_LIMIT = "buyer_limit"  # this buyer was given a lot lately
    HEALTH = "health"


class WhyNone(StrEnum):
    """Why nothing is proposed for a ticket or an order."""

    UNLABELLED = "unlabelled"  # nobody is sure yet what the ticket is about
    NO_ORDER = "no_order"  # no order of ours: nothing to measure a remedy by
    NOT_OPEN = "not_open"  # resolved, or closed by the platform
    REFUNDED = "refunded"  # the money has gone back already
    ENDED = "ended"  # the order was cancelled
    HAS_ONE = "has_one"  # something was proposed or paid before
    PERSON = "person"  # the decision table leaves it to a person


class CompensationState(StrEnum):
    """Where a compensation stands. Exactly one at any time."""

    PROPOSED = "proposed"  # the room suggests it; charges no budget
    APPROVED = "approved"  # somebody said yes: charged to the budget, the gateway may fetch it
    SENT = "sent"  # the gateway reports that the platform was asked to pay or ship
    PAID = "paid"  # the gateway reports that the buyer has it
    FAILED = "failed"  # the platform refused; the budget has it back
    REJECTED = "rejected"  # somebody said no
    WITHDRAWN = "withdrawn"  # its ground fell away before anybody decided


COMPENSATION_TRANSITIONS: dict[CompensationState, frozenset[CompensationState]] = {
    CompensationState.PROPOSED: frozenset(
        {CompensationState.APPROVED, CompensationState.REJECTED, CompensationState.WITHDRAWN}
    ),
    CompensationState.APPROVED: frozenset(
        {CompensationState.SENT, CompensationState.PAID, CompensationState.FAILED, CompensationState.WITHDRAWN}
    ),
    CompensationState.SENT: frozenset({CompensationState.PAID, CompensationState.FAILED}),
    CompensationState.PAID: frozenset(),
    CompensationState.FAILED: frozenset(),
    CompensationState.REJECTED: frozenset(),
    CompensationState.WITHDRAWN: frozenset(),
}

CHARGED = frozenset({CompensationState.APPROVED, CompensationState.SENT, CompensationState.PAID})
"""States that count against a budget."""

STANDING = CHARGED | {CompensationState.PROPOSED}
"""States in which a ticket or an order has its compensation, and gets no second one."""
