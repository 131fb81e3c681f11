"""What a buyer's complaint is about, whose desk it belongs to and where it stands: closed sets and the frame of intake.

The five complaints are the customer's four (未收到货, 包装破损, 发错商品, 质量问题) and everything else.
"""

from enum import StrEnum

import polars as pl

from engine.model.frames import INSTANT, Contract


class Complaint(StrEnum):
    """What a ticket is about."""

    NOT_RECEIVED = "not_received"  # 未收到货: late, lost, or signed for by nobody the buyer knows
    DAMAGED = "damaged"  # 包装破损: broken, leaking, crushed on the way
    WRONG_ITEM = "wrong_item"  # 发错商品: another article, too few, a part missing
    QUALITY = "quality"  # 质量问题: the goods themselves are bad
    OTHER = "other"  # none of these: invoices, prices, manners, praise


class TicketDesk(StrEnum):
    """Who answers a ticket."""

    LOGISTICS = "logistics"
    PACKING = "packing"
    WAREHOUSE = "warehouse"
    QUALITY = "quality"
    SERVICE = "service"  # everything else, and every ticket whose complaint nobody is sure of


DESK_OF: dict[Complaint, TicketDesk] = {
    Complaint.NOT_RECEIVED: TicketDesk.LOGISTICS,
    Complaint.DAMAGED: TicketDesk.PACKING,
    Complaint.WRONG_ITEM: TicketDesk.WAREHOUSE,
    Complaint.QUALITY: TicketDesk.QUALITY,
    Complaint.OTHER: TicketDesk.SERVICE,
}


class Claim(StrEnum):
    """What the buyer asks for, as the platform's after-sales types have it."""

    REFUND = "refund"  # 仅退款, also of goods not shipped yet
    RETURN = "return"  # 退货退款
    EXCHANGE = "exchange"  # 换货
    RESHIP = "reship"  # 补寄
    WORDS = "words"  # a complaint that asks for nothing, a review, a message


class TicketState(StrEnum):
    """Where a ticket stands. Exactly one at any time."""

    OPEN = "open"
    WAITING = "waiting"  # for the buyer: its clock stands still
    RESOLVED = "resolved"


TICKET_TRANSITIONS: dict[TicketState, frozenset[TicketState]] = {
    TicketState.OPEN: frozenset({TicketState.WAITING, TicketState.RESOLVED}),
    TicketState.WAITING: frozenset({TicketState.OPEN, TicketState.RESOLVED}),
    TicketState.RESOLVED: frozenset({TicketState.OPEN}),
}


class LabelBy(StrEnum):
    """Who said what a ticket is about. A person's word is never overwritten by a machine's."""

    CLASSIFIER = "classifier"
    OPERATOR = "operator"


class TrainingVerdict(StrEnum):
    """Why a trained classifier speaks, or does not."""

    FIRST = "first"  # there was none
    REFITTED = "refitted"  # the champion was fitted with another lexicon or format
    BETTER = "better"  # right more often than the champion on corrections that neither had learned from
    NO_BETTER = "no_better"


TICKETS: Contract = {
    # One ticket as an adapter hands it over, before the room knows whose order it is.
    "platform": pl.String,  # Platform
    "ticket_no": pl.String,  # the platform's number; unique with the platform
    "order_no": pl.String,  # the platform's order number; null where the source names none
    "sub_order_no": pl.String,  # null likewise
    "sku": pl.String,  # the shop's code of the goods complained of; null: the whole order
    "buyer": pl.String,  # as orders carry it; null where unknown
    "claim": pl.String,  # Claim
    "reason": pl.String,  # the platform's reason, in its words; null where it gives none
    "text": pl.String,  # the buyer's words as they came: never trusted, always shown escaped; may be empty
    "asked_at": INSTANT,
    "refund_cents": pl.Int64,  # asked for or paid back; null where unknown
    "return_waybill_no": pl.String,  # null unless goods travel back
    "returned_at": INSTANT,  # when the buyer handed them over; null likewise
    "refunded_at": INSTANT,  # null while the money has not gone back
    "closed_at": INSTANT,  # when the platform closed it; null while it is open there
    "told_at": INSTANT,  # as of when the source says all this; of two reports of a ticket the later counts
    "details": pl.String,  # what else the source said, as a JSON object: arbitration, the merchant's own remarks
}
