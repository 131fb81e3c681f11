"""The life table read out one parcel at a time: slow, and plain enough to be believed."""

import math
from collections.abc import Sequence

from engine.logistics.delay_policy import TablePolicy
from engine.logistics.life_table import steps
from engine.logistics.parcel_history import DAY, ParcelHistory


def chance_to_be_under_way(
    history: ParcelHistory,
    expected: Sequence[float],
    levels: Sequence[Sequence[int]],
    asked: int,
    days: float,
    policy: TablePolicy,
    *,
    lost_days: float,
) -> float:
    """The chance that parcel number `asked` is not delivered by its promise, in the table of so many days."""
    now = int(history.ordered[asked])
    edges = [float(edge) for edge in steps(policy)]
    promise = math.log(max(int(history.due[asked]) - now, DAY // 100) / DAY) - expected[asked]
    place = min(max((promise - edges[0]) / policy.step, 0), len(edges) - 1 - 1e-9)
    share = 1.0
    for step in range(-1, int(place) + 1):
        chance = 0.0
        for depth, groups in enumerate(levels):
            risk = gone = 0
            for parcel in range(len(history)):
                if groups[parcel] != groups[asked]:
                    continue
                ordered, delivered = int(history.ordered[parcel]), int(history.delivered[parcel])
                start = ordered if step < 0 else ordered + int(math.exp(expected[parcel] + edges[step]) * DAY)
                last = step + 1 == len(edges)
                end = None if last else ordered + int(math.exp(expected[parcel] + edges[step + 1]) * DAY)
                if delivered < start or start >= int(history.due[parcel]) + int(lost_days * DAY):
                    continue
                risk += now - int(days * DAY) <= start < now
                gone += (end is None or delivered < end) and now - int(days * DAY) <= delivered < now
            risk = max(risk, gone)
            if depth == 0:
                chance = (gone + 0.2) / (risk + 2.0)
            else:
                borrow = policy.borrowed_lane if depth == len(levels) - 1 else policy.borrowed_wide
                chance = (gone + borrow * chance) / (risk + borrow)
            chance = min(max(chance, 0.0), 0.98)
        part = place - int(place) if step == int(place) else 1.0
        share *= (1 - chance) ** part
    return share
