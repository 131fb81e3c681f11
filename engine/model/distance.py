"""How far is it over the ground? Great circles, for columns of positions in WGS-84."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""


def kilometres(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats) -> Floats:
    """Kilometres from each position to its partner; degrees in, haversine: off by 0.5 % at most."""
    half = np.sin(np.radians(to_lat - lat) / 2.0) ** 2
    across = np.cos(np.radians(lat)) * np.cos(np.radians(to_lat)) * np.sin(np.radians(to_lon - lon) / 2.0) ** 2
    return np.asarray(2.0 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half + across, 0.0, 1.0))))
