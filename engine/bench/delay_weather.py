"""Does the model learn what weather and hubs do? A world whose law is known, so that skill has an upper bound.

Rain at the destination on the day of the pick-up and the backlog of its hub stretch the road; forecasts of rain are
issued every morning and err more the farther they look. The oracle knows the law and the sky to come, but no luck.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import norm

from engine.logistics.chance_quality import quality
from engine.logistics.circumstances import Surroundings
from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.delay_trial import CIRCUMSTANCES, TABLES, trial
from engine.logistics.known_hubs import known_hubs, lanes_from
from engine.logistics.known_weather import known_weather
from engine.logistics.lane_tables import due_at
from engine.logistics.parcel_history import DAY, Floats
from engine.model.frames import INSTANT
from engine.store.shapes.weather import SHAPES

START = datetime(2026, 6, 30, 16, tzinfo=UTC)  # midnight in Beijing
DAYS = 84
PROVINCES = ("11", "32", "33", "37", "41", "42", "44", "51", "61", "65")
RAIN, BACKLOG, SPREAD = 0.16, 0.22, 0.22
"""Effects on the log of the road's days: of the log of rain in units of 10 mm, of backlog in units of 4 h; and luck."""
PICK_UP_MEDIAN, PICK_UP_SPREAD = 0.55, 0.35
SHARE_OF_PUBLISHED = 1.15
_DRAWS = 24
"""Moments of pick-up that the oracle averages over."""


def run_weather(*, parcels: int, policy: DelayPolicy, say: Callable[[str], None], seed: int = 1) -> dict[str, Any]:
    """Figures of the trial on such a world: tables alone, with circumstances, the lanes' history, the oracle."""
    world, around, oracle = weather_world(parcels=parcels, policy=policy, seed=seed)
    now = int((START + timedelta(days=DAYS)).timestamp() * 1000)
    judged = trial(world, lambda _: around, policy, now=now)
    assert judged is not None, "a world of twelve weeks has parcels to judge"
    figures = {name: quality(chance, judged.late).as_dict() for name, chance in judged.chances.items()}
    ordered = world["ordered_at"].dt.epoch("ms").to_numpy()
    kept = (ordered >= now - int(policy.room.win_days * DAY)) & judged_rows(world, policy, now)
    figures["oracle"] = quality(oracle[kept], judged.late).as_dict()
    say(
        "weather world: "
        + ", ".join(f"{one} AUC {figures[one]['auc']:.3f}" for one in ("lane_history", TABLES, CIRCUMSTANCES, "oracle"))
    )
    return {"parcels": parcels, "tested": len(judged.late), "speaks": judged.kind, **figures}


def judged_rows(world: pl.DataFrame, policy: DelayPolicy, now: int) -> "np.typing.NDArray[np.bool_]":
    """Which parcels' promise has passed; nothing is ever lost here."""
    return due_at(world, policy).dt.epoch("ms").to_numpy() <= now


def weather_world(*, parcels: int, policy: DelayPolicy, seed: int) -> tuple[pl.DataFrame, Surroundings, Floats]:
    """Parcels as the view delay_parcels has them, what was told around them, and each one's true chance at payment."""
    draw = np.random.default_rng(seed)
    # Rain of a front lasts two or three days; a hub's backlog is worked off as slowly.
    rain = 60.0 * np.clip(_fronts(draw, 0.75) - 0.6, 0.0, 1.5)
    backlog = np.round(14.0 * np.clip(_fronts(draw, 0.8) - 0.8, 0.0, 2.0))
    province = draw.choice(len(PROVINCES), parcels, p=draw.dirichlet(np.full(len(PROVINCES), 5.0)))
    city, carrier = draw.integers(1, 4, parcels), draw.integers(0, 2, parcels)
    published = np.array([2.0, 3.0])[draw.integers(0, 2, len(PROVINCES))][province]
    habit = np.array([0.0, 0.08])[carrier] + draw.normal(0, 0.05, (2, len(PROVINCES)))[carrier, province]
    paid = np.sort(draw.uniform(0.0, DAYS - 1.0, parcels))
    base = np.log(SHARE_OF_PUBLISHED * published) + habit

    def mu(picked: Floats) -> Floats:
        day = np.minimum(picked.astype(np.int64), DAYS + 6)
        effect: Floats = base + RAIN * np.log1p(rain[province, day] / 10.0)
        return effect + BACKLOG * np.log1p(backlog[province, day] / 4.0)

    picked = paid + PICK_UP_MEDIAN * np.exp(PICK_UP_SPREAD * draw.normal(size=parcels))
    signed = picked + np.exp(mu(picked) + SPREAD * draw.normal(size=parcels))
    frame = pl.DataFrame(
        {
            "parcel_id": pl.int_range(parcels, eager=True).cast(pl.String),
            "ordered_at": _at(paid),
            "promise_at": _at(paid).dt.offset_by("2d"),
            "picked_up_at": _at(picked),
            "arrived_at": _at(picked + 0.8 * (signed - picked)),
            "signed_at": _at(signed),
            "node": pl.Series(["WH"] * parcels),
            "origin": pl.Series(["310104"] * parcels),
            "destination": pl.Series([f"{PROVINCES[p]}0{c}00" for p, c in zip(province, city, strict=True)]),
            "carrier": pl.Series(np.array(["A", "B"])[carrier]),
            "kg": pl.Series(draw.gamma(4.0, 1.6, parcels)),
            "km": pl.Series(400.0 * published),
            "value_cents": pl.Series(np.full(parcels, 5_000)),
            "days": pl.Series(published),
        }
    )
    due = _due(frame, policy)
    late = np.zeros(parcels)
    for share in (np.arange(_DRAWS) + 0.5) / _DRAWS:
        at = paid + PICK_UP_MEDIAN * np.exp(PICK_UP_SPREAD * norm.ppf(share))
        late += norm.sf((np.log(np.maximum(due - at, 1e-6)) - mu(at)) / SPREAD)
    around = Surroundings(
        weather=known_weather(_told_rain(draw, rain)),
        hubs=known_hubs(_told_hubs(backlog), lanes_from(()), policy.circumstances),
        crowd=frame.select("node", "ordered_at", "picked_up_at"),
    )
    return frame, around, late / _DRAWS


def _fronts(draw: np.random.Generator, stays: float) -> Floats:
    """Provinces x days of an autocorrelated standard normal."""
    found = np.zeros((len(PROVINCES), DAYS + 8))
    found[:, 0] = draw.normal(size=len(PROVINCES))
    for day in range(1, DAYS + 8):
        found[:, day] = stays * found[:, day - 1] + np.sqrt(1 - stays**2) * draw.normal(size=len(PROVINCES))
    return found


def _at(days: Floats) -> pl.Series:
    moments = (days * 86_400_000_000).astype(np.int64) + int(START.timestamp() * 1e6)
    return pl.Series(moments).cast(INSTANT)


def _due(frame: pl.DataFrame, policy: DelayPolicy) -> Floats:
    days: Floats = (due_at(frame, policy).dt.epoch("ms").to_numpy() - START.timestamp() * 1000) / DAY
    return days


def _told_rain(draw: np.random.Generator, rain: Floats) -> pl.DataFrame:
    """Every morning at six the rain of the day and the two after, as four hours of it a day."""
    parts = []
    for ahead in (0, 1, 2):
        days = np.arange(DAYS)
        said = rain[:, days + ahead] * np.exp(0.25 * (1 + ahead) * draw.normal(size=(len(PROVINCES), DAYS)))
        grid = [(p, d, h) for p in range(len(PROVINCES)) for d in days.tolist() for h in (6, 12, 18, 24)]
        at = np.array([d + ahead + h / 24 for _, d, h in grid])
        parts.append(
            pl.DataFrame(
                {
                    "place": [f"{PROVINCES[p]}0000" for p, _, _ in grid],
                    "valid_at": _at(at).dt.round("1h"),
                    "issued_at": _at(np.array([d + 0.25 for _, d, _ in grid])),
                    "ingest_time": _at(np.array([d + 0.25 for _, d, _ in grid])),
                    "precipitation_mm": [float(said[p, d]) / 24 for p, d, _ in grid],
                    "snowfall_cm": pl.Series([None] * len(grid), dtype=pl.Float64),
                    "wind_kmh": pl.Series([None] * len(grid), dtype=pl.Float64),
                    "celsius": pl.Series([None] * len(grid), dtype=pl.Float64),
                },
                schema=dict(SHAPES["weather_told"]),
            )
        )
    return pl.concat(parts)


def _told_hubs(backlog: Floats) -> pl.DataFrame:
    """Every morning at six the backlog of each province's hub, for the day."""
    grid = [(p, d) for p in range(len(PROVINCES)) for d in range(DAYS)]
    hours = [float(backlog[p, d]) for p, d in grid]
    began, told = _at(np.array([float(d) for _, d in grid])), _at(np.array([d + 0.25 for _, d in grid]))
    return pl.DataFrame(
        {
            "hub": [f"{PROVINCES[p]}0100" for p, _ in grid],
            "name": [PROVINCES[p] for p, _ in grid],
            "condition": ["congested" if h else "clear" for h in hours],
            "begins_at": began,
            "ends_at": began.dt.offset_by("1d"),
            "backlog_hours": hours,
            "ingest_time": told,
            "said_by": ["world"] * len(grid),
            "source": ["bench"] * len(grid),
        },
        schema=dict(SHAPES["hub_sayings"]),
    )
