"""Which numbers turn weather, hubs, the calendar and a full node into circumstances? And which tell of drift?"""

from dataclasses import dataclass

from engine.model.knobs import within

FILE = "delays.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class CircumstancePolicy:
    """Scales of the circumstances, how far they reach, and how strongly they are believed."""

    rain_mm: float  # a day
    snow_cm: float  # a day
    calm_kmh: float
    wind_kmh: float
    frost_degrees: float
    hub_reach_hours: float
    busy_hours: float
    congested_hours: float
    closed_hours: float
    way_share: float
    backlog_days: float
    ridge: float
    least_parcels: int
    most_shift: float  # of the natural log of a leg's days

    def __post_init__(self) -> None:
        within(
            FILE,
            "circumstances",
            self,
            {
                "rain_mm": (0.1, 1000),
                "snow_cm": (0.1, 100),
                "calm_kmh": (0, 200),
                "wind_kmh": (1, 200),
                "frost_degrees": (0.1, 100),
                "hub_reach_hours": (1, 24 * 30),
                "busy_hours": (0, 24 * 30),
                "congested_hours": (0, 24 * 30),
                "closed_hours": (0, 24 * 30),
                "way_share": (0.01, 1),
                "backlog_days": (0.5, 60),
                "ridge": (0, 1e6),
                "least_parcels": (10, 1_000_000),
                "most_shift": (0.05, 3),
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPolicy:
    """When inputs, chances or calibration have drifted: PSI, share of parcels, days and parcels looked at."""

    days: float
    least_parcels: int
    bins: int
    watch_psi: float
    alarm_psi: float
    watch_off: float
    alarm_off: float

    def __post_init__(self) -> None:
        within(
            FILE,
            "drift",
            self,
            {
                "days": (1, 60),
                "least_parcels": (10, 1_000_000),
                "bins": (2, 50),
                "watch_psi": (0.001, 10),
                "alarm_psi": (self.watch_psi, 10),
                "watch_off": (0.001, 1),
                "alarm_off": (self.watch_off, 1),
            },
        )
