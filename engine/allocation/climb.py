"""The climb to the best prices: from where scarcity is felt at all down to where four fen decide.

The bound of market.py, smoothed at a temperature, has a gradient: demand minus supply. L-BFGS climbs it while the
temperature falls. Ways are found anew at the prices of each step, and no price moves further in a step than the ways
found reach. Early steps look at a sample of the small classes, against supply scaled alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from engine.allocation.found import WaysFound
from engine.allocation.grounds import Flags, Floats
from engine.allocation.market import Market, State
from engine.allocation.way_table import WayTable, tabulate
from engine.allocation.ways import Prices


@dataclass(frozen=True, slots=True)
class Step:
    """One temperature of the climb.

    temperature: yuan. evaluations: of the smoothed bound, at most. within: yuan from the cheapest within which ways
    are kept. sample: share of small classes looked at.
    """

    temperature: float
    evaluations: int
    within: float
    sample: float = 1.0


CLIMB = (
    Step(2.0, 30, within=60.0, sample=0.1),
    Step(0.5, 25, within=20.0, sample=0.2),
    Step(0.12, 35, within=4.0, sample=0.4),
    Step(0.04, 45, within=1.5),
)
"""Temperatures fall by three or four a step: from where a yuan more or less hardly matters to where four fen decide.
The first step looks at every way within the country, so that prices can rise to what scarcity asks."""
CLIMB_AGAIN = (
    Step(2.0, 40, within=60.0, sample=0.2),
    Step(1.0, 30, within=30.0, sample=0.2),
    Step(0.3, 40, within=10.0, sample=0.4),
    Step(0.1, 50, within=4.0, sample=0.7),
    Step(0.04, 60, within=2.0),
)
"""Where much still overflows after the first climb: slower, from higher up. Measured on tight stock with kits: the gap
falls from 2.6 % to 0.7 %, the time doubles."""
CLIMB_FINELY = (Step(0.015, 100, within=0.8), Step(0.006, 120, within=0.5))
"""After that: down to where half a fen decides. Measured on tight stock with kits, two seeds of 100,000 orders: the gap
falls from 0.57 % and 0.45 % to 0.39 %, the time grows by a quarter."""
AGAIN_FROM = 2
"""The step of CLIMB_AGAIN at which a batch of more than CLASSES begins: a sample that large has seen the heights."""
CLIMB_FEW = (*CLIMB_AGAIN, Step(0.015, 100, within=1.0))
"""Where there are few consignments (FEW at most, as when nobody buys two things) the time is there to be exact."""
FEW = 12_000
CLIMB_QUICK = (Step(0.5, 20, within=20.0), Step(0.08, 30, within=3.0))
QUICK = 4_000
"""Consignments up to which a batch is one of a show, planned while the next arrives: two steps, a third of a second."""
CLASSES = 60_000
"""Classes that a step looks at, at most: more make prices slower, not better (a million orders have 200,000)."""
LEVEL_REACH = 40.0
"""Yuan that the level of a SKU's price may move in one step: all ways of it move alike, so none is lost from sight."""
SURE = 8
"""Households from which on a class is always in the sample: it moves demand by itself."""


class _Group(NamedTuple):
    """Prices of one kind in a climb: where they begin, what there is (negative: what there must be), the highest."""

    start: Floats
    supply: Floats
    ceiling: float


def settle_prices(
    market: Market, start: State | None = None, *, steps: Sequence[Step] | None = None, seed: int = 0
) -> tuple[State, WaysFound]:
    """Climb from `start` (or from nothing) down the temperatures; the prices reached and the last ways found."""
    if steps is None:
        steps = CLIMB_QUICK if is_quick(market) else CLIMB_FEW if len(market.demand.size) <= FEW else CLIMB
    state = start if start is not None else scarcities(market)
    random = np.random.default_rng(seed)
    found = WaysFound.of([], [])
    small = min(1.0, CLASSES / max(1, len(market.households)))
    for step in steps:
        sample = small * step.sample
        weight = _weights(market, sample, random)
        only = None if sample == 1.0 else _wanted(market, weight)
        found = market.ways(state, within=step.within, only=only)
        state = _climb(market, state, tabulate(market.finder, found), step, weight)
    if small < 1.0:
        found = market.ways(state, within=steps[-1].within)
    return state, found


def is_quick(market: Market) -> bool:
    """Whether a batch is small enough that its buyers rather have it now than 1 % cheaper."""
    return len(market.demand.size) <= QUICK


def settle_again(market: Market, start: State) -> tuple[State, WaysFound]:
    """The slower climb, from where the first one ended."""
    steps = CLIMB_AGAIN if len(market.households) <= CLASSES else CLIMB_AGAIN[AGAIN_FROM:]
    return settle_prices(market, start, steps=steps, seed=1)


def settle_finely(market: Market, start: State) -> tuple[State, WaysFound]:
    """The last steps, from where the slower climb ended."""
    return settle_prices(market, start, steps=CLIMB_FINELY, seed=1)


def _weights(market: Market, sample: float, random: np.random.Generator) -> Floats:
    if sample == 1.0:
        return market.households
    chosen = random.random(len(market.households)) < sample
    sampled = np.where(chosen, market.households / sample, 0.0)
    weight = np.where(market.households >= SURE * market.each, market.households, sampled)
    return weight if weight.any() else market.households


def _wanted(market: Market, weight: Floats) -> Flags:
    wanted: Flags = market.contained @ (weight[market.option_class] > 0).astype(np.float64) > 0
    return wanted


def _seen(market: Market, weight: Floats) -> tuple[Floats, float]:
    """By resource, the share of the demand that households of these weights stand for, and that of the parcels: a
    sample must meet as scarce a world as the whole."""
    everything = market.everything
    asked, seen = market.households @ everything, weight @ everything
    ratio = np.divide(seen, asked, out=np.ones(len(asked)), where=asked > 0)
    nodes, carriers = market.resources.nodes, market.resources.carriers
    return np.concatenate([np.repeat(ratio[:-1], nodes), np.full(nodes + carriers, ratio[-1])]), float(ratio[-1])


def _climb(market: Market, state: State, table: WayTable, step: Step, weight: Floats) -> State:
    grounds = market.grounds
    seen, parcels_seen = _seen(market, weight)
    limits = market.limits() * seen
    most, fewest = market.share_limits(state.parcels * parcels_seen)
    first_node, shape = market.resources.first_node, grounds.units.shape
    max_rows = np.flatnonzero(grounds.max_share < 1)
    min_rows = np.flatnonzero(grounds.min_share > 0)
    taking = np.flatnonzero(np.diff(table.used.indptr) > 0)
    # A SKU that is short everywhere is dear everywhere: its level is a price of its own, on top of which each
    # node's may be higher. Without it that level would have to be climbed node by node, which takes for ever.
    stock = state.yuan[:first_node].reshape(shape)
    level = np.where(grounds.units > 0, stock, np.inf).min(axis=1)
    level[~np.isfinite(level)] = 0.0
    above = state.yuan.copy()
    above[:first_node] = np.maximum(stock - level[:, None], 0.0).ravel()
    groups = (
        _Group(above[taking], limits[taking], np.inf),
        _Group(state.max_share[max_rows], most[max_rows], market.policy.max_share_yuan),
        _Group(state.min_share[min_rows], -fewest[min_rows], market.policy.min_share_yuan),
        _Group(level, limits[:first_node].reshape(shape).sum(axis=1), np.inf),
    )
    start = np.concatenate([group.start for group in groups])
    supply = np.concatenate([group.supply for group in groups])
    ceiling = np.concatenate([np.full(len(group.start), group.ceiling) for group in groups])
    cuts = np.cumsum([len(group.start) for group in groups])[:-1]
    # Near the top the curvature of a price is about its supply: in units of its root all prices are alike.
    scale = np.sqrt(np.maximum(np.abs(supply), 1.0))

    def moved(y: Floats) -> State:
        own, upper, lower, levels = np.split(y, cuts)
        yuan, max_share, min_share = above.copy(), state.max_share.copy(), state.min_share.copy()
        yuan[taking], max_share[max_rows], min_share[min_rows] = own, upper, lower
        yuan[:first_node] += np.repeat(levels, shape[1])
        return State(yuan, max_share, min_share, state.parcels)

    def fall(scaled: Floats) -> tuple[float, Floats]:
        y = scaled / scale
        choice = market.choice(market.prices(moved(y)), table, step.temperature, weight)
        by_carrier = choice.use[market.resources.first_carrier :]
        by_sku = choice.use[:first_node].reshape(shape).sum(axis=1)
        demand = np.concatenate([choice.use[taking], by_carrier[max_rows], -by_carrier[min_rows], by_sku])
        return float(y @ supply - choice.value), (supply - demand) / scale

    low, high = np.maximum(start - step.within, 0.0), np.minimum(start + step.within, ceiling)
    low[cuts[-1] :], high[cuts[-1] :] = (
        np.maximum(start[cuts[-1] :] - LEVEL_REACH, 0.0),
        start[cuts[-1] :] + LEVEL_REACH,
    )
    found = minimize(
        fall,
        np.clip(start, low, high) * scale,
        jac=True,
        method="L-BFGS-B",
        bounds=np.stack([low * scale, high * scale], axis=1),
        options={"maxfun": step.evaluations, "maxiter": step.evaluations, "maxcor": 20},
    )
    reached = moved(found.x / scale)
    use = market.choice(market.prices(reached), table, step.temperature, weight).use
    parcels = float(use[first_node : market.resources.first_carrier].sum()) / parcels_seen
    return State(reached.yuan, reached.max_share, reached.min_share, parcels)


def scarcities(market: Market) -> State:
    """Prices to begin with: of SKUs that all nodes together have too little of, and of parcels where all nodes
    or all carriers together can send too few.

    Such prices are high (nearly what an unserved order costs) and the same everywhere, so they are found apart:
    as if every node could serve from the stock of all.
    """
    grounds = market.grounds
    _, value = market.finder.cheapest(market.resources.prices(market.bids))
    use = market.asks
    used = use.T.tocsr()
    sendable = min(grounds.throughput.sum(), grounds.capacity.sum())
    supply = np.append(grounds.units.sum(axis=1), sendable).astype(np.float64)
    base = market.unserved_yuan + market.contains @ value
    scale = np.sqrt(np.maximum(supply, 1.0))
    yuan = np.zeros(len(supply))
    for temperature in (5.0, 1.0):

        def fall(scaled: Floats, temperature: float = temperature) -> tuple[float, Floats]:
            y = scaled / scale
            paid = base + use @ y
            least = np.minimum.reduceat(paid, market.first_option)
            liking = np.exp((np.repeat(least, market.option_count) - paid) / temperature)
            total = np.add.reduceat(liking, market.first_option)
            chosen = liking / np.repeat(total, market.option_count) * market.households[market.option_class]
            bound = market.households @ (least - temperature * np.log(total)) - y @ supply
            return -float(bound), (supply - used @ chosen) / scale

        bounds = [(0.0, None)] * len(yuan)
        options = {"maxiter": 60}
        yuan = minimize(fall, yuan * scale, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x / scale
    prices = Prices(
        stock=np.where(grounds.units > 0, yuan[:-1, None], 0.0),
        throughput=np.full(len(grounds.node_ids), yuan[-1]),
        carrier=np.zeros(len(grounds.carrier_ids)),
    )
    none = np.zeros(len(grounds.carrier_ids))
    expected = float(market.households @ market.everything.toarray()[:, -1])
    return State(market.resources.vector(prices), none, none.copy(), expected)
