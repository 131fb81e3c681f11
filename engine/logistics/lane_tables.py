"""What the room knows of every lane's legs, in a form that can be kept: tables by carrier, area, city and lane.

A parcel is judged by the narrowest group that has seen enough; a group that has not adds nothing to the wider one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.leg_table import Leg, LegTable, leg_table, prior_table
from engine.logistics.outlook import Legs, OnTheWay
from engine.logistics.parcel_history import DAY, NEVER, Floats, Integers

EVERYBODY = "*"
LEGS = ("pick_up", "road", "door", "ahead")
_ENOUGH = 5
"""Parcels that a group must have seen; with fewer its table is the wider group's but for a hair."""

_DIGITS = 4
"""Places kept of the logs: a ten-thousandth of a chance."""


@dataclass(frozen=True, slots=True)
class LaneTables:
    """The legs' tables over the same groups; `rows`: group -> row, EVERYBODY among them."""

    legs: Legs
    rows: Mapping[str, int]

    def as_content(self) -> dict[str, Any]:
        """Ready for JSON. Where nothing is known of circumstances the road ahead is the road, and kept once."""
        legs = [leg for leg in LEGS if leg != "ahead" or self.legs.ahead is not self.legs.road]
        return {
            "edges": [round(float(edge), _DIGITS) for edge in self.legs.pick_up.edges],
            "groups": list(self.rows),
            "tables": {leg: np.round(getattr(self.legs, leg).log_share, _DIGITS).tolist() for leg in legs},
        }


def tables_from(content: Mapping[str, Any]) -> LaneTables:
    """The tables of a content."""
    edges = np.array(content["edges"])
    found = {leg: LegTable(edges, np.array(shares)) for leg, shares in content["tables"].items()}
    legs = Legs(**{"ahead": found["road"], **found})
    return LaneTables(legs, {group: row for row, group in enumerate(content["groups"])})


def published_tables(policy: DelayPolicy) -> LaneTables:
    """What is published and nothing else, for everybody: the room before its first model."""
    table = prior_table(policy)
    return LaneTables(Legs(pick_up=table, road=table, door=table, ahead=table), {EVERYBODY: 0})


def group_names(parcels: pl.DataFrame) -> pl.DataFrame:
    """Per parcel its groups from wide to narrow: columns level_0 to level_4."""
    carrier, area = pl.col("carrier"), pl.col("destination").str.head(2)
    city, origin = pl.col("destination").str.head(4), pl.col("origin").str.head(4)
    return parcels.select(
        level_0=pl.lit(EVERYBODY),
        level_1=carrier,
        level_2=carrier + "/" + area,
        level_3=carrier + "/" + city,
        level_4=carrier + "/" + city + "/" + origin,
    )


def learn_tables(
    parcels: pl.DataFrame, now: int, policy: DelayPolicy, shifts: Mapping[str, Floats] | None = None
) -> LaneTables:
    """The tables as of `now` from what had happened by then to `parcels` (columns of the view delay_parcels).

    `shifts`: per leg and parcel, what its circumstances add to the log of the expected days.
    """
    names = group_names(parcels)
    way = on_the_way(parcels, published_tables(policy), policy)
    signed = _moments(parcels["signed_at"])
    lost = way.due + int(policy.calibration.lost_days * DAY)
    more = shifts or {"pick_up": np.zeros(len(parcels)), "road": np.zeros(len(parcels))}
    legs = {
        "pick_up": Leg(way.paid, way.picked_up, lost, way.pick_up_days + more["pick_up"]),
        "road": Leg(way.picked_up, signed, lost, way.road_days + more["road"]),
        "door": Leg(way.arrived, signed, lost, way.door_days),
    }
    if "ahead" in more:
        legs["ahead"] = Leg(way.picked_up, signed, lost, way.road_days + more["ahead"])
    groups: list[str] = []
    found: dict[str, list[Floats]] = {leg: [] for leg in legs}
    levels: list[Integers] = []
    for level in names.columns:
        group = names[level].rank("dense").to_numpy().astype(np.int64) - 1
        levels.append(group)
        own = pl.DataFrame({"name": names[level], "group": group}).unique().sort("group")["name"]
        seen = np.bincount(group[way.paid < now], minlength=len(own))
        kept = np.flatnonzero(seen >= _ENOUGH) if groups else np.array([0])
        groups += own[kept].to_list()
        for leg, of in legs.items():
            found[leg].append(leg_table(of, levels, now, policy).log_share[kept])
    edges = prior_table(policy).edges
    tables = {leg: LegTable(edges, np.concatenate(parts)) for leg, parts in found.items()}
    return LaneTables(Legs(**{"ahead": tables["road"], **tables}), {name: row for row, name in enumerate(groups)})


def on_the_way(parcels: pl.DataFrame, tables: LaneTables, policy: DelayPolicy) -> OnTheWay:
    """The parcels as the outlook wants them, each in the narrowest group that the tables know."""
    days = parcels["days"].fill_null(policy.room.usual_days).to_numpy()
    count = len(parcels)
    return OnTheWay(
        cells=_cells(group_names(parcels), tables.rows),
        paid=_moments(parcels["ordered_at"]),
        picked_up=_moments(parcels["picked_up_at"]),
        arrived=_moments(parcels["arrived_at"]),
        pick_up_by=_moments(parcels["promise_at"]),
        due=_moments(due_at(parcels, policy)),
        pick_up_days=np.full(count, np.log(policy.room.pick_up_days)),
        road_days=np.log(np.maximum(days, 0.1)),
        door_days=np.full(count, np.log(policy.room.door_days)),
    )


def due_at(parcels: pl.DataFrame, policy: DelayPolicy) -> pl.Series:
    """The end of the Beijing day on which delivery is promised: the published days after the promised pick-up.

    Known when the order comes and the same ever after, however late the pick-up was.
    """
    days = pl.col("days").fill_null(policy.room.usual_days).ceil().cast(pl.Int64)
    promise = pl.col("promise_at").dt.convert_time_zone("Asia/Shanghai").dt.truncate("1d")
    return parcels.select((promise.dt.offset_by(pl.format("{}d", days + 1))).dt.convert_time_zone("UTC"))["promise_at"]


def _cells(names: pl.DataFrame, rows: Mapping[str, int]) -> Integers:
    known = pl.DataFrame(
        {"group": list(rows), "row": list(rows.values())}, schema={"group": pl.String, "row": pl.Int64}
    )
    at = names.lazy().with_row_index("place")
    for level in names.columns:
        at = at.join(known.lazy().rename({"group": level, "row": f"row_{level}"}), on=level, how="left")
    narrowest: Sequence[str] = [f"row_{level}" for level in reversed(names.columns)]
    found: Integers = at.sort("place").select(pl.coalesce(narrowest)).collect().to_series().to_numpy()
    return found


def _moments(column: pl.Series) -> Integers:
    found: Integers = column.dt.epoch("ms").fill_null(NEVER).to_numpy().astype(np.int64)
    return found
