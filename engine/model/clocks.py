"""The clocks that run for an order and its parcels, where each stands, and the cliffs behind them, as closed sets."""

from enum import StrEnum


class Clock(StrEnum):
    """What must happen before a deadline. Several clocks can lead into one clause of the platform's rules."""

    LATE = "late"  # from payment to the pick-up scan, until the promise
    LATE_BEYOND = "late_beyond"  # the same, until the lateness is 缺货/无货
    NO_PICK_UP = "no_pick_up"  # from the waybill's upload to the pick-up scan
    NO_PICK_UP_LONG = "no_pick_up_long"
    NO_HUB = "no_hub"  # from the pick-up to the first scan in a hub
    NO_HUB_LONG = "no_hub_long"
    GAP = "gap"  # from the last scan in transit to the next
    BEFORE_PAYMENT = "before_payment"  # not a matter of time: picked up before the buyer had paid
    RECALLED = "recalled"  # not a matter of time: the waybill was cancelled after its upload


ORDER_CLOCKS = (Clock.LATE, Clock.LATE_BEYOND)
"""Clocks of an order as a whole: all of its parcels must have been picked up."""

PARCEL_CLOCKS = (
    Clock.BEFORE_PAYMENT,
    Clock.RECALLED,
    Clock.NO_PICK_UP,
    Clock.NO_PICK_UP_LONG,
    Clock.NO_HUB,
    Clock.NO_HUB_LONG,
    Clock.GAP,
)
"""Clocks of one parcel. The platform counts orders, so each order inside has them."""

TIMED = (*ORDER_CLOCKS, *PARCEL_CLOCKS[2:])
"""Clocks that can still be kept while they run."""


class ClockState(StrEnum):
    """Where one clock of one order stands. Exactly one at any time."""

    RUNNING = "running"
    KEPT = "kept"
    BROKEN = "broken"
    EXEMPT = "exempt"  # would be broken or still run, but a notice of the platform takes it out
    NOT_APPLICABLE = "not_applicable"  # has not begun, or the order ended before the deadline


class Cliff(StrEnum):
    """What a bad day can do to the shop or a SKU, beyond the orders themselves."""

    SHOP_DAY = "shop_day"
    SHOP_TWO_DAYS = "shop_two_days"
    SKU_DAY = "sku_day"
    TRACE_ANOMALY_DAY = "trace_anomaly_day"
    OUT_OF_STOCK_DAY = "out_of_stock_day"


class CliffOf(StrEnum):
    """Whose orders a cliff counts."""

    SHOP = "shop"
    SKU = "sku"


class NamedPromise(StrEnum):
    """Promises that a platform has a name for."""

    SAME_DAY = "same_day"  # 极速发货 当日
    NEXT_DAY = "next_day"  # 次日
    USUAL = "usual"  # what counts where nothing else was promised
