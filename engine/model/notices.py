"""What the room tells people, over which channels, and where each notice stands: closed sets and the transition table.

A notice is written in the transaction of its cause and sent later; the room holds no address of a buyer, so a notice
to a buyer names the order and the brand's gateway finds the person.
"""

from enum import StrEnum


class ChannelKind(StrEnum):
    """Whose protocol a channel speaks."""

    WECOM = "wecom"  # 企业微信 group robot
    DINGTALK = "dingtalk"  # 钉钉 group robot
    FEISHU = "feishu"  # 飞书 group robot
    APPRISE = "apprise"  # whatever else the library of that name reaches
    GATEWAY = "gateway"  # the brand's own: the only way to a buyer


class Audience(StrEnum):
    """Whom a notice is for."""

    STAFF = "staff"
    BUYER = "buyer"


class StaffDesk(StrEnum):
    """Whose business a staff notice is; a channel says which of these it serves and who is mentioned there."""

    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    CUSTOMER_SERVICE = "customer_service"
    QUALITY = "quality"
    MANAGER = "manager"


class Via(StrEnum):
    """How the gateway should reach a buyer, in the order of preference that a template gives."""

    APP = "app"  # push of the platform's or the brand's app
    SERVICE = "service"  # service message of the shop's chat
    SMS = "sms"


class NoticeKind(StrEnum):
    """What is told. Every kind has a template in both languages."""

    PICKED_UP = "picked_up"
    OUT_FOR_DELIVERY = "out_for_delivery"
    LATE = "late"
    SOLD_OUT = "sold_out"
    PRE_SALE = "pre_sale"
    REFUND_FIRST = "refund_first"
    LOT_CARE = "lot_care"
    COMPENSATION = "compensation"
    DELAY_OFFER = "delay_offer"
    ALERT = "alert"
    APPROVAL = "approval"
    INCIDENT = "incident"
    TEST = "test"
    DIGEST = "digest"  # several that waited, told as one: made when it is sent, never stored


_BUYER_KINDS = ("PICKED_UP", "OUT_FOR_DELIVERY", "LATE", "SOLD_OUT", "PRE_SALE", "REFUND_FIRST", "LOT_CARE",
                "COMPENSATION", "DELAY_OFFER")  # fmt: skip

AUDIENCE_OF: dict[NoticeKind, Audience] = {
    kind: Audience.BUYER if kind.name in _BUYER_KINDS else Audience.STAFF for kind in NoticeKind
}

OF_A_STANDING_ORDER = frozenset(
    {NoticeKind.PICKED_UP, NoticeKind.OUT_FOR_DELIVERY, NoticeKind.LATE, NoticeKind.PRE_SALE, NoticeKind.DELAY_OFFER}
)
"""Kinds that nobody wants to read of an order that was cancelled or refunded meanwhile."""

FIELDS_OF: dict[NoticeKind, tuple[str, ...]] = {
    NoticeKind.PICKED_UP: ("order_no", "carrier", "waybill_no"),
    NoticeKind.OUT_FOR_DELIVERY: ("order_no", "carrier"),
    NoticeKind.LATE: ("order_no", "carrier"),
    NoticeKind.SOLD_OUT: ("order_no", "goods"),
    NoticeKind.PRE_SALE: ("order_no", "goods", "ship_at"),
    NoticeKind.REFUND_FIRST: ("order_no", "yuan"),
    NoticeKind.LOT_CARE: ("order_no", "goods", "lot"),
    NoticeKind.COMPENSATION: ("order_no", "yuan"),
    NoticeKind.DELAY_OFFER: ("order_no", "hours", "yuan", "answer_at"),
    NoticeKind.ALERT: ("what", "where", "orders", "yuan", "due_at"),
    NoticeKind.APPROVAL: ("what", "where", "orders", "yuan", "role", "due_at"),
    NoticeKind.INCIDENT: ("what", "where", "orders"),
    NoticeKind.TEST: ("by", "sent_at"),
    NoticeKind.DIGEST: ("count",),
}
"""What each kind tells besides its fixed words. Names that end in `_at` are moments; `yuan` is text such as "3.00"."""


EXAMPLES: dict[str, object] = {
    "order_no": "6921123456789012345",
    "carrier": {"zh": "中通快递", "en": "ZTO Express"},
    "waybill_no": "78123456789012",
    "goods": {"zh": "五常大米 5kg", "en": "Wuchang rice 5 kg"},
    "ship_at": "2026-11-18T18:00:00+08:00",
    "yuan": "12.00",
    "lot": "RICE-2611",
    "hours": 48,
    "answer_at": "2026-11-12T20:00:00+08:00",
    "what": "no_pick_up",
    "where": "ZTO · WH-EAST",
    "orders": 128,
    "due_at": "2026-11-12T16:30:00+08:00",
    "role": "manager",
    "by": "lin",
    "sent_at": "2026-11-11T20:15:00+08:00",
    "count": 14,
}
"""A value for every field, for previews and nothing else."""


def example_of(kind: NoticeKind) -> dict[str, object]:
    """Fields of a notice of this kind, filled with examples."""
    fitting: dict[str, object] = {"what": "top_up_pool", "where": "night/RICE"} if kind is NoticeKind.APPROVAL else {}
    return {name: fitting.get(name, EXAMPLES[name]) for name in FIELDS_OF[kind]}


class NoticeState(StrEnum):
    """Where a notice stands. Exactly one at any time."""

    QUEUED = "queued"  # waits for its turn
    DEFERRED = "deferred"  # waits for the morning
    SENDING = "sending"  # claimed by one process until its lease runs out
    FAILED = "failed"  # did not go out; will be tried again
    SENT = "sent"  # the channel took it; of a robot that is the end
    DELIVERED = "delivered"  # the gateway reports that the buyer has it
    UNDELIVERED = "undelivered"  # the gateway reports that nobody got it
    GIVEN_UP = "given_up"  # too late, refused for good, or stopped by a person
    SUPPRESSED = "suppressed"  # the buyer does not want to be told


NOTICE_TRANSITIONS: dict[NoticeState, frozenset[NoticeState]] = {
    NoticeState.QUEUED: frozenset(
        {NoticeState.SENDING, NoticeState.DEFERRED, NoticeState.SUPPRESSED, NoticeState.GIVEN_UP}
    ),
    NoticeState.DEFERRED: frozenset({NoticeState.SENDING, NoticeState.SUPPRESSED, NoticeState.GIVEN_UP}),
    # Back to the queue: claimed, but never tried, because the channel broke off before.
    NoticeState.SENDING: frozenset({NoticeState.SENT, NoticeState.FAILED, NoticeState.GIVEN_UP, NoticeState.QUEUED}),
    NoticeState.FAILED: frozenset(
        {NoticeState.SENDING, NoticeState.DEFERRED, NoticeState.SUPPRESSED, NoticeState.GIVEN_UP}
    ),
    NoticeState.SENT: frozenset({NoticeState.DELIVERED, NoticeState.UNDELIVERED}),
    NoticeState.UNDELIVERED: frozenset({NoticeState.DELIVERED}),  # the phone was switched on at last
    NoticeState.DELIVERED: frozenset(),
    NoticeState.GIVEN_UP: frozenset({NoticeState.QUEUED}),  # a person tries again
    NoticeState.SUPPRESSED: frozenset(),
}

WAITING = frozenset({NoticeState.QUEUED, NoticeState.DEFERRED, NoticeState.FAILED})
"""States in which a notice still has to go out and nobody is at it."""
