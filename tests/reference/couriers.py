"""Where couriers are, worked out from all their positions at once: slow, and plain to read."""

import math
from collections.abc import Sequence
from itertools import pairwise

from engine.logistics.courier_policy import CourierPolicy

Point = tuple[float, float, float]  # lon, lat, unix seconds


def km(one: Point, other: Point) -> float:
    phi, psi = math.radians(one[1]), math.radians(other[1])
    half = math.sin((psi - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(psi) * math.sin(math.radians(other[0] - one[0]) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(half))


def where(points: Sequence[Point], policy: CourierPolicy) -> tuple[Point, list[Point], float | None]:
    """Newest position, trail and speed of one courier; of two positions at one moment the first counts."""
    first: dict[float, Point] = {}
    for point in points:
        first.setdefault(point[2], point)
    ordered = [first[at] for at in sorted(first)]
    newest = ordered[-1]
    recent = [p for p in ordered if p[2] >= newest[2] - 60 * policy.trail.minutes]
    steps: dict[int, Point] = {}
    for point in recent:
        steps.setdefault(int(point[2] // policy.trail.step_seconds), point)
    trail = [steps[step] for step in sorted(steps)]
    way = [p for p in trail if p[2] >= newest[2] - 60 * policy.speed.window_minutes]
    if newest not in way:
        way.append(newest)
    gone = hours = 0.0
    for one, other in pairwise(way):
        speed = km(one, other) / ((other[2] - one[2]) / 3600)
        if policy.speed.moving_kmh <= speed <= policy.speed.most_kmh:
            gone, hours = gone + km(one, other), hours + (other[2] - one[2]) / 3600
    return newest, trail, gone / hours if hours else None
