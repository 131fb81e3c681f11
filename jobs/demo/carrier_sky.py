"""The weather of the demo's provinces and the crowding of its hubs on a day: drawn from the seed alone."""

from functools import lru_cache

from jobs.demo.carrier_chance import normal


@lru_cache(maxsize=65_536)
def weather(seed: int, province: str, day: int) -> float:
    """0 (calm) to 1 (storm) in a province on a day (ordinal); bad weather lasts two or three days."""
    front = (0.8 * normal(seed, "weather", province, day) + 0.6 * normal(seed, "weather", province, day - 1)) - 1.0
    return min(max(front / 1.5, 0.0), 1.0)


@lru_cache(maxsize=65_536)
def crowding(seed: int, hub: str, day: int) -> float:
    """0 and up: how far a hub is beyond its plan on a day; carries over to the next day."""
    excess = 0.85 * normal(seed, "hub", hub, day) + 0.5 * normal(seed, "hub", hub, day - 1) - 0.85
    return max(excess, 0.0)
