"""What the logistics board needs to know, asked together."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.intake.tracking_codes import known_codes
from engine.store.database import Database
from engine.store.screens import tracking as tracking_screens

_BY_STAGE = {
    "labelled": ("labelled",),
    "moving": ("picked_up", "in_transit", "arrived"),
    "at_the_door": ("out_for_delivery", "locker"),
    "signed": ("signed",),
    "fell_out": ("rejected", "returning", "returned", "cancelled", "lost"),
}
"""How a carrier's stages are counted together in its row."""


@dataclass(frozen=True, slots=True)
class Logistics:
    """Parcels on their way."""

    stamp: Stamp
    counts: pl.DataFrame  # stage_counts
    stages: pl.DataFrame  # the same, by stage alone
    carriers: pl.DataFrame  # the same, one row a carrier
    legs: pl.DataFrame
    shares: pl.DataFrame  # by part: time_share, delay_share
    silent: pl.DataFrame
    feeds: pl.DataFrame
    unknown: pl.DataFrame  # codes in no table


def logistics(database: Database, as_of: datetime) -> Logistics:
    """Ask everything the logistics board shows."""
    made = stamp(database, as_of)
    counts = tracking_screens.stage_counts(database, as_of)
    legs = tracking_screens.leg_durations(database)
    return Logistics(
        stamp=made,
        counts=counts,
        stages=counts.group_by("stage").agg(pl.col("parcels", "troubled").sum()),
        carriers=by_carrier(counts),
        legs=legs,
        shares=bottleneck_shares(legs),
        silent=tracking_screens.silent_parcels(database, as_of),
        feeds=tracking_screens.tracking_feeds(database, as_of),
        unknown=tracking_screens.unknown_codes(database, known_codes()),
    )


def by_carrier(counts: pl.DataFrame) -> pl.DataFrame:
    """stage_counts -> one row a carrier that has tracked parcels, the most parcels first."""
    tracked = counts.filter(pl.col("carrier").is_not_null() & (pl.col("stage") != "planned"))
    parcels = pl.col("parcels")
    return (
        tracked.group_by("carrier")
        .agg(
            pl.col("name_zh", "name_en").first(),
            parcels.sum(),
            *[parcels.filter(pl.col("stage").is_in(stages)).sum().alias(name) for name, stages in _BY_STAGE.items()],
            pl.col("troubled", "silent_12", "silent_24").sum(),
            pl.col("delivered_hours").max(),  # there is one, of the signed
        )
        .sort("parcels", "carrier", descending=[True, False])
    )


def bottleneck_shares(legs: pl.DataFrame) -> pl.DataFrame:
    """leg_durations -> part, time_share and delay_share, of parcels whose buyer signed; no rows while there is none.

    Delay is what a leg took beyond its own median. A share of nothing is null.
    """
    parts = legs.group_by("part").agg(pl.col("signed_hours", "over_hours").sum())
    shares = parts.select(
        "part",
        time_share=pl.col("signed_hours") / pl.col("signed_hours").sum(),
        delay_share=pl.col("over_hours") / pl.col("over_hours").sum(),
    ).with_columns(pl.col("time_share", "delay_share").fill_nan(None))
    return shares.filter(pl.col("time_share").is_not_null())
