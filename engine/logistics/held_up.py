"""Which parcels on their way are late, which are well, and of which is it not known yet? And the rules of mass delays
(data/rules/mass_delay.toml)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import polars as pl

from engine.errors import BadSetting
from engine.logistics.contrast import ContrastRules
from engine.model.toml_values import inside
from engine.model.tracking import Stage

FILE = "mass_delay.toml"

OVER = (Stage.REJECTED, Stage.RETURNING, Stage.RETURNED, Stage.CANCELLED)
"""Stages of parcels that go nowhere forward any more, and tell nothing of a delay."""


class BuyerOption(StrEnum):
    """What a buyer may choose when a parcel is held up."""

    WAIT = "wait"
    CHANGE_TIME = "change_time"
    CHANGE_ADDRESS = "change_address"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Hours, and shares of a tier's hours, that tell late parcels from those that are well."""

    window_hours: float
    waiting_hours: float
    silent_share: float
    moving_share: float

    def __post_init__(self) -> None:
        inside(FILE, "window_hours", self.window_hours, 6, 720)
        inside(FILE, "waiting_hours", self.waiting_hours, 1, 240)
        inside(FILE, "silent_share", self.silent_share, 0.05, 3)
        inside(FILE, "moving_share", self.moving_share, 0.01, self.silent_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hysteresis:
    """By what an open incident is kept, and looks without it until it is over."""

    keep_alpha: float
    keep_ratio: float
    quiet_runs: int

    def __post_init__(self) -> None:
        inside(FILE, "keep_alpha", self.keep_alpha, 1e-9, 0.5)
        inside(FILE, "keep_ratio", self.keep_ratio, 1, 100)
        inside(FILE, "quiet_runs", self.quiet_runs, 1, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadWeather:
    """From how much a day on the weather is something that parcels have in common: mm, cm of fresh snow, mean km/h."""

    rain_mm: float
    snow_cm: float
    gale_kmh: float

    def __post_init__(self) -> None:
        inside(FILE, "rain_mm", self.rain_mm, 1, 1000)
        inside(FILE, "snow_cm", self.snow_cm, 0.1, 200)
        inside(FILE, "gale_kmh", self.gale_kmh, 10, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An option and what its choice pays the buyer."""

    option: BuyerOption
    compensation_yuan: float

    def __post_init__(self) -> None:
        inside(FILE, f"compensation_yuan of {self.option}", self.compensation_yuan, 0, 1000)

    @property
    def compensation_cents(self) -> int:
        """The same in cents."""
        return round(100 * self.compensation_yuan)


@dataclass(frozen=True, slots=True, kw_only=True)
class MassDelayRules:
    """All of it."""

    look: Look
    contrast: ContrastRules
    incident: Hysteresis
    weather: BadWeather
    options: tuple[Offered, ...]

    def __post_init__(self) -> None:
        inside(FILE, "alpha", self.contrast.alpha, 1e-12, self.incident.keep_alpha)
        inside(FILE, "min_parcels", self.contrast.min_parcels, 2, 1_000_000)
        inside(FILE, "least_ratio", self.contrast.least_ratio, self.incident.keep_ratio, 100)
        inside(FILE, "most_causes", self.contrast.most_causes, 1, 20)
        if len({one.option for one in self.options}) < len(self.options):
            raise BadSetting(f"{FILE}: an option stands there twice.")

    @property
    def softer(self) -> ContrastRules:
        """The limits by which an open incident is kept."""
        return ContrastRules(
            alpha=self.incident.keep_alpha,
            min_parcels=max(self.contrast.min_parcels // 2, 1),
            least_ratio=self.incident.keep_ratio,
            most_causes=2 * self.contrast.most_causes,
        )


def judged(journeys: pl.DataFrame, look: Look, *, now: datetime) -> pl.DataFrame:
    """Journeys (described, see outcomes.py) that tell of the present, with `late` (null: not known yet) and `stands`:
    it is held up where it last was. On the road a parcel is late by the hours of its tier and not by the days that its
    carrier publishes: a carrier that never keeps those is a matter for its scorecard, not an incident."""
    allowed = pl.col("tier_hours").fill_null(pl.col("tier_hours").max())
    idle = (pl.lit(now) - pl.coalesce("last_scan_at", "picked_up_at")).dt.total_seconds() / 3600
    waiting = (pl.lit(now) - pl.col("uploaded_at")).dt.total_seconds() / 3600
    due = pl.col("picked_up_at") + pl.duration(seconds=(allowed * 3600).cast(pl.Int64))
    signed, picked = pl.col("signed_at").is_not_null(), pl.col("picked_up_at").is_not_null()
    silent = ~signed & picked & (idle > look.silent_share * allowed)
    late = (
        pl.when(signed)
        .then(pl.col("signed_at") > due)
        .when(~picked)
        .then(pl.when(waiting > look.waiting_hours).then(pl.lit(value=True)).otherwise(None))
        .when((due < now) | silent | (pl.col("stage") == Stage.LOST.value))
        .then(pl.lit(value=True))
        .when(idle <= look.moving_share * allowed)
        .then(pl.lit(value=False))
        .otherwise(None)
    )
    since = now - timedelta(hours=look.window_hours)
    gone = pl.col("stage").is_in([stage.value for stage in OVER])
    return journeys.filter(
        pl.col("uploaded_at").is_not_null(), ~gone, pl.col("signed_at").is_null() | (pl.col("signed_at") > since)
    ).with_columns(late=late, stands=silent)
