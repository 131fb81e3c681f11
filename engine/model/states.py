"""Closed sets and the transition table of an order. What may follow what is data here, not code elsewhere."""

from enum import StrEnum


class Platform(StrEnum):
    """Where an order was placed."""

    DOUYIN = "douyin"
    KUAISHOU = "kuaishou"
    CHANNELS = "channels"
    OTHER = "other"


class Layer(StrEnum):
    """Temperature layer of goods, a node or a carrier."""

    AMBIENT = "ambient"
    CHILLED = "chilled"
    FROZEN = "frozen"


class Fate(StrEnum):
    """What the source says has become of an order's payment."""

    UNPAID = "unpaid"
    PAID = "paid"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class OrderStatus(StrEnum):
    """Where an accepted order stands. Exactly one at any time."""

    RESERVED = "reserved"  # holds pool stock and a place in its province's quota
    HELD = "held"  # the same, but waits for an operator's decision
    SOLD_OUT = "sold_out"  # paid, but pool or quota had no room: holds nothing
    ALLOCATED = "allocated"  # has node, lot and carrier; holds lot stock as well
    CANCELLED = "cancelled"  # gave everything back
    REFUNDED = "refunded"  # gave everything back


HOLDS_POOL = frozenset({OrderStatus.RESERVED, OrderStatus.HELD, OrderStatus.ALLOCATED})
"""States in which an order's units count against its pool and its province's quota."""

ORDER_TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.RESERVED: frozenset(
        {OrderStatus.ALLOCATED, OrderStatus.HELD, OrderStatus.CANCELLED, OrderStatus.REFUNDED}
    ),
    OrderStatus.HELD: frozenset({OrderStatus.RESERVED, OrderStatus.CANCELLED, OrderStatus.REFUNDED}),
    OrderStatus.SOLD_OUT: frozenset({OrderStatus.CANCELLED, OrderStatus.REFUNDED}),
    # Back to waiting: its node, lot or carrier was taken away and there was no other way out.
    OrderStatus.ALLOCATED: frozenset({OrderStatus.RESERVED, OrderStatus.CANCELLED, OrderStatus.REFUNDED}),
    OrderStatus.CANCELLED: frozenset(),
    OrderStatus.REFUNDED: frozenset(),
}


class RowEnd(StrEnum):
    """How one row of an import ended. Counts over these always add up to the rows read."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    UNPAID = "unpaid"
    QUARANTINED = "quarantined"


class StockKind(StrEnum):
    """Why stock moved. Every change of on hand, or of quarantine, is one of these."""

    RECEIPT = "receipt"
    QUARANTINE = "quarantine"
    RELEASE = "release"
    COUNT = "count"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    SHIPPED = "shipped"


SHELF = "shelf"
"""The show id of everything sold outside a show: web shop, store, an export of last month."""
