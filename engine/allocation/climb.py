"""The climb to the best prices: from where scarcity is felt at all down to where a fen decides.

The bound of market.py, smoothed at a temperature, has a gradient: demand minus supply. L-BFGS climbs it while the
temperature falls. Ways are found anew at the prices of each step, and no price moves much further in a step than the
ways found reach. Early steps look at a sample of the small classes, against supply scaled alike.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from engine.allocation.found import WaysFound
from engine.allocation.grounds import Flags, Floats
from engine.allocation.market import Market, State
from engine.allocation.way_table import WayTable, tabulate
from engine.allocation.ways import Prices
from engine.model.blas import keep_to_one_thread


@dataclass(frozen=True, slots=True)
class Step:
    """One temperature of the climb.

    temperature: yuan. evaluations: of the smoothed bound, at most. within: yuan from the cheapest within which ways
    are kept. sample: share of small classes looked at. anew: whether ways are found at the prices of this step, or
    those of the step before have to do, and its sample with them.
    """

    temperature: float
    evaluations: int
    within: float
    sample: float = 1.0
    anew: bool = True


CLIMB = (
    Step(2.0, 45, within=60.0, sample=0.2),
    Step(0.5, 45, within=20.0, sample=0.3),
    Step(0.12, 60, within=4.0),
    Step(0.03, 60, within=1.5),
    Step(0.012, 60, within=1.0, anew=False),
)
"""Temperatures fall by about four a step: from where a yuan more or less hardly matters to where a fen decides. The
first step looks at every way within the country, so that prices can rise to what scarcity asks; from the third on
every class is looked at, because what is short in one region only is asked for by few."""
CLIMB_FEW = (*CLIMB, Step(0.004, 100, within=0.5, anew=False))
"""Where there are few consignments (FEW at most, as when nobody buys two things) the time is there to be exact."""
FEW = 12_000
CLIMB_QUICK = (
    Step(0.5, 30, within=20.0),
    Step(0.06, 40, within=3.0),
    Step(0.012, 40, within=1.0, anew=False),
)
QUICK = 4_000
"""Consignments up to which a batch is one of a show, planned while the next arrives: ways are found twice only."""
CLASSES = 60_000
"""Classes that a step looks at, at most: more make prices slower, not better (a million orders have 200,000)."""
RISE_YUAN = 10.0
"""A price may rise by so much in a step although the ways found do not reach so far: who would turn to a way not found
is rare where something is that scarce, and leaving the order unserved is always in sight."""
LEVEL_REACH = 40.0
"""Yuan that the level of a SKU's price may move in one step: all ways of it move alike, so none is lost from sight."""
NEARLY = 0.95
"""Share of its places from which on a carrier counts as full."""
LEAST_AWAY = 1e-4
"""Share of the parcels of full carriers that turn away at least when they are a yuan dearer."""
SURE = 8
"""Households from which on a class is always in the sample: it moves demand by itself."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Where a climb ended: the prices, and the last ways found, priced."""

    state: State
    found: WaysFound
    table: WayTable


class _Group(NamedTuple):
    """Prices of one kind in a climb: where they begin, what there is (negative: what there must be), how far they may
    fall and rise."""

    start: Floats
    supply: Floats
    low: Floats
    high: Floats


def settle_prices(market: Market) -> Settled:
    """Climb from nothing down the temperatures."""
    keep_to_one_thread()
    steps = CLIMB_QUICK if is_quick(market) else CLIMB_FEW if len(market.demand.size) <= FEW else CLIMB
    state = scarcities(market)
    random = np.random.default_rng(0)
    small = min(1.0, CLASSES / max(1, len(market.households)))
    for step in steps:
        if step.anew:
            sample = small * step.sample
            weight = _weights(market, sample, random)
            only = None if sample == 1.0 else _wanted(market, weight)
            found = market.ways(state, within=step.within, only=only)
            table = tabulate(market.finder, found)
        state = _Climb(market, state, table, step, weight).reached()
    if small < 1.0:
        found = market.ways(state, within=steps[-1].within)
        table = tabulate(market.finder, found)
    return Settled(state, found, table)


def is_quick(market: Market) -> bool:
    """Whether a batch is small enough that its buyers rather have it now than 1 % cheaper."""
    return len(market.demand.size) <= QUICK


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


class _Climb:
    """One step. Prices that move: of every resource that some way uses, of shares, and levels.

    A SKU that is short everywhere is dear everywhere: its level is a price of its own, on top of which each node's may
    be higher. Without it that level would have to be climbed node by node, which takes for ever. For the same reason
    carriers that are all full (by capacity or by share) have a level in common.
    """

    def __init__(self, market: Market, state: State, table: WayTable, step: Step, weight: Floats) -> None:
        self.market, self.state, self.table, self.step, self.weight = market, state, table, step, weight
        grounds = market.grounds
        seen, self.parcels_seen = _seen(market, weight)
        limits = market.limits() * seen
        most, fewest = market.share_limits(state.parcels * self.parcels_seen)
        self.first_node, self.first_carrier = market.resources.first_node, market.resources.first_carrier
        self.shape = grounds.units.shape
        self.max_rows = np.flatnonzero(grounds.max_share < 1)
        self.min_rows = np.flatnonzero(grounds.min_share > 0)
        self.taking = np.flatnonzero(np.diff(table.used.indptr) > 0)
        stock = state.yuan[: self.first_node].reshape(self.shape)
        level = np.where(grounds.units > 0, stock, np.inf).min(axis=1)
        level[~np.isfinite(level)] = 0.0
        self.above = state.yuan.copy()
        self.above[: self.first_node] = np.maximum(stock - level[:, None], 0.0).ravel()
        by_carrier, capacity = self._use_and_value(state)[0][self.first_carrier :], limits[self.first_carrier :]
        # A price of a share above its charge would claim more than can be proven: room for the level is left below it.
        ceiling = np.full(len(most), market.policy.max_share_yuan)
        nearly = by_carrier > NEARLY * np.minimum(most, capacity)
        nearly |= (state.yuan[self.first_carrier :] > 0) | (state.max_share > 0)
        self.full = nearly & (capacity <= most)
        self.over_share = nearly & (capacity > most) & (state.max_share < ceiling - RISE_YUAN)
        ceiling[self.over_share] -= RISE_YUAN
        charge = np.full(len(self.min_rows), market.policy.min_share_yuan)
        places = capacity[self.full].sum() + most[self.over_share].sum()
        none = np.zeros(1)
        groups = (
            self._own(self.above[self.taking], limits[self.taking], np.full(len(self.taking), np.inf)),
            self._own(state.max_share[self.max_rows], most[self.max_rows], ceiling[self.max_rows]),
            self._own(state.min_share[self.min_rows], -fewest[self.min_rows], charge),
            _Group(
                level,
                limits[: self.first_node].reshape(self.shape).sum(axis=1),
                np.maximum(level - LEVEL_REACH, 0.0),
                level + LEVEL_REACH,
            ),
            _Group(none, np.array([places]), none, np.full(1, RISE_YUAN if places else 0.0)),
        )
        self.start, self.supply, self.low, self.high = (np.concatenate(kind) for kind in zip(*groups, strict=True))
        self.cuts = np.cumsum([len(group.start) for group in groups])[:-1]
        # Near the top the curvature of a price is about its supply: in units of its root all prices are alike.
        self.scale = np.sqrt(np.maximum(np.abs(self.supply), 1.0))
        # All but the level of full carriers, which few turn away from: as many as do for a yuan more.
        dearer = self._use_and_value(self._moved(self.start + np.append(np.zeros(len(self.start) - 1), 1.0)))[0]
        away = by_carrier - dearer[self.first_carrier :]
        self.scale[-1] = np.sqrt(max(float(away[self.full | self.over_share].sum()), LEAST_AWAY * places, 1.0))

    def _own(self, start: Floats, supply: Floats, ceiling: Floats) -> _Group:
        within = self.step.within
        low, high = np.maximum(start - within, 0.0), np.minimum(start + max(within, RISE_YUAN), ceiling)
        return _Group(np.clip(start, low, high), supply, low, high)

    def reached(self) -> State:
        """The prices at the end of the step."""
        found = minimize(
            self._fall,
            self.start * self.scale,
            jac=True,
            method="L-BFGS-B",
            bounds=np.stack([self.low * self.scale, self.high * self.scale], axis=1),
            options={"maxfun": self.step.evaluations, "maxiter": self.step.evaluations, "maxcor": 20},
        )
        reached = self._moved(found.x / self.scale)
        use = self._use_and_value(reached)[0]
        parcels = float(use[self.first_node : self.first_carrier].sum()) / self.parcels_seen
        return State(reached.yuan, reached.max_share, reached.min_share, parcels)

    def _use_and_value(self, state: State) -> tuple[Floats, float]:
        market = self.market
        choice = market.choice(market.prices(state), self.table, self.step.temperature, self.weight)
        return choice.use, choice.value

    def _moved(self, y: Floats) -> State:
        own, upper, lower, levels, full = np.split(y, self.cuts)
        state = self.state
        yuan, max_share, min_share = self.above.copy(), state.max_share.copy(), state.min_share.copy()
        yuan[self.taking], max_share[self.max_rows], min_share[self.min_rows] = own, upper, lower
        yuan[: self.first_node] += np.repeat(levels, self.shape[1])
        yuan[self.first_carrier :] += full * self.full
        max_share += full * self.over_share
        return State(yuan, max_share, min_share, state.parcels)

    def _fall(self, scaled: Floats) -> tuple[float, Floats]:
        """Minus the smoothed bound, and its slope, at prices in their own units."""
        y = scaled / self.scale
        use, value = self._use_and_value(self._moved(y))
        by_carrier = use[self.first_carrier :]
        by_sku = use[: self.first_node].reshape(self.shape).sum(axis=1)
        full = by_carrier[self.full].sum() + by_carrier[self.over_share].sum()
        demand = np.concatenate(
            [use[self.taking], by_carrier[self.max_rows], -by_carrier[self.min_rows], by_sku, np.array([full])]
        )
        return float(y @ self.supply - value), (self.supply - demand) / self.scale


def scarcities(market: Market) -> State:
    """Prices to begin with: of SKUs that all nodes together have too little of, and of parcels where all nodes
    or all carriers together can send too few.

    Such prices are high (nearly what an unserved order costs) and the same everywhere, so they are found apart:
    as if every node could serve from the stock of all.
    """
    keep_to_one_thread()
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
