"""One model of how long parcels take: the lanes' life tables, with or without the effects of circumstances.

Without effects a parcel is expected to take the published days; with them, that times what its circumstances make of
it. The tables are learned on ages relative to the expectation, so both kinds answer the same questions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from engine.logistics.circumstances import PICK_UP, ROAD, Circumstances, Kind, Surroundings, circumstances
from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.known_hubs import WAY
from engine.logistics.lane_tables import (
    LaneTables,
    group_names,
    learn_tables,
    on_the_way,
    published_tables,
    tables_from,
)
from engine.logistics.leg_effects import LegEffects, effects_from, learn_leg_effects
from engine.logistics.outlook import OnTheWay
from engine.logistics.parcel_history import DAY, NEVER, Flags, Floats, Integers
from engine.logistics.scan_gaps import GapTables, gaps_from, learn_gaps, usual_gaps

_SHORTEST = {"pick_up": 0.04, "road": 0.2}
"""Days: an hour from payment to pick-up, five to the door. Shorter ones are clerical and would rule the logarithm."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Of circumstances on the two legs that most of the time is spent on; `ahead`: on the road of parcels that wait for
    their pick-up, as it is foreseen at the payment."""

    pick_up: LegEffects
    road: LegEffects
    ahead: LegEffects


KINDS = {"pick_up": PICK_UP, "road": ROAD, "ahead": ROAD}


@dataclass(frozen=True, slots=True)
class Seen:
    """Parcels on their way as the model sees them; the circumstances of the road, and what each kind adds to the logs
    of the days of both legs (empty without effects)."""

    way: OnTheWay
    road: Circumstances | None
    pick_up_by: Mapping[Kind, Floats]
    road_by: Mapping[Kind, Floats]
    parts: Floats | None  # rows x columns of the road


@dataclass(frozen=True, slots=True)
class DelayModel:
    """What speaks for parcels under way. `ways`: carrier, provinces of origin and destination, and hub of the lanes, as
    they were when it was learned; none without effects."""

    tables: LaneTables
    gaps: GapTables
    effects: Effects | None = None
    ways: tuple[tuple[str, ...], ...] = ()

    def see(self, parcels: pl.DataFrame, around: Surroundings, moments: Integers, policy: DelayPolicy) -> Seen:
        """The parcels as known at their moments (milliseconds); scans from then on are still in the way."""
        way = on_the_way(parcels, self.tables, policy)
        if self.effects is None:
            return Seen(way, None, {}, {}, None)
        begins = road_begins(way, moments, policy)
        knobs = policy.circumstances
        here = circumstances(parcels, around, way.paid, moments, knobs)
        there = circumstances(parcels, around, begins, moments, knobs)
        pick_up, columns = self.effects.pick_up.parts(here.of(PICK_UP)), there.of(ROAD)
        gone = (way.picked_up < moments)[:, None]
        road = np.where(gone, self.effects.road.parts(columns), self.effects.ahead.parts(columns))
        shifted = replace(
            way, pick_up_days=way.pick_up_days + pick_up.sum(axis=1), road_days=way.road_days + road.sum(axis=1)
        )
        return Seen(shifted, there, self.effects.pick_up.by_kind(pick_up), self.effects.road.by_kind(road), road)

    def as_content(self) -> dict[str, Any]:
        """Ready for JSON."""
        content = self.tables.as_content() | {"gaps": self.gaps.as_content()}
        if self.effects is not None:
            content["effects"] = {leg: getattr(self.effects, leg).as_content() for leg in KINDS}
            content["ways"] = [list(way) for way in self.ways]
        return content


def model_from(content: Mapping[str, Any], policy: DelayPolicy) -> DelayModel:
    """The model of a content. One that was kept before gaps were learned has the usual ones."""
    gaps = gaps_from(content["gaps"]) if "gaps" in content else usual_gaps(policy)
    effects = content.get("effects")
    if effects is None:
        return DelayModel(tables_from(content), gaps)
    legs = {leg: effects_from(effects[leg], kinds) for leg, kinds in KINDS.items()}
    ways = tuple(tuple(way) for way in content.get("ways", ()))
    return DelayModel(tables_from(content), gaps, Effects(**legs), ways)


def published_model(policy: DelayPolicy) -> DelayModel:
    """What speaks before anything was learned."""
    return DelayModel(published_tables(policy), usual_gaps(policy))


def learn_plain(parcels: pl.DataFrame, gaps: pl.DataFrame, now: int, policy: DelayPolicy) -> DelayModel:
    """The model without effects as of `now`; `gaps` are GAPS."""
    return DelayModel(learn_tables(parcels, now, policy), learn_gaps(gaps, now, policy))


def road_begins(way: OnTheWay, moments: Integers, policy: DelayPolicy) -> Integers:
    """When each parcel's road began; of those not picked up before their moment, when it is expected to."""
    expected = np.maximum(way.paid + int(policy.room.pick_up_days * DAY), moments)
    begins: Integers = np.where(way.picked_up < moments, way.picked_up, expected)
    return begins


def learn_model(
    parcels: pl.DataFrame, gaps: pl.DataFrame, around: Surroundings, now: int, policy: DelayPolicy
) -> DelayModel | None:
    """The model with effects as of `now`; None where too few parcels are resolved.

    The road is learned twice, as foreseen at the payment and as known at the pick-up: a forecast of three days ahead
    deserves less belief than the sky of the day, and leaves more to luck.
    """
    parcels = parcels.filter(pl.col("ordered_at").dt.epoch("ms") < now)
    way = on_the_way(parcels, published_tables(policy), policy)
    signed = parcels["signed_at"].dt.epoch("ms").fill_null(NEVER).to_numpy()
    group = group_names(parcels)["level_2"].rank("dense").to_numpy().astype(np.int64) - 1
    gone = np.where(way.picked_up < now, way.picked_up, NEVER)
    knobs = policy.circumstances
    at_order = circumstances(parcels, around, way.paid, way.paid, knobs)
    ahead = circumstances(parcels, around, road_begins(way, way.paid, policy), way.paid, knobs)
    on_scan = circumstances(
        parcels, around, np.minimum(gone, now), np.where(gone < NEVER, np.minimum(gone + 1, now), way.paid), knobs
    )
    lost = (signed >= now) & (way.due + int(policy.calibration.lost_days * DAY) <= now)
    waited: Flags = way.pick_up_by <= now
    carried: Flags = (gone < NEVER) & (way.due <= now) & ~lost
    longer = {
        "pick_up": _longer(way.paid, gone, now, way.pick_up_days, "pick_up")[waited],
        "road": _longer(gone, signed, now, way.road_days, "road")[carried],
    }
    pick_up = learn_leg_effects(at_order.of(PICK_UP)[waited], PICK_UP, longer["pick_up"], group[waited], knobs)
    road = learn_leg_effects(on_scan.of(ROAD)[carried], ROAD, longer["road"], group[carried], knobs)
    foreseen = learn_leg_effects(ahead.of(ROAD)[carried], ROAD, longer["road"], group[carried], knobs)
    if pick_up is None or road is None or foreseen is None:
        return None
    shifts = {
        "pick_up": pick_up.parts(at_order.of(PICK_UP)).sum(axis=1),
        "road": road.parts(on_scan.of(ROAD)).sum(axis=1),
        "ahead": foreseen.parts(ahead.of(ROAD)).sum(axis=1),
    }
    learned = learn_tables(parcels, now, policy, shifts)
    ways = tuple(sorted(around.hubs.ways.select(WAY).rows()))
    return DelayModel(learned, learn_gaps(gaps, now, policy), Effects(pick_up, road, foreseen), ways)


def _longer(begins: Integers, ends: Integers, now: int, expected: Floats, leg: str) -> Floats:
    """Log of the days so far less the expected log; what has not ended has lasted until now."""
    days = (np.minimum(ends, now) - np.minimum(begins, now)) / DAY
    longer: Floats = np.log(np.maximum(days, _SHORTEST[leg])) - expected
    return longer
