"""Which datum is a position in, and where is that in WGS-84? The one place where Chinese datums are converted.

GPS speaks WGS-84; AMap and Tencent speak GCJ-02, which lies up to some 700 m beside it inside China; Baidu speaks
BD-09, which lies beside GCJ-02 again. The room stores WGS-84 and remembers the source datum. The formulas were never
published by their makers; these are the ones that every open implementation shares (eviltransform, coordtransform).
"""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]


class Datum(StrEnum):
    """What longitudes and latitudes refer to."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


_AXIS = 6_378_245.0
_FLATTENED = 0.00669342162296594323
"""Semi-major axis in metres and squared eccentricity of the Krassovsky 1940 ellipsoid, which GCJ-02 is built on."""
_BAIDU = np.pi * 3000.0 / 180.0
_ROUNDS = 12
"""Each round of the inverse leaves less than a hundredth of the error before: twelve are far below a millimetre."""

# West, south, east, north, in degrees: where GCJ-02 is in force, and the parts of those boxes where it is not (Taiwan,
# northern Vietnam, eastern Mongolia, Russia; the islands of Sansha). Boxes, because nobody has said where it ends.
_INSIDE = (
    (79.4462, 42.8899, 96.3300, 49.2204),
    (109.6872, 39.3742, 135.0002, 54.1415),
    (73.1246, 29.5297, 124.143255, 42.8899),
    (82.9684, 26.7186, 97.0352, 29.5297),
    (97.0253, 20.414096, 124.367395, 29.5297),
    (107.975793, 17.871542, 111.744104, 20.414096),
)
_OUTSIDE = (
    (119.921265, 21.785006, 122.497559, 25.398623),
    (101.8652, 20.0988, 106.6650, 22.2840),
    (106.4525, 20.4878, 108.0510, 21.5422),
    (109.0323, 50.3257, 119.1270, 55.8175),
    (127.4568, 50.2600, 137.0227, 55.8175),  # north of Heihe, whose far bank is Russian
    (129.7000, 49.5574, 137.0227, 55.8175),
    (131.2662, 42.5692, 137.0227, 44.8922),
)


def to_wgs84(lon: Floats, lat: Floats, datum: Datum) -> tuple[Floats, Floats]:
    """WGS-84 longitudes and latitudes, degrees, of positions in `datum`; to a millimetre. Unshifted outside China."""
    if datum is Datum.WGS84:
        return lon, lat
    if datum is Datum.BD09:
        lon, lat = _inverted(_gcj02_to_bd09, lon, lat)
    return _inverted(_wgs84_to_gcj02, lon, lat)


def from_wgs84(lon: Floats, lat: Floats, datum: Datum) -> tuple[Floats, Floats]:
    """Longitudes and latitudes in `datum`, degrees, of WGS-84 positions. Unshifted outside China."""
    if datum is Datum.WGS84:
        return lon, lat
    lon, lat = _wgs84_to_gcj02(lon, lat)
    return _gcj02_to_bd09(lon, lat) if datum is Datum.BD09 else (lon, lat)


def shifted_here(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Where the Chinese datums differ from WGS-84 at all."""
    return _within(_INSIDE, lon, lat) & ~_within(_OUTSIDE, lon, lat)


def _within(boxes: tuple[tuple[float, float, float, float], ...], lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    found = np.zeros(lon.shape, dtype=np.bool_)
    for west, south, east, north in boxes:
        found |= (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    return found


def _inverted(forward: Shift, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """The positions that `forward` sends here, by fixed point: the shifts change little over the length of a shift."""
    guess_lon, guess_lat = lon, lat
    # Whether a position is shifted is judged where it is given: a guess that leaves China must not come back unshifted.
    inside = shifted_here(lon, lat)
    for _ in range(_ROUNDS):
        there_lon, there_lat = forward(guess_lon, guess_lat)
        guess_lon = np.where(inside, guess_lon - (there_lon - lon), lon)
        guess_lat = np.where(inside, guess_lat - (there_lat - lat), lat)
    return guess_lon, guess_lat


def _wgs84_to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 105.0, lat - 35.0
    waves = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north = north + (waves + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north = north + (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east = east + (waves + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east = east + (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    radians = np.radians(lat)
    magic = 1.0 - _FLATTENED * np.sin(radians) ** 2
    north = np.degrees(north / (_AXIS * (1.0 - _FLATTENED) / (magic * np.sqrt(magic))))
    east = np.degrees(east / (_AXIS / np.sqrt(magic) * np.cos(radians)))
    inside = shifted_here(lon, lat)
    return np.where(inside, lon + east, lon), np.where(inside, lat + north, lat)


def _gcj02_to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU)
    inside = shifted_here(lon, lat)
    return (
        np.where(inside, radius * np.cos(angle) + 0.0065, lon),
        np.where(inside, radius * np.sin(angle) + 0.006, lat),
    )
