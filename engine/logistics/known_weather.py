"""What was known of a day's weather at a place, at a moment? Every issue moves the day's figures from then on.

A day's figure is the mean of its hours known by then, times 24 for sums. What is issued later cannot be seen: it only
adds a later row to the day's history.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from engine.logistics.parcel_history import DAY, Floats, Integers

FIGURES = ("precipitation_mm", "snowfall_cm", "wind_kmh", "celsius")
_SUMS = ("precipitation_mm", "snowfall_cm")
_BEIJING_AHEAD = 8 * 3_600_000


@dataclass(frozen=True, slots=True)
class KnownWeather:
    """place, day (from 1970-01-01, Beijing), known (milliseconds) and FIGURES, by the moment of knowing."""

    days: pl.DataFrame

    def at(self, places: pl.Series, days: Integers, moments: Integers) -> Floats:
        """Rows x FIGURES as known strictly before each moment, NaN where unknown.

        `places`: adcodes of six digits; what is not known of the city is taken from its province.
        """
        if self.days.is_empty() or not len(places):
            return np.full((len(places), len(FIGURES)), np.nan)
        asked = pl.DataFrame({"adcode": places, "day": days, "moment": moments})
        once = asked.unique().sort("moment")
        city = once.with_columns(place=pl.col("adcode").str.head(4) + "00")
        province = once.with_columns(place=pl.col("adcode").str.head(2) + "0000")
        own, wide = (self._seen(keys) for keys in (city, province))
        found = once.with_columns([pl.coalesce(own[name], wide[name]).alias(name) for name in FIGURES])
        told = asked.join(found, on=["adcode", "day", "moment"], how="left", maintain_order="left")
        figures: Floats = told.select(pl.col(FIGURES).fill_null(float("nan"))).to_numpy()
        return figures

    def _seen(self, keys: pl.DataFrame) -> pl.DataFrame:
        return keys.join_asof(
            self.days,
            left_on="moment",
            right_on="known",
            by=["place", "day"],
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,
        ).select(FIGURES)


def known_weather(told: pl.DataFrame) -> KnownWeather:
    """From rows of weather (place, valid_at, issued_at and FIGURES), one an hour and issue."""
    hour = ["place", "valid_at"]
    moved = (
        told.sort(*hour, "issued_at", maintain_order=True)
        .with_columns(
            # The hour ends at valid_at: that of midnight belongs to the day before.
            day=(pl.col("valid_at").dt.epoch("ms") - 1 + _BEIJING_AHEAD) // DAY,
            known=pl.col("issued_at").dt.epoch("ms"),
            **{f"{name}_moved": _moved(pl.col(name).fill_null(0.0), hour) for name in FIGURES},
            **{f"{name}_hours": _moved(pl.col(name).is_not_null().cast(pl.Int64), hour) for name in FIGURES},
        )
        .group_by("place", "day", "known")
        .agg(pl.col([f"{name}_{part}" for name in FIGURES for part in ("moved", "hours")]).sum())
        .sort("known", "place", "day")
    )
    day = ["place", "day"]
    figures = []
    for name in FIGURES:
        hours = pl.col(f"{name}_hours").cum_sum().over(day)
        mean = pl.col(f"{name}_moved").cum_sum().over(day) / hours * (24.0 if name in _SUMS else 1.0)
        # Running sums of differences end a hair beside 0 where an issue takes back what one before it said.
        figures.append(pl.when(hours > 0).then(mean.clip(0.0) if name in _SUMS else mean).alias(name))
    return KnownWeather(moved.select("place", "day", "known", *figures))


def _moved(value: pl.Expr, hour: list[str]) -> pl.Expr:
    """By how much an issue changes what was known of its hour."""
    return value - value.shift(1, fill_value=0).over(hour)
