"""What carriers tell about a parcel, in one vocabulary, and the stages that a parcel passes. Knows no provider's code.

Source of the scan kinds: the field's canonical event; `engine/intake` translates each provider's codes into it.
"""

from enum import StrEnum

import polars as pl

from engine.model.frames import INSTANT, Contract


class Scan(StrEnum):
    """What one tracking event says happened."""

    ORDERED = "ordered"  # the carrier knows of the parcel: no scan yet
    LABELLED = "labelled"  # a waybill exists or a courier was told to come: still not a pick-up
    PICKED_UP = "picked_up"  # 揽收: the one scan that counts as shipped on Douyin
    HUB_IN = "hub_in"
    HUB_OUT = "hub_out"
    ARRIVED_CITY = "arrived_city"
    OUT_FOR_DELIVERY = "out_for_delivery"
    LOCKER = "locker"  # in a parcel locker or at a pickup station, waiting for the buyer
    SIGNED = "signed"
    EXCEPTION = "exception"  # see Trouble
    RETURNING = "returning"
    RETURNED = "returned"
    REJECTED = "rejected"
    CANCELLED = "cancelled"  # 销单: the carrier's order was called off
    LOST_SUSPECT = "lost_suspect"  # the provider gave up looking
    NOTE = "note"  # words without a change of place or stage: customs, a receipt's photograph


class Trouble(StrEnum):
    """Which trouble an EXCEPTION tells of."""

    OVERDUE = "overdue"  # no signature after a long time
    NO_NEWS = "no_news"
    FAILED_DELIVERY = "failed_delivery"
    LOCKER_OVERDUE = "locker_overdue"
    UNREACHABLE = "unreachable"
    OUT_OF_AREA = "out_of_area"
    HELD_UP = "held_up"  # 滞留
    DAMAGED = "damaged"
    OTHER = "other"


class Provider(StrEnum):
    """Whose codes an event came in. The same digits mean different things at different providers."""

    KUAIDI100 = "kuaidi100"
    KDNIAO = "kdniao"
    SF = "sf"
    CANONICAL = "canonical"  # our own JSON, for everyone else


class Stage(StrEnum):
    """Where a parcel with a waybill is. Exactly one at any time; `engine/logistics/stages.py` has the transitions."""

    LABELLED = "labelled"  # has a waybill; the carrier has not scanned it
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"  # between hubs
    ARRIVED = "arrived"  # in the city of delivery
    OUT_FOR_DELIVERY = "out_for_delivery"
    LOCKER = "locker"
    SIGNED = "signed"
    REJECTED = "rejected"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    LOST = "lost"  # suspected


TRACKING_EVENTS: Contract = {
    # One event as an adapter hands it over, before the room knows whose parcel it is.
    "provider": pl.String,  # Provider
    "waybill_no": pl.String,
    "scan": pl.String,  # Scan
    "trouble": pl.String,  # Trouble; null unless the scan is EXCEPTION
    "raw_code": pl.String,  # as it came, for the provider's own helpdesk
    "event_time": INSTANT,
    "place": pl.String,  # null where the provider names none
    "adcode": pl.String,  # 6 digits; null likewise
    "lon": pl.Float64,  # WGS-84; null likewise
    "lat": pl.Float64,
    "said": pl.String,  # the provider's sentence; may hold a courier's number, so boards mask it
}
