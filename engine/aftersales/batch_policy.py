"""When complaints are one problem: the numbers of data/rules/batches.toml, each explained there."""

from dataclasses import dataclass

from engine.errors import BadSetting
from engine.model.incidents import TESTED, Level
from engine.model.toml_values import within

FILE = "batches.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcessRules:
    """The family of sequential tests: what it may cost in false alarms, and what it takes for usual."""

    false_alarms_a_week: float
    bound_slack: float
    ratio_low: float
    ratio_middle: float
    ratio_high: float
    least_buyers: int
    exposure_margin: float
    noise_margin: float
    most_margin: float
    rate_doubt: float
    least_units: float
    least_sure: float
    lot_share: float
    sku_share: float
    node_share: float
    carrier_share: float
    region_share: float
    route_share: float
    floor_share: float

    def __post_init__(self) -> None:
        limits = {
            "false_alarms_a_week": (1e-6, 1000.0), "bound_slack": (1.0, 100.0), "ratio_low": (1.2, 100.0),
            "ratio_middle": (1.2, 100.0), "ratio_high": (1.2, 1000.0), "least_buyers": (2, 1000),
            "exposure_margin": (0.0, 5.0),
            "noise_margin": (0.0, 10.0), "most_margin": (self.exposure_margin, 10.0), "rate_doubt": (0.0, 10.0),
            "least_units": (0.001, 1e6), "least_sure": (0.0, 100.0),
        }  # fmt: skip
        within(self, FILE, limits | {f"{level}_share": (0.001, 1.0) for level in self.shares} | {"floor_share": (0, 1)})
        if not 1 + self.exposure_margin < self.ratio_low < self.ratio_middle < self.ratio_high:
            raise BadSetting(
                f"{FILE} [test]: ratio_low, ratio_middle and ratio_high must rise, above 1 + exposure_margin."
            )
        if sum(self.shares.values()) + self.floor_share > 1 + 1e-9:
            raise BadSetting(f"{FILE} [test]: the shares of the levels and the floor add up to more than 1.")

    @property
    def ratios(self) -> tuple[float, float, float]:
        """Times the usual rate, rising."""
        return self.ratio_low, self.ratio_middle, self.ratio_high

    @property
    def shares(self) -> dict[Level, float]:
        """Of the false alarms, by level."""
        return {
            Level.LOT: self.lot_share, Level.SKU: self.sku_share, Level.NODE: self.node_share,
            Level.CARRIER: self.carrier_share, Level.REGION: self.region_share, Level.ROUTE: self.route_share,
        }  # fmt: skip

    @property
    def false_alarms_a_day(self) -> float:
        """Expected over the whole family."""
        return self.false_alarms_a_week / 7

    @property
    def bound_a_day(self) -> float:
        """What the evidence of all streams may expect of itself, before anything confirms it."""
        return self.false_alarms_a_day * self.bound_slack


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyRules:
    """At which level a kind of complaint usually has its cause ("": at none), and how much that counts."""

    damaged: str
    wrong_item: str
    not_received: str
    quality: str
    weight: float

    def __post_init__(self) -> None:
        within(self, FILE, {"weight": (0.0, 20.0)})
        for kind in ("damaged", "wrong_item", "not_received", "quality"):
            if getattr(self, kind) not in {"", *TESTED}:
                raise BadSetting(
                    f"{FILE} [likely] {kind} is {getattr(self, kind)!r}: it must be one of {', '.join(TESTED)}, or ''."
                )

    def head_start(self, kind: str, level: Level) -> float:
        """Logarithm of how much likelier the level is for the kind than others; 0 for kinds of other files."""
        return self.weight if getattr(self, kind, "") == level else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorRules:
    """The customer's count: so many distinct buyers of one SKU with one kind of complaint in so many hours."""

    buyers: int
    hours: float

    def __post_init__(self) -> None:
        within(self, FILE, {"buyers": (2, 10_000), "hours": (1, 24)})


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningRules:
    """How what is usual is learned from the days before."""

    half_life_days: float
    guard_days: int
    between: float
    between_keys: float
    noise: float
    noise_days: float
    hour_complaints: float
    everywhere_complaints: float
    least_complaints: int
    first_days: int

    def __post_init__(self) -> None:
        limits = {
            "half_life_days": (1.0, 3650.0), "guard_days": (0, 30), "between": (0.01, 5.0), "between_keys": (0.1, 1e6),
            "noise": (0.0, 5.0), "noise_days": (0.1, 1e6), "hour_complaints": (0.1, 1e9),
            "everywhere_complaints": (0.1, 1e9), "least_complaints": (1, 100_000), "first_days": (0, 60),
        }  # fmt: skip
        within(self, FILE, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureRules:
    """Which goods and tickets the room looks at, and how often it counts all of them anew."""

    history_days: int
    assumed_days: float
    region_digits: int
    recount_minutes: int
    restless_seconds: int

    def __post_init__(self) -> None:
        limits = {
            "history_days": (7, 3650), "assumed_days": (0.0, 60.0), "region_digits": (2, 6),
            "recount_minutes": (1, 1440), "restless_seconds": (1, 3600),
        }  # fmt: skip
        within(self, FILE, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerRules:
    """When the same buyer counts again."""

    again_days: float

    def __post_init__(self) -> None:
        within(self, FILE, {"again_days": (0.0, 3650.0)})


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRules:
    """How far back a burst may begin, and when an open incident is over."""

    look_back_days: float
    look_hours: int
    quiet_hours: float
    keep_ratio: float
    quiet_looks: int
    accepted_days: float

    def __post_init__(self) -> None:
        limits = {
            "look_back_days": (1.0, 90.0), "look_hours": (1, 24), "quiet_hours": (1.0, 240.0),
            "keep_ratio": (1.0, 100.0), "quiet_looks": (1, 100), "accepted_days": (0.0, 365.0),
        }  # fmt: skip
        within(self, FILE, limits)
        if 24 % self.look_hours:
            raise BadSetting(f"{FILE} [incident] look_hours is {self.look_hours}: it must divide 24.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRules:
    """When many say the same that belongs to no class."""

    late_hours: float
    before_days: float
    least_buyers: int
    growth: float
    alike: float
    core: int
    most_texts: int
    most_characters: int
    words: int

    def __post_init__(self) -> None:
        limits = {
            "late_hours": (1.0, 240.0), "before_days": (1.0, 60.0), "least_buyers": (2, 1000), "growth": (1.0, 100.0),
            "alike": (0.05, 0.99),
            "core": (2, 100), "most_texts": (10, 20_000), "most_characters": (10, 10_000), "words": (1, 10),
        }  # fmt: skip
        within(self, FILE, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRules:
    """What responses to an incident cost, beside tariffs and stock."""

    write_off_share: float
    replan_yuan: float
    intercept_yuan: float
    intercepted_share: float
    reship_yuan: float
    message_yuan: float
    packaging_yuan: float
    carrier_yuan: float
    horizon_days: float
    quality_desk_hours: float
    hour_yuan: float
    complaint_yuan: float

    def __post_init__(self) -> None:
        yuan = ("replan", "intercept", "reship", "message", "packaging", "carrier", "hour", "complaint")
        limits = {f"{name}_yuan": (0.0, 10_000.0) for name in yuan}
        shares = {"write_off_share": (0.0, 1.0), "intercepted_share": (0.0, 1.0)}
        within(self, FILE, limits | shares | {"horizon_days": (0.1, 90.0), "quality_desk_hours": (0.0, 1000.0)})


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRules:
    """All of it."""

    test: ExcessRules
    likely: LikelyRules
    floor: FloorRules
    learning: LearningRules
    exposure: ExposureRules
    buyers: BuyerRules
    incident: IncidentRules
    topics: TopicRules
    response: ResponseRules
