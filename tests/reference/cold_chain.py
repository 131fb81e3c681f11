"""Excursions found by scanning a whole list back and forth: slow, and plain to read."""

from collections.abc import Sequence

from engine.logistics.cold_policy import LayerPolicy

Found = tuple[
    float, float, float | None, float, float, float
]  # start, alarm, end, minutes, degree minutes, peak excess


def excursions(readings: Sequence[tuple[float, float]], limits: LayerPolicy, gap_minutes: float) -> list[Found]:
    """`readings`: unix seconds and how far the value is beyond the limit, in order."""
    at = [time for time, _ in readings]
    over = [excess for _, excess in readings]

    def gap(n: int) -> bool:
        return at[n] - at[n - 1] > 60 * gap_minutes

    def beyond(first: int, last: int) -> tuple[float, float]:
        known = [n for n in range(first + 1, last + 1) if not gap(n)]
        minutes = sum((at[n] - at[n - 1]) / 60 for n in known if over[n - 1] > 0)
        degrees = sum((at[n] - at[n - 1]) / 60 * (max(over[n - 1], 0) + max(over[n], 0)) / 2 for n in known)
        return minutes, degrees

    found: list[Found] = []
    here = 0
    while here < len(at):
        start = here
        while here < len(at) and over[here] > 0:
            if here > start and gap(here):
                start = here
            if at[here] - at[start] >= 60 * limits.over_minutes or beyond(start, here)[1] >= limits.degree_minutes:
                break
            here += 1
        if here == len(at) or over[here] <= 0:
            here += 1
            continue
        alarm, back, end = here, None, None
        while here + 1 < len(at) and end is None:
            here += 1
            if over[here] > -limits.margin:
                back = None
            elif back is None or gap(here):
                back = here
            elif at[here] - at[back] >= 60 * limits.clear_minutes:
                end = back
        minutes, degrees = beyond(start, here)
        peak = max(over[start : here + 1])
        found.append((at[start], at[alarm], None if end is None else at[end], minutes, degrees, peak))
        here += 1
    return found
