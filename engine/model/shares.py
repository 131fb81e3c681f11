"""How sure is a share of so many? Its range by Wilson's score."""

import numpy as np
from scipy.special import ndtri


def wilson(
    hits: np.ndarray[tuple[int], np.dtype[np.float64]],
    units: np.ndarray[tuple[int], np.dtype[np.float64]],
    *,
    interval: float,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """The range of a share by Wilson's score; needs at least one unit each."""
    z = -float(ndtri((1 - interval) / 2))
    share = hits / units
    middle = (share + z * z / (2 * units)) / (1 + z * z / units)
    reach = z / (1 + z * z / units) * np.sqrt(share * (1 - share) / units + z * z / (4 * units * units))
    return np.maximum(middle - reach, 0.0), np.minimum(middle + reach, 1.0)
