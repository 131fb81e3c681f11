"""In which order does one look at the nodes for a destination? Priority class first, then distance, then node
id.

Great-circle distance to the metre: two nodes at one address are a tie, whatever the last bit of a cosine
says.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

EARTH_KM = 6371.0088
CELLS_AT_ONCE = 2_000_000
"""Destinations x nodes worked on together: about 16 MB an array, whatever the size of the batch."""

Floats = npt.NDArray[np.float64]


def kilometres(lat: Floats, lon: Floats, *, node_lat: Floats, node_lon: Floats) -> Floats:
    """Haversine, destinations x nodes, in km rounded to the metre. Degrees in."""
    phi, theta = np.radians(lat)[:, None], np.radians(lon)[:, None]
    node_phi, node_theta = np.radians(node_lat)[None, :], np.radians(node_lon)[None, :]
    half_chord = (
        np.sin((node_phi - phi) / 2) ** 2 + np.cos(phi) * np.cos(node_phi) * np.sin((node_theta - theta) / 2) ** 2
    )
    km: Floats = np.round(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half_chord, 0, 1))), 3)
    return km


def distances(lat: Floats, lon: Floats, to_lat: Floats, to_lon: Floats) -> Floats:
    """Haversine from each point to its partner, in km rounded to the metre. Degrees in."""
    phi, to_phi = np.radians(lat), np.radians(to_lat)
    half_chord = (
        np.sin((to_phi - phi) / 2) ** 2 + np.cos(phi) * np.cos(to_phi) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    )
    km: Floats = np.round(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half_chord, 0, 1))), 3)
    return km


def ranked_nodes(
    lat: Floats, lon: Floats, *, node_lat: Floats, node_lon: Floats, priority: npt.NDArray[np.int64]
) -> Iterator[tuple[list[int], list[float]]]:
    """For each destination in turn: node indices in the order to try them, and their distances in km in that
    order.

    Nodes must come sorted by (priority, id): a stable sort by distance inside each priority class does the
    rest.
    """
    if not len(node_lat):
        yield from (([], []) for _ in range(len(lat)))
        return
    edges = [0, *(np.flatnonzero(np.diff(priority)) + 1).tolist(), len(priority)]
    classes = list(pairwise(edges))
    rows = max(1, CELLS_AT_ONCE // len(node_lat))
    for start in range(0, len(lat), rows):
        # A point as one complex number: sorting those is ten times faster than sorting rows of two.
        points = lat[start : start + rows] + 1j * lon[start : start + rows]
        places, which = np.unique(points, return_inverse=True)
        km = kilometres(places.real, places.imag, node_lat=node_lat, node_lon=node_lon)
        order = np.concatenate(
            [first + np.argsort(km[:, first:last], axis=1, kind="stable") for first, last in classes], axis=1
        )
        near = np.take_along_axis(km, order, axis=1)
        yield from _rows(order, near, which)


def _rows(order: npt.NDArray[Any], km: Floats, which: npt.NDArray[Any]) -> Iterator[tuple[list[int], list[float]]]:
    for row in which.tolist():
        yield order[row].tolist(), km[row].tolist()
