"""How long is it from one scan to the next? After the pick-up and after a hub, by carrier and area, these days.

A life table like those of the legs, over gaps instead of parcels: a parcel that waits for its next scan counts for as
long as it has waited. What nobody has seen yet, the policy's medians say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import polars as pl

from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.leg_table import Leg, LegTable, leg_table, prior_table
from engine.logistics.parcel_history import DAY, NEVER, Floats, Integers
from engine.model.frames import INSTANT, Contract

EVERYBODY = "*"
_ENOUGH = 20
"""Gaps that a group must have seen; with fewer its table is the wider group's but for a hair."""
_DIGITS = 4

GAPS: Contract = {
    "carrier": pl.String,
    "area": pl.String,  # province of the destination, two digits
    "after": pl.String,  # After
    "at": INSTANT,  # the scan
    "next_at": INSTANT,  # the one after it; null: none yet
}


class After(StrEnum):
    """The scan that a gap follows."""

    PICK_UP = "pick_up"
    HUB = "hub"


@dataclass(frozen=True, slots=True)
class GapTables:
    """A table for each After over its groups; `usual`: log of the median days before anything was seen."""

    tables: Mapping[After, LegTable]
    rows: Mapping[After, Mapping[str, int]]
    usual: Mapping[After, float]

    def chance(self, after: After, parcels: pl.DataFrame, since: Integers, deadline: Integers, now: int) -> Floats:
        """That each parcel (carrier, area), last scanned at `since`, has no scan by its deadline; it has none now."""
        rows = self.rows[after]
        carrier, area = parcels["carrier"].to_list(), parcels["area"].to_list()
        cells = np.array(
            [rows.get(f"{c}/{a}", rows.get(c, rows[EVERYBODY])) for c, a in zip(carrier, area, strict=True)],
            dtype=np.int64,
        )
        usual = np.full(len(cells), self.usual[after])
        age, by = np.maximum(now - since, 0) / DAY, np.maximum(deadline - since, 0) / DAY
        table = self.tables[after]
        so_far, later = table.still_on(cells, usual, age), table.still_on(cells, usual, np.maximum(by, age))
        chance: Floats = np.where(deadline <= now, 1.0, np.exp(np.minimum(later - so_far, 0.0)))
        return chance

    def as_content(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            after.value: {
                "edges": [round(float(edge), _DIGITS) for edge in self.tables[after].edges],
                "groups": list(self.rows[after]),
                "table": np.round(self.tables[after].log_share, _DIGITS).tolist(),
                "usual": self.usual[after],
            }
            for after in After
        }


def gaps_from(content: Mapping[str, Any]) -> GapTables:
    """The tables of a content."""
    parts = {after: content[after.value] for after in After}
    return GapTables(
        tables={after: LegTable(np.array(one["edges"]), np.array(one["table"])) for after, one in parts.items()},
        rows={after: {group: at for at, group in enumerate(one["groups"])} for after, one in parts.items()},
        usual={after: float(one["usual"]) for after, one in parts.items()},
    )


def usual_gaps(policy: DelayPolicy) -> GapTables:
    """What is believed before anything was seen."""
    table = prior_table(policy)
    return GapTables(
        tables=dict.fromkeys(After, table), rows={after: {EVERYBODY: 0} for after in After}, usual=_usual(policy)
    )


def learn_gaps(gaps: pl.DataFrame, now: int, policy: DelayPolicy) -> GapTables:
    """The tables as of `now` from GAPS."""
    usual, tables, rows = _usual(policy), {}, {}
    for after in After:
        of = gaps.filter(pl.col("after") == after.value)
        tables[after], rows[after] = _learned(of, now, usual[after], policy)
    return GapTables(tables, rows, usual)


def _learned(gaps: pl.DataFrame, now: int, usual: float, policy: DelayPolicy) -> tuple[LegTable, dict[str, int]]:
    if gaps.is_empty():
        return prior_table(policy), {EVERYBODY: 0}
    began = gaps["at"].dt.epoch("ms").to_numpy()
    ended = gaps["next_at"].dt.epoch("ms").fill_null(NEVER).to_numpy()
    lost = began + int(policy.room.lost_gap_days * DAY)
    leg = Leg(began, ended, lost, np.full(len(gaps), usual))
    names = gaps.select(everybody=pl.lit(EVERYBODY), carrier="carrier", area=pl.col("carrier") + "/" + pl.col("area"))
    levels: list[Integers] = []
    groups: list[str] = []
    found: list[Floats] = []
    for level in names.columns:
        group = names[level].rank("dense").to_numpy().astype(np.int64) - 1
        levels.append(group)
        own = pl.DataFrame({"name": names[level], "group": group}).unique().sort("group")["name"]
        kept = np.flatnonzero(np.bincount(group, minlength=len(own)) >= (_ENOUGH if groups else 0))
        groups += own[kept].to_list()
        found.append(leg_table(leg, levels, now, policy).log_share[kept])
    return LegTable(prior_table(policy).edges, np.concatenate(found)), {name: at for at, name in enumerate(groups)}


def _usual(policy: DelayPolicy) -> dict[After, float]:
    return {
        After.PICK_UP: float(np.log(policy.room.first_hub_days)),
        After.HUB: float(np.log(policy.room.hub_gap_days)),
    }
