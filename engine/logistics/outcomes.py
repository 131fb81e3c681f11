"""Which parcels are decided on each measure, and which of them are as they should be?

A parcel counts once its deadline has passed, not before: early successes among parcels whose deadline is still to come
would flatter whoever ships most today.
"""

from datetime import datetime

import polars as pl

from engine.logistics.standards import Measure, PartnerKind, Standards

UNTIMED = (Measure.INTACT, Measure.SMOOTH, Measure.UNCOMPLAINED, Measure.RIGHT_GOODS)
"""Measures of whether something happened, not of when."""

LOCAL = ("own_rider", "crowd_rider", "store_clerk")
"""Kinds of carrier that never leave their city: nobody's lanes but their own can be compared with theirs."""


def described(journeys: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """The journeys (of boards.parcel_journeys) with `tier`, `tier_hours`, `group` (who is compared with whom) and
    `lane`, origin and destination joined by >."""
    digits = standards.evidence
    local = pl.col("carrier_kind").is_in(LOCAL)

    def part(code: str) -> pl.Expr:
        short = pl.col(code).str.slice(0, digits.parcel_digits)
        return pl.when(local).then(pl.col(code).str.slice(0, digits.local_digits)).otherwise(short)

    hours = {tier.name: tier.hours for tier in standards.tiers}
    province = pl.col("destination").str.slice(0, 2)
    return journeys.with_columns(
        tier=province.replace_strict(standards.tier_of, default="", return_dtype=pl.String),
        group=pl.when(local).then(pl.lit("local")).otherwise(pl.lit("parcel")),
        lane=part("origin") + ">" + part("destination"),
    ).with_columns(tier_hours=pl.col("tier").replace_strict(hours, default=None, return_dtype=pl.Float64))


def outcomes(journeys: pl.DataFrame, measure: Measure, standards: Standards, *, now: datetime) -> pl.DataFrame:
    """The decided parcels of `described` journeys with `good` (boolean) and `hours` (null where it timed nothing)."""
    sop = standards.sop
    heard_of = pl.col("tier_hours") + sop.complaint_hours
    start, end, deadline = {
        Measure.PROCESSING: ("planned_at", "uploaded_at", _after("planned_at", pl.lit(sop.processing_hours))),
        Measure.LABEL_SCAN: ("uploaded_at", "picked_up_at", _after("uploaded_at", pl.lit(sop.scan_hours))),
        Measure.PICK_UP: ("planned_at", "picked_up_at", pl.col("promise_at")),
        Measure.FIRST_HUB: ("picked_up_at", "first_hub_at", _after("picked_up_at", pl.lit(sop.hub_hours))),
        Measure.PUBLISHED: ("picked_up_at", "signed_at", pl.col("due_at")),
        Measure.TIER_HOURS: ("picked_up_at", "signed_at", _after("picked_up_at", pl.col("tier_hours"))),
        Measure.INTACT: ("picked_up_at", "signed_at", _after("picked_up_at", pl.col("tier_hours"))),
        Measure.SMOOTH: ("picked_up_at", "signed_at", _after("picked_up_at", pl.col("tier_hours"))),
        Measure.UNCOMPLAINED: ("picked_up_at", "signed_at", _after("picked_up_at", heard_of)),
        Measure.RIGHT_GOODS: ("picked_up_at", "signed_at", _after("picked_up_at", heard_of)),
    }[measure]
    good = {
        Measure.INTACT: ~pl.col("damaged"),
        Measure.SMOOTH: ~pl.col("troubled"),
        Measure.UNCOMPLAINED: ~pl.col("complained"),
        Measure.RIGHT_GOODS: ~pl.col("wrong_goods"),
    }.get(measure, (pl.col(end) <= deadline).fill_null(value=False))
    # A parcel that was called off before the carrier had it failed nobody.
    called_off = (pl.col("stage") == "cancelled").fill_null(value=False)
    took = (pl.col(end) - pl.col(start)).dt.total_microseconds() / 3_600_000_000
    timed = pl.lit(None, dtype=pl.Float64) if measure in UNTIMED else took
    return journeys.filter(~called_off, pl.col(start).is_not_null(), deadline <= now).with_columns(
        good=good, hours=timed
    )


def cells(decided: pl.DataFrame, kind: PartnerKind) -> pl.DataFrame:
    """Counts by group, partner and lane: group, partner, lane, parcels, good. The lanes of a carrier are places; those
    of a node are its carriers, whom it does not choose."""
    partner = "carrier" if kind is PartnerKind.CARRIER else "node"
    lane = pl.col("lane") if kind is PartnerKind.CARRIER else pl.col("carrier")
    group = pl.col("group") if kind is PartnerKind.CARRIER else pl.lit("node")
    return (
        decided.select(group.alias("group"), pl.col(partner).alias("partner"), lane.alias("lane"), "good")
        .group_by("group", "partner", "lane")
        .agg(parcels=pl.len().cast(pl.Int64), good=pl.col("good").sum().cast(pl.Int64))
        .sort("group", "partner", "lane")
    )


def _after(start: str, hours: pl.Expr) -> pl.Expr:
    return pl.col(start) + pl.duration(seconds=(hours * 3600).round().cast(pl.Int64))
