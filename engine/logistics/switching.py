"""What would orders gain with other carriers, by what the carriers have shown lately, and what would be lost if the
one that is left recovered?

The planner prices lateness by the longer record of each carrier. So only what is beyond that record counts here: the
misses that the carrier shows now and did not use to show, less the same of those who take over. If it recovers
tomorrow, its part of that is nothing, and what the switch cost is regretted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from engine.logistics.scorecard import LaneModel
from engine.logistics.standards import Measure


class SwitchState(StrEnum):
    """Where a proposed switch stands. Carrying it out is an operator's own act, on the network page."""

    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


PRICED = (Measure.LABEL_SCAN, Measure.PICK_UP, Measure.TIER_HOURS)
"""Misses that cost money: 轨迹超时, 发货超时, and a buyer who asks where the parcel is."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Of the orders that would move: expected misses of one measure as it is and with the takers, and yuan saved by
    that, beyond the carriers' longer record; the same if the carrier that is left were back at its record."""

    measure: Measure
    before: float
    after: float
    saved_yuan: float
    saved_if_recovered_yuan: float


def miss_chances(model: LaneModel) -> pl.DataFrame:
    """carrier, lane, chance of a miss; lane null: over the mix, for a lane that nobody served."""
    own = model.chances().select(carrier="partner", lane="lane", chance=1 - pl.col("chance"))
    overall = pl.DataFrame(
        {"carrier": list(model.partners), "lane": None, "chance": 1 - model.chance @ model.weight},
        schema=own.schema,
    )
    return pl.concat([own, overall])


def group_chances(model: LaneModel) -> pl.DataFrame:
    """The same, with every carrier as good as its whole group: the record of carriers without a longer one."""
    parcels, good = model.parcels.sum(axis=0), model.good.sum(axis=0)
    share = good.sum() / parcels.sum()
    chance = 1 - (good + model.prior_parcels * share) / (parcels + model.prior_parcels)
    lanes = pl.DataFrame({"lane": [*model.lanes, None], "chance": [*chance, 1 - share]})
    return pl.DataFrame({"carrier": list(model.partners)}).join(lanes, how="cross")


def expected(moved: pl.DataFrame, measure: Measure, *, now: pl.DataFrame, record: pl.DataFrame) -> Expected | None:
    """`moved`: from_carrier, from_lane, to_carrier, to_lane and `yuan` lost by a miss, a row an order. `now`, `record`:
    of miss_chances. None where the carriers' chances are not known: nothing was carried yet."""
    known = moved
    for side in ("from", "to"):
        for when, chances in (("now", now), ("record", record)):
            known = _with_chance(known, chances, side=side, name=f"{side}_{when}")
    known = known.filter(pl.col("from_now").is_not_null(), pl.col("to_now").is_not_null())
    if known.is_empty():
        return None
    new = pl.col("to_now") - pl.col("to_record").fill_null(pl.col("to_now"))
    old = pl.col("from_now") - pl.col("from_record").fill_null(pl.col("from_now"))
    before, after, saved, recovered = known.select(
        pl.col("from_now").sum().alias("before"),
        pl.col("to_now").sum().alias("after"),
        ((old - new) * pl.col("yuan")).sum().alias("saved"),
        (-new * pl.col("yuan")).sum().alias("recovered"),
    ).row(0)
    return Expected(measure, before, after, saved, recovered)


def _with_chance(moved: pl.DataFrame, chances: pl.DataFrame, *, side: str, name: str) -> pl.DataFrame:
    own = chances.filter(pl.col("lane").is_not_null()).rename(
        {"carrier": f"{side}_carrier", "lane": f"{side}_lane", "chance": name}
    )
    overall = chances.filter(pl.col("lane").is_null()).select(
        pl.col("carrier").alias(f"{side}_carrier"), pl.col("chance").alias(f"{name}_overall")
    )
    return (
        moved.join(own, on=[f"{side}_carrier", f"{side}_lane"], how="left")
        .join(overall, on=f"{side}_carrier", how="left")
        .with_columns(pl.coalesce(name, f"{name}_overall").alias(name))
        .drop(f"{name}_overall")
    )


def places_for(orders: Mapping[str, int], share: float, region: str) -> tuple[str, ...]:
    """Which places to switch so that about `share` of the orders move: the whole region for all of them, else cities,
    the largest first, never more than the share unless the smallest alone is more. `orders`: by city (four digits)."""
    if share >= 1:
        return (region,)
    left = share * sum(orders.values())
    chosen: list[str] = []
    for city, count in sorted(orders.items(), key=lambda one: (-one[1], one[0])):
        if count <= left:
            chosen.append(city)
            left -= count
    return tuple(sorted(chosen)) or tuple(sorted(orders, key=lambda city: (orders[city], city))[:1])
