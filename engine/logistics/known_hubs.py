"""How did the hubs on a parcel's way stand, as far as the room knew at a moment? The last word on each hub counts.

Strictly by what had been told to the room before: what somebody enters afterwards was not known, whenever it began.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from engine.logistics.circumstance_policy import CircumstancePolicy
from engine.logistics.parcel_history import DAY, Floats, Integers
from engine.model.weather import HubCondition

_HOUR = 3_600_000
WAY = ("carrier", "origin", "destination", "hub")


@dataclass(frozen=True, slots=True)
class KnownHubs:
    """`sayings`: hub, known, begins, ends (milliseconds), hours, name; by the moment of knowing. `ways`: carrier,
    origin and destination (provinces, two digits), hub."""

    sayings: pl.DataFrame
    ways: pl.DataFrame

    def worst(self, parcels: pl.DataFrame, starts: Integers, moments: Integers) -> tuple[Floats, pl.Series]:
        """Per parcel (carrier, origin, destination) the largest backlog in hours among the hubs on its way between the
        moment, or the start where that was before, and a day after the start, as known strictly before the moment; and
        that hub's name, null without a backlog."""
        count = len(parcels)
        if self.sayings.is_empty() or not count:
            return np.zeros(count), pl.Series("name", [None] * count, dtype=pl.String)
        lanes = parcels.select(
            "carrier", origin=pl.col("origin").str.head(2), destination=pl.col("destination").str.head(2)
        )
        asked = lanes.with_columns(start=pl.Series(starts // _HOUR), moment=pl.Series(moments)).with_row_index("row")
        seen = (
            asked.join(self._relevant(lanes.unique()), on=["carrier", "origin", "destination"])
            .sort("moment")
            .join_asof(
                self.sayings,
                left_on="moment",
                right_on="known",
                by="hub",
                strategy="backward",
                allow_exact_matches=False,
                check_sortedness=False,
            )
            .filter(
                (pl.col("hours") > 0)
                & (pl.col("begins") < pl.col("start") * _HOUR + DAY)
                & (pl.col("ends") > pl.min_horizontal(pl.col("start") * _HOUR, "moment"))
            )
            .sort("row", "hours", "hub", descending=[False, True, False])
            .unique("row", keep="first", maintain_order=True)
        )
        told = asked.select("row").join(
            seen.select("row", "hours", "name"), on="row", how="left", maintain_order="left"
        )
        return told["hours"].fill_null(0.0).to_numpy(), told["name"]

    def _relevant(self, lanes: pl.DataFrame) -> pl.DataFrame:
        """Hubs of each lane: those its parcels were scanned in; of a lane never scanned, those of its two provinces."""
        told = self.sayings.select("hub").unique()
        by_scans = lanes.join(self.ways, on=["carrier", "origin", "destination"])
        known = by_scans.select("carrier", "origin", "destination").unique()
        hubs = told.with_columns(province=pl.col("hub").str.head(2))
        unknown = lanes.join(known, on=["carrier", "origin", "destination"], how="anti")
        ends = [unknown.join(hubs, left_on=end, right_on="province").select(*lanes.columns, "hub")
                for end in ("origin", "destination")]  # fmt: skip
        return pl.concat([by_scans.select(*lanes.columns, "hub").join(told, on="hub", how="semi"), *ends]).unique()


def hubs_of_lanes(shares: pl.DataFrame, policy: CircumstancePolicy) -> pl.DataFrame:
    """WAY: the cities that enough of a lane's parcels were scanned in (view hubs_on_the_way)."""
    return shares.filter(pl.col("share") >= policy.way_share).select(WAY)


def known_hubs(sayings: pl.DataFrame, ways: pl.DataFrame, policy: CircumstancePolicy) -> KnownHubs:
    """From what was said (view hub_sayings) and the hubs of the lanes (WAY)."""
    usual = {
        HubCondition.CLEAR.value: 0.0,
        HubCondition.BUSY.value: policy.busy_hours,
        HubCondition.CONGESTED.value: policy.congested_hours,
        HubCondition.CLOSED.value: policy.closed_hours,
    }
    begins = pl.col("begins_at").dt.epoch("ms")
    reach = begins + int(policy.hub_reach_hours * _HOUR)
    hours = pl.col("condition").replace_strict(usual, return_dtype=pl.Float64)
    clear = pl.col("condition") == HubCondition.CLEAR.value
    frame = sayings.select(
        "hub",
        "name",
        known=pl.col("ingest_time").dt.epoch("ms"),
        begins=begins,
        ends=pl.coalesce(pl.col("ends_at").dt.epoch("ms"), reach),
        hours=pl.when(clear).then(0.0).otherwise(pl.coalesce("backlog_hours", hours)),
    )
    return KnownHubs(frame.sort("known", maintain_order=True), ways.select(WAY))


def nobody_knows() -> KnownHubs:
    """No word on any hub."""
    at = pl.Int64
    sayings = {"hub": pl.String, "name": pl.String, "known": at, "begins": at, "ends": at, "hours": pl.Float64}
    return KnownHubs(pl.DataFrame(schema=sayings), lanes_from(()))


def lanes_from(ways: Sequence[Sequence[str]]) -> pl.DataFrame:
    """WAY of rows, as a model keeps them."""
    return pl.DataFrame(list(ways), schema=dict.fromkeys(WAY, pl.String), orient="row")
