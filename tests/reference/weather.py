"""A day's weather as known at a moment, the slow way: the newest word on each hour, averaged over the hours known."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """An issue said of an hour (counted from the day's midnight in Beijing, its end) so many millimetres."""

    place: str
    hour: int
    issued: int  # milliseconds
    mm: float | None


def rain_of_day(told: Sequence[Told], adcode: str, day: int, moment: int) -> float | None:
    """mm a day at the place of six digits, its province where nothing is known of the city; None: unknown."""
    for place in (adcode[:4] + "00", adcode[:2] + "0000"):
        newest: dict[int, Told] = {}
        for one in told:
            here = one.place == place and one.issued < moment and 24 * day < one.hour <= 24 * (day + 1)
            if here and (one.hour not in newest or newest[one.hour].issued < one.issued):
                newest[one.hour] = one
        known = [one.mm for one in newest.values() if one.mm is not None]
        if known:
            return 24.0 * sum(known) / len(known)
    return None
