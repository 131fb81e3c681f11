"""What is each scarce thing worth in this batch? Prices of stock, throughput and carriers, and the bound they prove.

At any prices, letting every household choose its cheapest option and crediting what the limits are worth gives a
lower bound on the cost of every plan (Lagrangian duality); at the best prices it is the optimum of the linear
programme over all ways. The best prices are sought on a smoothed version of that bound (households choose by softmin
at a temperature in yuan, so the bound has a gradient: demand minus supply), climbed with L-BFGS while the temperature
falls. Ways are found anew at the prices of each step, and prices may move no further per step than the ways found
reach.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from engine.allocation.consignments import Demand
from engine.allocation.found import WaysFound
from engine.allocation.grounds import NO_WAY, Flags, Floats, Grounds
from engine.allocation.problem import AllocationPolicy
from engine.allocation.way_table import Resources, WayTable
from engine.allocation.ways import Finder, Prices


@dataclass(frozen=True, slots=True)
class State:
    """Where the climb stands: price of every resource without bids, prices of shares (more than `max`, less than
    `min`), and the parcels expected, of which shares are fractions."""

    yuan: Floats
    max_share: Floats
    min_share: Floats
    parcels: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What households do at prices: value of the smoothed bound, households by option, consignments by way, use."""

    value: float
    options: Floats
    ways: Floats
    use: Floats


class Market:
    """One batch as a market. `bids` are prices that count although nothing in this batch is scarce (what later
    batches will pay, or credits with a negative sign). Every household stands for `each`: a sample of the future stands
    for all of it."""

    def __init__(
        self,
        finder: Finder,
        policy: AllocationPolicy,
        *,
        bids: Prices | None = None,
        each: float = 1.0,
    ) -> None:
        self.finder = finder
        self.policy = policy
        self.grounds: Grounds = finder.grounds
        self.demand: Demand = finder.demand
        self.resources = Resources.of(self.grounds)
        self.bids = np.zeros(self.resources.count) if bids is None else self.resources.vector(bids)
        self.option_class = self.demand.option_class
        self.first_option = np.flatnonzero(np.diff(self.option_class, prepend=-1))
        self.option_count = np.diff(np.append(self.first_option, len(self.option_class)))
        self.each = each
        self.households = each * np.array([len(h) for h in self.demand.households], dtype=np.float64)
        self.unserved_yuan = policy.unserved_yuan * np.array(
            [len(option.unserved) for option in self.demand.options], dtype=np.float64
        )
        self.contains = self._incidence()
        self.contained = self.contains.T.tocsr()
        self.needs = self._needed()
        self.asks = self._asked()
        self.everything = self.asks[self.first_option]

    def _incidence(self) -> sp.csr_array:
        """Options x consignments."""
        counts = [len(option.consignments) for option in self.demand.options]
        columns = [c for option in self.demand.options for c, _ in option.consignments]
        rows = np.repeat(np.arange(len(counts)), counts)
        shape = (len(counts), len(self.demand.size))
        return sp.csr_array((np.ones(len(columns)), (rows, np.array(columns, dtype=np.int64))), shape=shape)

    def _needed(self) -> sp.csr_array:
        """Consignments x units of every SKU."""
        demand = self.demand
        row, place = np.nonzero(demand.goods >= 0)
        shape = (len(demand.size), len(demand.table.lines))
        inside = sp.csr_array((np.ones(len(row)), (row, demand.goods[row, place])), shape=shape)
        return sp.csr_array(inside @ self.finder.needs)

    def _asked(self) -> sp.csr_array:
        """Options x (units of every SKU, then parcels if nothing is split)."""
        parcels = sp.csr_array(self.contains.sum(axis=1).reshape(-1, 1))
        return sp.csr_array(sp.hstack([self.contains @ self.needs, parcels]))

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

    def ways(self, state: State, *, within: float, only: Flags | None = None) -> WaysFound:
        """The ways near the cheapest at these prices."""
        prices = self.resources.prices(self.prices(state))
        return self.finder.near(prices, within=np.full(len(self.demand.size), within), only=only)

    def choice(self, prices: Floats, table: WayTable, temperature: float, weight: Floats) -> Choice:
        """What households of these weights choose at prices and a temperature, before supply is counted."""
        yuan = table.leaning + table.use @ prices
        least = np.minimum.reduceat(yuan, table.first) if len(yuan) else np.zeros(0)
        yuan -= np.repeat(least, table.lengths)
        yuan /= -temperature
        liking = np.exp(yuan, out=yuan)
        total = np.add.reduceat(liking, table.first) if len(yuan) else np.zeros(0)
        owner = table.consignment[table.first]
        value = np.full(len(self.demand.size), NO_WAY)
        value[owner] = least - temperature * np.log(total)
        options, worth = self.options_chosen(value, temperature, weight)
        consignments = self.contained @ options
        ways = liking * np.repeat(consignments[owner] / total, table.lengths)
        return Choice(float(weight @ worth), options, ways, table.used @ ways)

    def options_chosen(self, value: Floats, temperature: float, weight: Floats) -> tuple[Floats, Floats]:
        """Households by option, and yuan of each class's (smoothed) best option, given yuan by consignment."""
        yuan = self.unserved_yuan + self.contains @ value
        least = np.minimum.reduceat(yuan, self.first_option)
        liking = np.exp((np.repeat(least, self.option_count) - yuan) / temperature)
        total = np.add.reduceat(liking, self.first_option)
        households = liking / np.repeat(total, self.option_count) * weight[self.option_class]
        return households, least - temperature * np.log(total)

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
