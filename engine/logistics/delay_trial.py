"""Which model of delays may speak? A trial by time: learned before a window, judged in it at each parcel's payment.

Three stand beside each other on the same parcels: the lanes' history, the life tables, and the tables with the effects
of circumstances. The better model speaks only while it beats the lanes' history and the published days.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from engine.logistics.chance_quality import Quality, quality, reliability
from engine.logistics.circumstances import PICK_UP, ROAD, Surroundings
from engine.logistics.delay_model import DelayModel, Seen, learn_model, learn_plain, published_model
from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.early_warning import lead_times
from engine.logistics.lane_tables import due_at
from engine.logistics.late_chances import lane_baseline
from engine.logistics.leg_effects import LegEffects
from engine.logistics.off_days import BEIJING_AHEAD, announced_until
from engine.logistics.outlook import late_at_payment
from engine.logistics.parcel_history import DAY, NEVER, Flags, Floats, parcel_history
from engine.logistics.scan_gaps import GAPS
from engine.model.frames import empty

LEAST_TESTED = 50
"""Parcels of the window: fewer tell nothing of a chance."""
TABLES, CIRCUMSTANCES = "tables", "circumstances"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: the better candidate, whether it wins against what needs no learning, and the card."""

    kind: str  # TABLES or CIRCUMSTANCES
    wins: bool
    card: dict[str, Any]
    chances: dict[str, Floats]  # per name, of the judged parcels
    late: Flags


def trial(
    parcels: pl.DataFrame, around: Callable[[int], Surroundings], policy: DelayPolicy, *, now: int
) -> Trial | None:
    """Judge the candidates on the parcels paid in the last `win_days` whose promise has passed. None: too few of them.

    `around`: the surroundings as far as they may be used by a model learned at a moment (milliseconds).
    """
    cut = now - int(policy.room.win_days * DAY)
    ordered = parcels["ordered_at"].dt.epoch("ms").to_numpy()
    due = due_at(parcels, policy).dt.epoch("ms").to_numpy()
    signed = parcels["signed_at"].dt.epoch("ms").fill_null(NEVER).to_numpy()
    lost = (signed >= now) & (due + int(policy.calibration.lost_days * DAY) <= now)
    judged: Flags = (ordered >= cut) & (due <= now) & ~lost
    if judged.sum() < LEAST_TESTED:
        return None
    late: Flags = (signed >= due)[judged]
    window, known = parcels.filter(pl.Series(judged)), around(cut)
    # Gaps between scans play no part in the chance of a late delivery.
    candidates = {TABLES: learn_plain(parcels, empty(GAPS), cut, policy)}
    richer = learn_model(parcels, empty(GAPS), known, cut, policy)
    if richer is not None:
        candidates[CIRCUMSTANCES] = richer
    paid = ordered[judged]
    seen = {name: model.see(window, known, paid, policy) for name, model in candidates.items()}
    chances = {name: late_at_payment(seen[name].way, model.tables.legs) for name, model in candidates.items()}
    plain = published_model(policy)
    chances["published_days"] = late_at_payment(plain.see(window, known, paid, policy).way, plain.tables.legs)
    chances["lane_history"] = lane_history(parcels, cut, policy)[judged[ordered >= cut]]
    found = {name: quality(chance, late) for name, chance in chances.items()}
    best = min(candidates, key=lambda name: found[name].brier)
    legs = candidates[best].tables.legs
    early = lead_times(seen[best].way, signed[judged], late, legs, alarm=policy.room.alarm_chance)
    card = {
        "model": found[best].as_dict(),
        "kind": best,
        "candidates": {name: found[name].as_dict() for name in candidates},
        "lane_history": found["lane_history"].as_dict(),
        "published_days": found["published_days"].as_dict(),
        "reliability": [list(part) for part in reliability(chances[best], late)],
        "lead_times": [list(one) for one in early],
        "drift": float(chances[best].mean() - late.mean()),
        "window_days": policy.room.win_days,
        "alarm_chance": policy.room.alarm_chance,
        "groups": len(candidates[best].tables.rows),
        "calendar_until": announced_until().isoformat(),
        "matters": what_matters(candidates.get(CIRCUMSTANCES), seen.get(CIRCUMSTANCES)),
    }
    return Trial(best, _wins(found[best], found), card, chances, late)


def what_matters(model: DelayModel | None, seen: Seen | None) -> list[dict[str, Any]]:
    """Per circumstance of the road: how far it usually and at most moves the days of the judged parcels, as shares, and
    of how many it was known. The strongest first; empty without effects."""
    if model is None or model.effects is None or seen is None or seen.road is None or seen.parts is None:
        return []
    known = np.isfinite(seen.road.of(ROAD)).mean(axis=0)
    told = []
    for at, (name, kind) in enumerate(ROAD.items()):
        part = seen.parts[:, at]
        told.append(
            {
                "name": name,
                "kind": kind.value,
                "usual": round(float(np.expm1(part.std())), 4),
                "most": round(float(np.expm1(np.abs(part).max(initial=0.0))), 4),
                "slower": bool(model.effects.road.effect[at] > 0),
                "known": round(float(known[at]), 4),
                "pick_up": round(_per_spread(model.effects.pick_up, name), 4),
            }
        )
    return sorted(told, key=lambda one: -float(one["usual"]))


def _per_spread(effects: LegEffects, name: str) -> float:
    """How far the pick-up moves between the least and the most that was seen, as a share; 0 where it does not count."""
    names = list(PICK_UP)
    if name not in names:
        return 0.0
    at = names.index(name)
    return float(np.expm1(effects.effect[at] * (effects.high[at] - effects.low[at])))


def _wins(model: Quality, found: dict[str, Quality]) -> bool:
    return model.brier < found["lane_history"].brier and model.brier < found["published_days"].brier


def lane_history(parcels: pl.DataFrame, cut: int, policy: DelayPolicy) -> Floats:
    """The chance that the lanes' history gives each parcel paid from `cut` on, in the order of `parcels`."""
    frame = parcels.select(
        "parcel_id",
        "ordered_at",
        "picked_up_at",
        "origin",
        "destination",
        "carrier",
        # The end of a day is the start of the next: a history's promise is a moment within its day.
        promised_at=due_at(parcels, policy) - timedelta(seconds=1),
        # A signature before the payment is a slip of a clock; it counts as the shortest way there is.
        delivered_at=pl.when(pl.col("signed_at").is_not_null()).then(pl.max_horizontal("signed_at", "ordered_at")),
        seller="node",
        weight_kg="kg",
        value_yuan=pl.col("value_cents") / 100,
        distance_km=pl.lit(None, dtype=pl.Float64),
    )
    history = parcel_history(frame, called="the room's own parcels")
    # A history with zones counts in Beijing's clock.
    scored = lane_baseline(history, cut + BEIJING_AHEAD, policy).frame(history)
    return (
        parcels.filter(pl.col("ordered_at").dt.epoch("ms") >= cut)
        .select("parcel_id")
        .join(scored, on="parcel_id", how="left", maintain_order="left")["probability"]
        .to_numpy()
    )
