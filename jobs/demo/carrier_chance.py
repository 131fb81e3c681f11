"""Chances of the carriers' world that do not depend on who asks first: each is drawn from its own name.

The weather of a day, a hub's trouble, a parcel's luck must be the same for the past, the live room and the oracle, in
any order of asking; one shared generator could not give that.
"""

from hashlib import blake2b
from math import erf, sqrt
from statistics import NormalDist
from struct import unpack

_NORMAL = NormalDist()
_STEPS = 2**52  # so many halves are exact in a float, so that neither 0 nor 1 comes out


def uniform(*name: object) -> float:
    """A number strictly between 0 and 1, the same for the same name on every machine."""
    text = "\x1f".join(map(str, name)).encode()
    [number] = unpack("<Q", blake2b(text, digest_size=8).digest())
    return float((number >> 12) + 0.5) / _STEPS


def normal(*name: object) -> float:
    """A standard normal number of that name."""
    return _NORMAL.inv_cdf(uniform(*name))


def normal_cdf(value: float) -> float:
    """Chance that a standard normal number lies below `value`."""
    return 0.5 * (1.0 + erf(value / sqrt(2.0)))
