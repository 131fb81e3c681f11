"""The seeded demo show: who orders what, when and from where, with everything that goes wrong in a real one.

All chances are drawn at once, from one generator: the same seed gives the same show, always.
Knows no clock and no room.
"""

from dataclasses import dataclass

import numpy as np

from engine.errors import BadSetting
from jobs.demo import buyers, show_curve
from jobs.demo.buyers import Places
from jobs.demo.show_curve import Arrivals, Curve, Ints
from jobs.demo.show_plan import BAD_KINDS, REASONS, ShowPlan
from jobs.demo.show_script import ShowScript

LINES = 3
"""At most so many different items in one order."""
SIGNAL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Chances:
    """Shares of orders, from what shops report; every knob between 0 and 1."""

    item_of_pulse: float = 0.8  # an order brought by a pulse takes the item that is being shown
    second_line: float = 0.14
    third_line: float = 0.25  # of those with a second
    extra_units: float = 0.18
    late: float = 0.004
    unpaid_first: float = 0.01
    vague_address: float = 0.002
    odd_amount: float = 0.0005
    duplicate: float = 0.003
    bad: float = 0.001
    changed: float = 0.03  # cancelled or refunded
    refunded: float = 0.4  # of those
    orders_per_scalper: int = 2500  # one scalper of each kind for so many orders

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if name != "orders_per_scalper" and not 0 <= value <= 1:
                raise BadSetting(f"The demo's chance {name} is {value}: it must lie between 0 and 1.")
        if self.orders_per_scalper < 1:
            raise BadSetting("The demo needs at least one order for each scalper.")


def plan_show(
    script: ShowScript,
    places: Places,
    *,
    orders: int,
    minutes: float,
    seed: int,
    chances: Chances | None = None,
) -> ShowPlan:
    """Draw a show of `orders` good orders squeezed into `minutes`."""
    if orders < 1 or minutes <= 0:
        raise BadSetting("A demo show needs at least one order and more than zero minutes.")
    chance = chances or Chances()
    rng = np.random.default_rng(seed)
    seconds = minutes * 60.0
    curve = show_curve.show_curve(script, seconds=seconds, rng=rng)
    placed = show_curve.arrivals(curve, orders=orders, rng=rng)
    paid = placed.at
    created = paid - np.clip(rng.lognormal(2.9, 0.8, orders), 2.0, 600.0)
    late = rng.random(orders) < chance.late
    delay = np.where(late, rng.uniform(0.05, 0.25, orders) * seconds, rng.uniform(0.2, 2.0, orders))
    arrive = np.minimum(paid + delay, np.maximum(seconds, paid + 0.2))
    who = _people(places, orders, rng)
    scalper = _scalpers(who, orders, chance, rng)
    changed = _some(orders, chance.changed, rng)
    repeated = _some(orders, chance.duplicate, rng)
    bad = rng.integers(0, orders, max(round(orders * chance.bad), min(len(BAD_KINDS), orders)))
    signals = np.arange(0.0, seconds + 1e-9, SIGNAL_SECONDS)
    per_signal = np.histogram(paid, bins=np.append(signals, seconds + SIGNAL_SECONDS))[0]
    return ShowPlan(
        script=script,
        places=places,
        seconds=seconds,
        curve=curve,
        arrive=arrive,
        paid=paid,
        created=created,
        item=(items := _items(script, curve, placed, chance, rng)),
        units=_units(items, chance, rng),
        scalper=scalper,
        vague=(rng.random(orders) < chance.vague_address) & (scalper == 0),
        odd=rng.random(orders) < chance.odd_amount,
        late=late,
        unpaid_first=_some(orders, chance.unpaid_first, rng),
        duplicate=repeated,
        duplicate_at=np.minimum(arrive[repeated] + rng.uniform(0.5, 60.0, len(repeated)), seconds + 1.0),
        change=changed,
        change_at=np.minimum(arrive[changed] + 1.0 + rng.exponential(0.12 * seconds, len(changed)), seconds + 1.0),
        change_refund=rng.random(len(changed)) < chance.refunded,
        change_reason=rng.integers(0, len(REASONS), len(changed)),
        bad=bad,
        bad_at=arrive[bad],
        signal_at=signals,
        signal_viewers=show_curve.viewers_at(curve, signals),
        signal_clicks=rng.poisson(per_signal * show_curve.CLICKS_PER_ORDER + 40),
        **who,
    )


def _people(places: Places, orders: int, rng: np.random.Generator) -> dict[str, Ints]:
    return {
        "place": rng.choice(len(places.weight), size=orders, p=places.weight),
        "surname": rng.integers(0, len(buyers.SURNAMES), orders),
        "phone_head": rng.integers(0, len(buyers.PHONE_HEADS), orders),
        "phone_tail": rng.integers(0, 10_000, orders),
        "street": rng.integers(0, len(buyers.STREETS), orders),
        "door": np.full(orders, -1, dtype=np.int64),
    }


def _scalpers(who: dict[str, Ints], orders: int, chance: Chances, rng: np.random.Generator) -> Ints:
    """Give some runs of neighbouring orders one name (kind 1) or one door (kind 2), in place; say which."""
    scalper = np.zeros(orders, dtype=np.int64)
    if orders < 60:
        return scalper
    for group in range(2 * max(1, round(orders / chance.orders_per_scalper))):
        size = int(rng.integers(12, 20))
        first = int(rng.integers(0, orders - 2 * size))
        members = first + np.sort(rng.choice(2 * size, size=size, replace=False))
        members = members[scalper[members] == 0]
        if len(members) == 0:
            continue
        kind = 1 + group % 2
        scalper[members] = kind
        same = ("surname", "phone_head", "phone_tail") if kind == 1 else ("street",)
        for column in (*same, "place"):
            who[column][members] = who[column][members[0]]
        if kind == 2:
            who["door"][members] = 1 + group
    return scalper


def _items(script: ShowScript, curve: Curve, placed: Arrivals, chance: Chances, rng: np.random.Generator) -> Ints:
    """orders x LINES item indexes; the first line follows the pulse, all others Zipf over what was shown."""
    orders = len(placed.at)
    shown = np.maximum(np.searchsorted(curve.moments, placed.at, side="right"), 1)
    picks = np.stack([_zipf(script, shown, rng) for _ in range(LINES)], axis=1)
    follows = (placed.pulse != show_curve.BASE) & (rng.random(orders) < chance.item_of_pulse)
    picks[follows, 0] = placed.pulse[follows]
    second = rng.random(orders) < chance.second_line
    third = second & (rng.random(orders) < chance.third_line)
    picks[~second | (picks[:, 1] == picks[:, 0]), 1] = -1
    picks[~third | (picks[:, 2] == picks[:, 0]) | (picks[:, 2] == picks[:, 1]), 2] = -1
    return picks


def _zipf(script: ShowScript, shown: Ints, rng: np.random.Generator) -> Ints:
    """One item each among the first `shown`, with weight 1/rank by expected sales."""
    draw = rng.random(len(shown))
    picked = np.zeros(len(shown), dtype=np.int64)
    popular = np.array([item.expected_units for item in script.items])
    for count in np.unique(shown).tolist():
        rank = np.empty(count)
        rank[np.argsort(-popular[:count], kind="stable")] = np.arange(1, count + 1)
        weight = np.cumsum(1.0 / rank)
        here = shown == count
        picked[here] = np.searchsorted(weight, draw[here] * weight[-1], side="right")
    return picked


def _units(items: Ints, chance: Chances, rng: np.random.Generator) -> Ints:
    more = rng.random(items.shape) < chance.extra_units
    return np.where(items >= 0, np.where(more, rng.choice([2, 3, 4], size=items.shape, p=[0.75, 0.2, 0.05]), 1), 0)


def _some(orders: int, share: float, rng: np.random.Generator) -> Ints:
    return np.sort(rng.choice(orders, size=min(orders, max(1, round(orders * share))), replace=False))
