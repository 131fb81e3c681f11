"""Known points, there and back again, and nothing moved outside China."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.datum import Datum, from_wgs84, shifted_here, to_wgs84
from engine.model.distance import kilometres
from engine.settings import DATA

METRE = 0.001


def at(lon: float, lat: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([lon]), np.array([lat])


def metres(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> float:
    return float(kilometres(*one, *other).max() * 1000)


# Published with eviltransform (its own tests) and coordtransform (its README).
KNOWN = [
    ((121.5272106, 31.1774276), Datum.GCJ02, (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), Datum.GCJ02, (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), Datum.GCJ02, (116.38404722455657, 39.91334545536069)),
    ((116.404, 39.915), Datum.GCJ02, (116.41024449916938, 39.91640428150164)),
]


@pytest.mark.parametrize(("wgs", "datum", "there"), KNOWN)
def test_known_points_are_where_others_put_them(
    wgs: tuple[float, float], datum: Datum, there: tuple[float, float]
) -> None:
    assert metres(from_wgs84(*at(*wgs), datum), at(*there)) < 0.1
    assert metres(to_wgs84(*at(*there), datum), at(*wgs)) < 0.1


def test_baidu_lies_beside_amap_where_others_put_it() -> None:
    gcj, bd = at(116.404, 39.915), at(116.41036949371029, 39.92133699351021)
    assert metres(from_wgs84(*to_wgs84(*gcj, Datum.GCJ02), Datum.BD09), bd) < 0.1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(98, 122), st.floats(23, 40)), min_size=1, max_size=50), st.sampled_from(Datum))
def test_there_and_back_again_is_the_same_place(points: list[tuple[float, float]], datum: Datum) -> None:
    lon, lat = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    assert metres(to_wgs84(*from_wgs84(lon, lat, datum), datum), (lon, lat)) < 1.0


def test_the_whole_gazetteer_of_the_mainland_is_shifted_and_comes_back() -> None:
    seats = pl.read_csv(DATA / "geo" / "regions.csv", infer_schema=False).filter(
        ~pl.col("adcode").str.slice(0, 2).is_in(["71", "81", "82"])
        & ~pl.col("adcode").str.starts_with("4603")  # islands far out at sea
    )
    lon, lat = (seats[c].cast(pl.Float64).to_numpy() for c in ("lon", "lat"))
    assert shifted_here(lon, lat).all()
    for datum in (Datum.GCJ02, Datum.BD09):
        there = from_wgs84(lon, lat, datum)
        away = kilometres(lon, lat, *there)
        assert 0.05 < away.min() < away.max() < 2.0
        assert metres(to_wgs84(*there, datum), (lon, lat)) < 0.01


@pytest.mark.parametrize(
    "place",
    [(139.69, 35.69), (126.98, 37.57), (105.85, 21.03), (121.56, 25.04), (106.9, 47.9), (131.9, 43.1), (-0.1, 51.5)],
    ids=["Tokyo", "Seoul", "Hanoi", "Taipei", "Ulan Bator", "Vladivostok", "London"],
)
@pytest.mark.parametrize("datum", list(Datum))
def test_nothing_moves_outside_china(place: tuple[float, float], datum: Datum) -> None:
    assert metres(from_wgs84(*at(*place), datum), at(*place)) == 0.0
    assert metres(to_wgs84(*at(*place), datum), at(*place)) == 0.0
