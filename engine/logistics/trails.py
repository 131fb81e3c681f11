"""Where is a courier now, which way led there, how fast? One answer for every order in which positions arrive.

A trail keeps the earliest position of every step of time, so that it depends on the positions alone: late and repeated
ones change nothing that they should not.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from engine.logistics.courier_policy import CourierPolicy, SpeedPolicy
from engine.model.distance import EARTH_KM


class Fix(NamedTuple):
    """A position: degrees WGS-84, unix seconds."""

    lon: float
    lat: float
    at: float


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of a courier: the newest position, the trail (oldest first) and its speed in km/h while moving."""

    now: Fix
    trail: tuple[Fix, ...]
    speed_kmh: float | None


def followed(known: Track | None, fixes: Sequence[Fix], policy: CourierPolicy) -> Track:
    """The track after `fixes` (at least one where nothing is known), in any order."""
    newest = max(fixes, key=lambda fix: fix.at) if fixes else None
    if known is not None and (newest is None or newest.at <= known.now.at):
        newest = known.now
    assert newest is not None, "a courier without a position has no track"
    step, since = policy.trail.step_seconds, newest.at - 60.0 * policy.trail.minutes
    kept: dict[int, Fix] = {}
    for fix in (*(known.trail if known else ()), *fixes):
        if fix.at >= since:
            place = int(fix.at // step)
            if place not in kept or fix.at < kept[place].at:
                kept[place] = fix
    trail = tuple(kept[place] for place in sorted(kept))
    track = Track(newest, trail, None)
    return replace(track, speed_kmh=_speed(track, policy.speed))


def _speed(track: Track, policy: SpeedPolicy) -> float | None:
    """Kilometres an hour over the stretches of the window in which it moved, GPS leaps left out."""
    since = track.now.at - 60.0 * policy.window_minutes
    way = [fix for fix in track.trail if fix.at >= since]
    if not way or way[-1].at < track.now.at:
        way.append(track.now)
    km = hours = 0.0
    for one, other in pairwise(way):
        stretch, took = _kilometres(one, other), (other.at - one.at) / 3600.0
        if policy.moving_kmh <= stretch / took <= policy.most_kmh:
            km, hours = km + stretch, hours + took
    return km / hours if hours else None


def _kilometres(one: Fix, other: Fix) -> float:
    """Straight line; flat, because two points of a trail are never far apart."""
    north = math.radians(other.lat - one.lat)
    east = math.radians(other.lon - one.lon) * math.cos(math.radians((one.lat + other.lat) / 2.0))
    return EARTH_KM * math.hypot(north, east)
