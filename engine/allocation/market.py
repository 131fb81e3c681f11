"""What is each scarce thing worth in this batch? Prices of stock, throughput and carriers, and the bound they prove.

At any prices, letting every household choose its cheapest option and crediting what the limits are worth gives a
lower bound on the cost of every plan (Lagrangian duality); at the best prices it is the optimum of the linear
programme over all ways. The best prices are sought on a smoothed version of that bound (households choose by softmin
at a temperature in yuan, so the bound has a gradient: demand minus supply), climbed with L-BFGS while the temperature
falls. Ways are found anew at the prices of each step, and prices may move no further per step than the ways found
reach.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

from engine.allocation.consignments import Demand
from engine.allocation.found import WaysFound
from engine.allocation.grounds import NO_WAY, Flags, Floats, Grounds
from engine.allocation.problem import AllocationPolicy
from engine.allocation.way_table import Resources, WayTable, tabulate
from engine.allocation.ways import CORES, Finder, Prices


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
LEVEL_REACH = 40.0
"""Yuan that the level of a SKU's price may move in one step: all ways of it move alike, so none is lost from sight."""
SURE = 8
"""Households from which on a class is always in the sample: it moves demand by itself."""


@dataclass(frozen=True, slots=True)
class State:
    """Where the climb stands: price of every resource without bids, prices of shares (more than `max`, less than
    `min`), and the parcels expected, of which shares are fractions."""

    yuan: Floats
    max_share: Floats
    min_share: Floats
    parcels: float


class _Group(NamedTuple):
    """Prices of one kind in a climb: where they begin, what there is (negative: what there must be), the highest."""

    start: Floats
    supply: Floats
    ceiling: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What households do at prices: value of the smoothed bound, households by option, consignments by way, use."""

    value: float
    options: Floats
    ways: Floats
    use: Floats


class _Part:
    """Some consignments' ways, for one thread."""

    def __init__(self, table: WayTable, cut: slice) -> None:
        ways = slice(
            int(table.first[cut.start]) if cut.start < len(table.first) else len(table.consignment),
            int(table.first[cut.stop]) if cut.stop < len(table.first) else len(table.consignment),
        )
        self.yuan = table.yuan[ways]
        self.use = table.use[ways]
        self.used = self.use.T.tocsr()
        self.first = table.first[cut] - ways.start
        self.length = np.diff(np.append(self.first, len(self.yuan)))
        self.owner = table.consignment[ways][self.first]
        self._liking = self._total = np.zeros(0)

    def like(self, paid: Floats, temperature: float) -> Floats:
        """Value of each consignment: softmin over its ways at prices `paid`."""
        if not len(self.first):
            return np.zeros(0)
        yuan = self.yuan + self.use @ paid
        least = np.minimum.reduceat(yuan, self.first)
        yuan -= np.repeat(least, self.length)
        yuan /= -temperature
        self._liking = np.exp(yuan, out=yuan)
        self._total = np.add.reduceat(self._liking, self.first)
        value: Floats = least - temperature * np.log(self._total)
        return value

    def ship(self, consignments: Floats) -> tuple[Floats, Floats]:
        """Consignments by way, and use."""
        if not len(self.first):
            return np.zeros(0), np.zeros(self.use.shape[1])
        ways = self._liking * np.repeat(consignments[self.owner] / self._total, self.length)
        return ways, self.used @ ways


def _halves(table: WayTable) -> list[slice]:
    """The consignments that have ways, cut where half of the ways are on either side."""
    middle = int(np.searchsorted(table.first, len(table.consignment) // 2))
    return [slice(0, middle), slice(middle, len(table.first))]


class Market:
    """One batch as a market. `bids` are prices that count although nothing in this batch is scarce (what later
    batches will pay, or credits with a negative sign)."""

    def __init__(self, finder: Finder, policy: AllocationPolicy, *, bids: Prices | None = None, seed: int = 0) -> None:
        self.finder = finder
        self.policy = policy
        self.grounds: Grounds = finder.grounds
        self.demand: Demand = finder.demand
        self.resources = Resources.of(self.grounds)
        self.bids = np.zeros(self.resources.count) if bids is None else self.resources.vector(bids)
        self.option_class = self.demand.option_class
        self.first_option = np.flatnonzero(np.diff(self.option_class, prepend=-1))
        self.option_count = np.diff(np.append(self.first_option, len(self.option_class)))
        self.households = np.array([len(h) for h in self.demand.households], dtype=np.float64)
        self.unserved_yuan = policy.unserved_yuan * np.array(
            [len(option.unserved) for option in self.demand.options], dtype=np.float64
        )
        self.contains = self._incidence()
        self.contained = self.contains.T.tocsr()
        self._threads = ThreadPoolExecutor(CORES)
        self._random = np.random.default_rng(seed)
        self._asks = self._asked()
        self._everything = self._asks[self.first_option]

    def _incidence(self) -> sp.csr_array:
        """Options x consignments."""
        counts = [len(option.consignments) for option in self.demand.options]
        columns = [c for option in self.demand.options for c, _ in option.consignments]
        rows = np.repeat(np.arange(len(counts)), counts)
        shape = (len(counts), len(self.demand.size))
        return sp.csr_array((np.ones(len(columns)), (rows, np.array(columns, dtype=np.int64))), shape=shape)

    def _asked(self) -> sp.csr_array:
        """Options x (units of every SKU, then parcels if nothing is split)."""
        demand = self.demand
        row, place = np.nonzero(demand.goods >= 0)
        shape = (len(demand.size), len(demand.table.lines))
        inside = sp.csr_array((np.ones(len(row)), (row, demand.goods[row, place])), shape=shape)
        units = self.contains @ (inside @ self.finder.needs)
        parcels = sp.csr_array(self.contains.sum(axis=1).reshape(-1, 1))
        return sp.csr_array(sp.hstack([units, parcels]))

    # --- limits ------------------------------------------------------------------------------------------------------

    def limits(self) -> Floats:
        """What there is of every resource: units, parcels, parcels."""
        grounds = self.grounds
        return np.concatenate([grounds.units.ravel(), grounds.throughput, grounds.capacity]).astype(np.float64)

    def share_limits(self, parcels: float) -> tuple[Floats, Floats]:
        """Most and fewest parcels of each carrier by its shares of so many."""
        most = np.floor(self.grounds.max_share * parcels + 1e-9 * max(1.0, parcels))
        fewest = np.ceil(self.grounds.min_share * parcels - 1e-9 * max(1.0, parcels))
        return most, fewest

    def prices(self, state: State) -> Floats:
        """What a household pays for every resource: its price, the carriers' shares, and the bids."""
        paid = state.yuan + self.bids
        paid[self.resources.first_carrier :] += state.max_share - state.min_share
        return paid

    # --- the climb ---------------------------------------------------------------------------------------------------

    def settle_prices(self, start: State | None = None, *, steps: Sequence[Step] = CLIMB) -> tuple[State, WaysFound]:
        """Climb from `start` (or from nothing) down the temperatures; the prices reached and the last ways found."""
        state = start if start is not None else self.scarcities()
        found = WaysFound.of([], [])
        for step in steps:
            weight = self._weights(step.sample)
            only = None if step.sample == 1.0 else self._wanted(weight)
            found = self.ways(state, within=step.within, only=only)
            state = self._climb(state, tabulate(self.finder, found), step, weight)
        return state, found

    def ways(self, state: State, *, within: float, only: Flags | None = None) -> WaysFound:
        """The ways near the cheapest at these prices."""
        prices = self.resources.prices(self.prices(state))
        return self.finder.near(prices, within=np.full(len(self.demand.size), within), only=only)

    def _weights(self, sample: float) -> Floats:
        if sample == 1.0:
            return self.households
        chosen = self._random.random(len(self.households)) < sample
        return np.where(self.households >= SURE, self.households, np.where(chosen, self.households / sample, 0.0))

    def _wanted(self, weight: Floats) -> Flags:
        wanted: Flags = self.contained @ (weight[self.option_class] > 0).astype(np.float64) > 0
        return wanted

    def _seen(self, weight: Floats) -> tuple[Floats, float]:
        """By resource, the share of the demand that households of these weights stand for, and that of the parcels: a
        sample must meet as scarce a world as the whole."""
        everything = self._everything
        asked, seen = self.households @ everything, weight @ everything
        ratio = np.divide(seen, asked, out=np.ones(len(asked)), where=asked > 0)
        nodes, carriers = self.resources.nodes, self.resources.carriers
        return np.concatenate([np.repeat(ratio[:-1], nodes), np.full(nodes + carriers, ratio[-1])]), float(ratio[-1])

    def _climb(self, state: State, table: WayTable, step: Step, weight: Floats) -> State:
        grounds = self.grounds
        seen, parcels_seen = self._seen(weight)
        limits = self.limits() * seen
        most, fewest = self.share_limits(state.parcels * parcels_seen)
        first_node, shape = self.resources.first_node, grounds.units.shape
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
            _Group(state.max_share[max_rows], most[max_rows], self.policy.max_share_yuan),
            _Group(state.min_share[min_rows], -fewest[min_rows], self.policy.min_share_yuan),
            _Group(level, limits[:first_node].reshape(shape).sum(axis=1), np.inf),
        )
        start = np.concatenate([group.start for group in groups])
        supply = np.concatenate([group.supply for group in groups])
        ceiling = np.concatenate([np.full(len(group.start), group.ceiling) for group in groups])
        cuts = np.cumsum([len(group.start) for group in groups])[:-1]
        # Near the top the curvature of a price is about its supply: in units of its root all prices are alike.
        scale = np.sqrt(np.maximum(np.abs(supply), 1.0))

        choose = self._choices(table)

        def moved(y: Floats) -> State:
            own, upper, lower, levels = np.split(y, cuts)
            yuan, max_share, min_share = above.copy(), state.max_share.copy(), state.min_share.copy()
            yuan[taking], max_share[max_rows], min_share[min_rows] = own, upper, lower
            yuan[:first_node] += np.repeat(levels, shape[1])
            return State(yuan, max_share, min_share, state.parcels)

        def fall(scaled: Floats) -> tuple[float, Floats]:
            y = scaled / scale
            choice = choose(self.prices(moved(y)), step.temperature, weight)
            by_carrier = choice.use[self.resources.first_carrier :]
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
        use = choose(self.prices(reached), step.temperature, weight).use
        parcels = float(use[first_node : self.resources.first_carrier].sum()) / parcels_seen
        return State(reached.yuan, reached.max_share, reached.min_share, parcels)

    def choice(self, state: State, table: WayTable, temperature: float, weight: Floats) -> Choice:
        """What households of these weights choose at a temperature, before supply is counted."""
        return self._choices(table)(self.prices(state), temperature, weight)

    def _choices(self, table: WayTable) -> Callable[[Floats, float, Floats], Choice]:
        """`choice` of one table, prepared to be asked often: the table in two halves, a thread each."""
        halves = [_Part(table, cut) for cut in _halves(table)]

        def choose(paid: Floats, temperature: float, weight: Floats) -> Choice:
            value = np.full(len(self.demand.size), NO_WAY)
            for part, worth in zip(halves, self._threads.map(lambda p: p.like(paid, temperature), halves), strict=True):
                value[part.owner] = worth
            options, worth_of_class = self.options_chosen(value, temperature, weight)
            consignments = self.contained @ options
            shipped = list(self._threads.map(lambda p: p.ship(consignments), halves))
            ways = np.concatenate([ways for ways, _ in shipped])
            use = np.sum([use for _, use in shipped], axis=0)
            return Choice(float(weight @ worth_of_class), options, ways, use)

        return choose

    def options_chosen(self, value: Floats, temperature: float, weight: Floats) -> tuple[Floats, Floats]:
        """Households by option, and yuan of each class's (smoothed) best option, given yuan by consignment."""
        yuan = self.unserved_yuan + self.contains @ value
        least = np.minimum.reduceat(yuan, self.first_option)
        liking = np.exp((np.repeat(least, self.option_count) - yuan) / temperature)
        total = np.add.reduceat(liking, self.first_option)
        households = liking / np.repeat(total, self.option_count) * weight[self.option_class]
        return households, least - temperature * np.log(total)

    # --- scarcity of whole SKUs --------------------------------------------------------------------------------------

    def scarcities(self) -> State:
        """Prices to begin with: of SKUs that all nodes together have too little of, and of parcels where all nodes
        or all carriers together can send too few.

        Such prices are high (nearly what an unserved order costs) and the same everywhere, so they are found apart:
        as if every node could serve from the stock of all.
        """
        grounds = self.grounds
        _, value = self.finder.cheapest(self.resources.prices(self.bids))
        use = self._asks
        used = use.T.tocsr()
        sendable = min(grounds.throughput.sum(), grounds.capacity.sum())
        supply = np.append(grounds.units.sum(axis=1), sendable).astype(np.float64)
        base = self.unserved_yuan + self.contains @ value
        scale = np.sqrt(np.maximum(supply, 1.0))
        yuan = np.zeros(len(supply))
        for temperature in (5.0, 1.0):

            def fall(scaled: Floats, temperature: float = temperature) -> tuple[float, Floats]:
                y = scaled / scale
                paid = base + use @ y
                least = np.minimum.reduceat(paid, self.first_option)
                liking = np.exp((np.repeat(least, self.option_count) - paid) / temperature)
                total = np.add.reduceat(liking, self.first_option)
                chosen = liking / np.repeat(total, self.option_count) * self.households[self.option_class]
                bound = self.households @ (least - temperature * np.log(total)) - y @ supply
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
        expected = float(self.households @ self._everything.toarray()[:, -1])
        return State(self.resources.vector(prices), none, none.copy(), expected)

    # --- the bound ---------------------------------------------------------------------------------------------------

    def bound(self, state: State) -> float:
        """Yuan (cost, share charges and bids) that no plan can go below, proven by these prices.

        A share's price is paid on its carrier's parcels and given back on all parcels: shares are fractions of the
        parcels planned, whatever their number. Households with more orders than all subsets were listed for: leaving
        some of them unserved saves at most what they would cost alone (goods shipped together cost no more than
        apart), so each order's option to stay unserved is worth at most that.
        """
        per_parcel = state.max_share @ self.grounds.max_share - state.min_share @ self.grounds.min_share
        paid = self.prices(state)
        paid[self.resources.first_carrier :] -= per_parcel
        low, high = self.finder.cheapest(self.resources.prices(paid))
        yuan = self.unserved_yuan + self.contains @ low
        least = np.minimum.reduceat(yuan, self.first_option)
        for number, orders in self.demand.alone.items():
            everything = float(yuan[self.first_option[number]])
            spared = (min(0.0, self.policy.unserved_yuan - sum(high[c] for c in order)) for order in orders)
            least[number] = min(float(least[number]), everything + sum(spared))
        return float(self.households @ least - state.yuan @ self.limits())
