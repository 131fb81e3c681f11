"""The words of the cold chain: what a reading is about, what can be wrong with it, how a watched value stands."""

from enum import StrEnum


class Carried(StrEnum):
    """What a sensor travels with."""

    PARCEL = "parcel"
    VEHICLE = "vehicle"  # a van, or the box of a rider: under the code that its tasks have (courier_tasks)


class SensorFault(StrEnum):
    """Why a reading says nothing about the goods. A gap is no fault of a reading: it is that there is none."""

    IMPOSSIBLE = "impossible"
    STUCK = "stuck"


class Breach(StrEnum):
    """Which limit is passed."""

    WARM = "warm"
    COLD = "cold"
    HUMID = "humid"


class WatchState(StrEnum):
    """How a watched value stands to its limit."""

    INSIDE = "inside"
    OVER = "over"  # beyond the limit, not long and not far enough to matter
    OPEN = "open"  # an excursion
    EASING = "easing"  # an excursion that has come back, but not for long enough


WATCH_TRANSITIONS: dict[WatchState, frozenset[WatchState]] = {
    WatchState.INSIDE: frozenset({WatchState.OVER, WatchState.OPEN}),
    WatchState.OVER: frozenset({WatchState.INSIDE, WatchState.OPEN}),
    WatchState.OPEN: frozenset({WatchState.EASING}),
    WatchState.EASING: frozenset({WatchState.OPEN, WatchState.INSIDE}),
}
