"""Closed sets of the buyer's own page: what a buyer may wish for, and where such a wish stands. No rule of when."""

from enum import StrEnum


class Wish(StrEnum):
    """What a buyer asks for on the tracking page."""

    WAIT = "wait"  # waits longer, for the compensation that was shown
    CHANGE_TIME = "change_time"  # deliver at another time
    CHANGE_ADDRESS = "change_address"
    REFUND = "refund"


class RequestState(StrEnum):
    """Where a buyer's request stands. Exactly one at any time."""

    OPEN = "open"  # written down; a desk has to answer it
    DONE = "done"
    DECLINED = "declined"
    REPLACED = "replaced"  # the same buyer asked for the same with other details


REQUEST_TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    RequestState.OPEN: frozenset({RequestState.DONE, RequestState.DECLINED, RequestState.REPLACED}),
    RequestState.DONE: frozenset(),
    RequestState.DECLINED: frozenset(),
    RequestState.REPLACED: frozenset(),
}

TIME_SLOTS = ("workday_day", "workday_evening", "weekend")
"""When a buyer may ask to be delivered to: what carriers promise by words, not by the hour."""

REFUND_GROUNDS = ("late", "not_needed", "other")
"""Why a buyer asks for the money back; a closed list, so that nobody types what a platform must not see."""
