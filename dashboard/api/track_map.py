"""A small map for the buyer's page: outlines of our own, the way of the parcels, nothing fetched, a few kilobytes.

Plate carrée, squeezed at the middle latitude: over one country nobody sees a difference at this size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from math import ceil, cos, floor, radians

import numpy as np
import numpy.typing as npt
import orjson

from engine.settings import DATA

WIDTH, HEIGHT = 328, 200
"""Pixels of a phone of 360 less its margins."""

LEAST_DEGREES = 1.2
"""Smaller cut-outs show no coast and no border: a dot in nothing."""

SMALLEST = 3.0
"""Pixels: an island narrower and lower than this is noise."""

CELL = 2
"""Pixels: half of a border's points within this of each other, and half of the bytes; on a phone nobody sees it."""

GREEN = "#1a6b4a"
Point = tuple[float, float]
Ring = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Marks:
    """What to draw, longitude and latitude each: where it comes from, was seen, goes to, and who brings it."""

    origins: tuple[Point, ...]
    hubs: tuple[Point, ...]
    destination: Point | None
    courier: Point | None = None

    @property
    def points(self) -> tuple[Point, ...]:
        """All of them."""
        ends = [point for point in (self.destination, self.courier) if point is not None]
        return (*self.origins, *self.hubs, *ends)


@dataclass(frozen=True, slots=True)
class Frame:
    """A cut-out in degrees, and how it becomes pixels."""

    west: float
    north: float
    scale: float  # pixels a degree of latitude
    squeeze: float  # degrees of longitude are narrower by this

    def at(self, point: Point) -> tuple[float, float]:
        """Pixels from the left and from the top."""
        return (point[0] - self.west) * self.squeeze * self.scale, (self.north - point[1]) * self.scale


def draw(marks: Marks, label: str) -> str:
    """The map as SVG, `label` for whoever cannot see it; empty without a place to show."""
    if not marks.points:
        return ""
    frame = _frame(marks.points)
    way = [*marks.origins[:1], *marks.hubs, *((marks.destination,) if marks.destination else ())]
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}" class="map">',
        f'<path d="{_outlines(frame)}" fill="#eef2f0" stroke="#b9c4bf" stroke-width=".7"/>',
        f'<polyline points="{_line(frame, way)}" fill="none" stroke="{GREEN}" stroke-width="2" ',
        'stroke-dasharray="5 4"/>',
        *(_dot(frame, hub, 3, GREEN) for hub in marks.hubs),
        *(_square(frame, origin) for origin in marks.origins),
    ]
    if marks.destination:
        parts.append(_dot(frame, marks.destination, 6, "#b3261e"))
    if marks.courier:
        parts.append(_dot(frame, marks.courier, 5, "#0b57d0"))
    return "".join([*parts, "</svg>"])


def _frame(points: Sequence[Point]) -> Frame:
    """The cut-out around the points, snapped to half degrees so that neighbours share its outlines."""
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    middle = (min(lats) + max(lats)) / 2
    squeeze = cos(radians(middle))
    high = max((max(lats) - min(lats)) * 1.35, LEAST_DEGREES)
    wide = max((max(lons) - min(lons)) * 1.35 * squeeze, LEAST_DEGREES * WIDTH / HEIGHT)
    degrees = ceil(2 * max(high, wide * HEIGHT / WIDTH)) / 2  # from top to bottom
    scale = HEIGHT / degrees
    west = (min(lons) + max(lons)) / 2 - degrees * WIDTH / HEIGHT / squeeze / 2
    return Frame(floor(2 * west) / 2, ceil(2 * (middle + degrees / 2)) / 2, scale, round(squeeze, 2))


@lru_cache(maxsize=256)
def _outlines(frame: Frame) -> str:
    """Provinces in the cut-out, one point every CELL pixels at most."""
    parts = []
    for ring in _rings():
        x = (ring[:, 0] - frame.west) * frame.squeeze * frame.scale
        y = (frame.north - ring[:, 1]) * frame.scale
        if x.max() < 0 or x.min() > WIDTH or y.max() < 0 or y.min() > HEIGHT:
            continue
        if x.max() - x.min() < SMALLEST and y.max() - y.min() < SMALLEST:
            continue
        # What lies outside is pulled to just outside the edge: the shape inside stays, its far points fall together.
        pixels = np.column_stack([np.clip(x, -9, WIDTH + 9), np.clip(y, -9, HEIGHT + 9)]).round().astype(int)
        moved = np.any(np.diff(pixels // CELL, axis=0) != 0, axis=1)
        pixels = pixels[np.concatenate([[True], moved])]
        if len(pixels) > 2:
            steps = np.diff(pixels, axis=0)
            parts.append(f"M{pixels[0][0]} {pixels[0][1]}l" + " ".join(f"{dx} {dy}" for dx, dy in steps) + "z")
    return "".join(parts)


@cache
def _rings() -> tuple[Ring, ...]:
    collection = orjson.loads((DATA / "geo" / "provinces.geojson").read_bytes())
    shapes = [feature["geometry"] for feature in collection["features"]]
    return tuple(
        np.array(ring, dtype=np.float64)
        for shape in shapes
        if shape["type"] in ("Polygon", "MultiPolygon")
        for polygon in ([shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"])
        for ring in polygon
    )


def _line(frame: Frame, way: Sequence[Point]) -> str:
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in map(frame.at, way))


def _dot(frame: Frame, point: Point, radius: int, colour: str) -> str:
    x, y = frame.at(point)
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius}" fill="{colour}" stroke="#fff" stroke-width="1.5"/>'


def _square(frame: Frame, point: Point) -> str:
    x, y = frame.at(point)
    place = f'x="{x - 5:.0f}" y="{y - 5:.0f}" width="10" height="10"'
    return f'<rect {place} fill="{GREEN}" stroke="#fff" stroke-width="1.5"/>'
