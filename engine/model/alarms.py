"""What is watched so that no clock runs out unseen, whose business it is, and where an alarm stands: closed sets."""

from enum import StrEnum


class Watch(StrEnum):
    """What an alarm is about: a penalty clock about to run out, or a floor of the customer's own."""

    LATE = "late"
    LATE_BEYOND = "late_beyond"
    NO_PICK_UP = "no_pick_up"
    NO_PICK_UP_LONG = "no_pick_up_long"
    NO_HUB = "no_hub"
    NO_HUB_LONG = "no_hub_long"
    GAP = "gap"
    FLOOR_NO_PICK_UP = "floor_no_pick_up"
    FLOOR_NO_SCAN = "floor_no_scan"


ON_THE_ROAD = frozenset({Watch.NO_HUB, Watch.NO_HUB_LONG, Watch.GAP, Watch.FLOOR_NO_SCAN})
"""Watches whose cause is a lane, not a node."""


class Desk(StrEnum):
    """Who has to act."""

    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    CUSTOMER_SERVICE = "customer_service"


class AlarmState(StrEnum):
    """Where an alarm stands. Exactly one at any time."""

    RAISED = "raised"
    ESCALATED = "escalated"  # it presses
    CLEARED = "cleared"


ALARM_TRANSITIONS: dict[AlarmState, frozenset[AlarmState]] = {
    AlarmState.RAISED: frozenset({AlarmState.ESCALATED, AlarmState.CLEARED}),
    AlarmState.ESCALATED: frozenset({AlarmState.CLEARED}),
    AlarmState.CLEARED: frozenset(),
}
"""What comes again after it was cleared is a new alarm."""
