"""Which city is a position in? That of the nearest district's seat: no outlines needed, good to a few km."""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.spatial import cKDTree

from engine.usecases.room.workplace import Workplace

FARTHEST_KM = 150.0
"""Beyond this from every seat a position is in no city: at sea, abroad, or (0, 0) from a phone without a fix."""
_KM_PER_DEGREE = 111.2
_MIDDLE = np.cos(np.radians(35.0))
"""One scale for all longitudes: only which seat is nearest matters."""


def cities_at(work: Workplace, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> list[str | None]:
    """The adcode of each position's city (municipalities are one), or None."""
    tree, cities = work.made_once("district_seats", lambda: _seats(work.gazetteer.regions))
    away, place = tree.query(np.column_stack([lon * _MIDDLE, lat]) * _KM_PER_DEGREE)
    return [cities[i] if km <= FARTHEST_KM else None for i, km in zip(place, away, strict=True)]


def city_of(adcode: str) -> str:
    """The city that a division of six digits belongs to: itself, its city's code, or its municipality's."""
    return f"{adcode[:2]}0000" if adcode[:2] in ("11", "12", "31", "50") else f"{adcode[:4]}00"


def _seats(regions: pl.DataFrame) -> tuple[cKDTree, list[str]]:
    seats = regions.filter((pl.col("level") != "province") & pl.col("lat").is_not_null())
    points = seats.select(pl.col("lon") * _MIDDLE, "lat").to_numpy() * _KM_PER_DEGREE
    return cKDTree(points), [city_of(adcode) for adcode in seats["adcode"]]
