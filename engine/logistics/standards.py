"""What carriers and nodes are measured by, and how good is good enough (data/rules/service_standards.toml)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import BadSetting
from engine.model.toml_values import inside

FILE = "service_standards.toml"


class PartnerKind(StrEnum):
    """Who is measured."""

    CARRIER = "carrier"
    NODE = "node"


class Source(StrEnum):
    """Whose counts a score rests on."""

    LIVE = "live"  # the room's own parcels
    HISTORY = "history"  # what the brand brought along: delay_history and damage_history


class Measure(StrEnum):
    """What a parcel is checked at, in the order in which it happens."""

    PROCESSING = "processing"  # waybill in time after the plan
    LABEL_SCAN = "label_scan"  # first scan in time after the waybill
    PICK_UP = "pick_up"  # first scan before the promise: the one that Douyin counts
    FIRST_HUB = "first_hub"  # first hub in time after the first scan
    PUBLISHED = "published"  # signed within the carrier's published days
    TIER_HOURS = "tier_hours"  # signed within the hours of its tier
    INTACT = "intact"  # no damage told
    SMOOTH = "smooth"  # no exception told
    UNCOMPLAINED = "uncomplained"  # no buyer's ticket of goods that did not come or came broken
    RIGHT_GOODS = "right_goods"  # no buyer's ticket of the wrong goods


MEASURED: Mapping[PartnerKind, tuple[Measure, ...]] = {
    PartnerKind.CARRIER: tuple(one for one in Measure if one not in (Measure.PROCESSING, Measure.RIGHT_GOODS)),
    PartnerKind.NODE: (
        Measure.PROCESSING,
        Measure.LABEL_SCAN,
        Measure.PICK_UP,
        Measure.FIRST_HUB,
        Measure.RIGHT_GOODS,
    ),
}
"""A node answers for what it picks and for what happens until the carrier drives away, a carrier for all it touches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What counts: window in days, the interval's probability, parcels, digits of division codes that make a lane."""

    window_days: float
    interval: float
    prior_parcels: float
    min_parcels: int
    parcel_digits: int
    local_digits: int

    def __post_init__(self) -> None:
        inside(FILE, "window_days", self.window_days, 1, 365)
        inside(FILE, "interval", self.interval, 0.5, 0.999)
        inside(FILE, "prior_parcels", self.prior_parcels, 0.5, 10_000)
        inside(FILE, "min_parcels", self.min_parcels, 1, 1_000_000)
        for name in ("parcel_digits", "local_digits"):
            if getattr(self, name) not in (2, 4, 6):
                raise BadSetting(f"{FILE}: {name} is {getattr(self, name)}; it must be 2, 4 or 6.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepHours:
    """Hours that the steps before the road may take, and that buyers have to complain after the hours of their tier."""

    processing_hours: float
    scan_hours: float
    hub_hours: float
    complaint_hours: float

    def __post_init__(self) -> None:
        for name in ("processing_hours", "scan_hours", "hub_hours", "complaint_hours"):
            inside(FILE, name, getattr(self, name), 0.25, 240)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardShares:
    """Least share of parcels as they should be, by measure; the tiers have their own for their hours."""

    processing: float
    label_scan: float
    pick_up: float
    first_hub: float
    published: float
    intact: float
    smooth: float
    uncomplained: float
    right_goods: float

    def __post_init__(self) -> None:
        for measure in Measure:
            if measure is not Measure.TIER_HOURS:
                inside(FILE, measure.value, getattr(self, measure.value), 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRules:
    """The planner of switches: minutes, proposals, orders, yuan an order, days."""

    valid_minutes: float
    most_open: int
    least_orders: int
    late_order_yuan: float
    recovery_days: float

    def __post_init__(self) -> None:
        inside(FILE, "valid_minutes", self.valid_minutes, 5, 2880)
        inside(FILE, "most_open", self.most_open, 0, 100)
        inside(FILE, "least_orders", self.least_orders, 1, 1_000_000)
        inside(FILE, "late_order_yuan", self.late_order_yuan, 0, 1000)
        inside(FILE, "recovery_days", self.recovery_days, 1, 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A group of destination provinces (two digits each), hours from pick-up to signature, least share within them."""

    name: str
    zh: str
    en: str
    provinces: tuple[str, ...]
    hours: float
    on_time: float

    def __post_init__(self) -> None:
        inside(FILE, f"hours of tier {self.name}", self.hours, 1, 720)
        inside(FILE, f"on_time of tier {self.name}", self.on_time, 0, 1)
        for province in self.provinces:
            if len(province) != 2 or not province.isdecimal() or not province.isascii():
                raise BadSetting(f"{FILE}: tier {self.name} lists {province!r}; a province is two digits.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """All of it."""

    evidence: Evidence
    sop: StepHours
    standard: StandardShares
    switch: SwitchRules
    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        for tier in self.tiers:
            if tier.name in ("", *(other.name for other in self.tiers if other is not tier)):
                raise BadSetting(f"{FILE}: every tier needs a name of its own; {tier.name!r} is none.")
            for province in tier.provinces:
                if province in seen:
                    raise BadSetting(f"{FILE}: province {province} is in the tiers {seen[province]} and {tier.name}.")
                seen[province] = tier.name

    @property
    def tier_of(self) -> dict[str, str]:
        """Province (two digits) -> name of its tier."""
        return {province: tier.name for tier in self.tiers for province in tier.provinces}

    def least(self, measure: Measure, tier: str) -> float | None:
        """The standard of a measure in a tier; None for hours over all tiers together, which no tier's number fits."""
        if measure is not Measure.TIER_HOURS:
            return float(getattr(self.standard, measure.value))
        return next((one.on_time for one in self.tiers if one.name == tier), None)
