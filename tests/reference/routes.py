"""Routes by trying everything: the shortest tour of one rider, and the tour that always goes to the nearest stop."""

from itertools import pairwise, permutations

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


def length(seconds: Matrix, tour: tuple[int, ...]) -> float:
    """From the store (place 0) over the tour and back."""
    return float(sum(seconds[a, b] for a, b in pairwise((0, *tour, 0))))


def in_time(seconds: Matrix, tour: tuple[int, ...], due: list[int], *, start: int, end: int, service: int) -> bool:
    """Whether each stop is reached before it is due and the rider is back before the shift ends."""
    now, at = float(start), 0
    for place in tour:
        now += seconds[at, place]
        if now > due[place - 1]:
            return False
        now, at = now + service, place
    return now + seconds[at, 0] <= end


def shortest(seconds: Matrix, due: list[int], *, start: int, end: int, service: int) -> float | None:
    """The shortest tour that serves everybody in time; None: there is none."""
    places = range(1, len(seconds))
    fitting = [
        length(seconds, tour)
        for tour in permutations(places)
        if in_time(seconds, tour, due, start=start, end=end, service=service)
    ]
    return min(fitting, default=None)


def nearest_first(seconds: Matrix) -> float:
    """The tour that a rider without a plan makes."""
    left, at, tour = set(range(1, len(seconds))), 0, []
    while left:
        at = min(left, key=lambda place: (seconds[at, place], place))
        left.remove(at)
        tour.append(at)
    return length(seconds, tuple(tour))
