"""Goods that must not leave any more although a node was told to send them: how far they were, and what came of it.

The race of a refund against the shipment: closed sets and their transitions.
"""

from enum import StrEnum


class StopWhy(StrEnum):
    """Why goods must stay."""

    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    MOVED = "moved"  # the order travels in another parcel now


class Reached(StrEnum):
    """How far the goods were when the room learned that they must stay."""

    PLANNED = "planned"  # on no list of the floor: the room stops them by itself
    ON_FLOOR = "on_floor"  # in a released wave
    LABELLED = "labelled"  # the waybill was uploaded
    GONE = "gone"  # the carrier has them


class StopState(StrEnum):
    """What came of it. Exactly one at any time."""

    OPEN = "open"  # the node has not answered
    STOPPED = "stopped"  # the goods stay
    SHIPPED = "shipped"  # they left all the same: only the carrier can turn them round


STOP_TRANSITIONS: dict[StopState, frozenset[StopState]] = {
    StopState.OPEN: frozenset({StopState.STOPPED, StopState.SHIPPED}),
    # A node may be wrong, a scan is not, unless its carrier takes it back.
    StopState.STOPPED: frozenset({StopState.SHIPPED}),
    StopState.SHIPPED: frozenset({StopState.OPEN}),
}

BEGINS: dict[Reached, StopState] = {
    Reached.PLANNED: StopState.STOPPED,
    Reached.ON_FLOOR: StopState.OPEN,
    Reached.LABELLED: StopState.OPEN,
    Reached.GONE: StopState.SHIPPED,
}
"""Where a stop begins, by how far the goods were."""
