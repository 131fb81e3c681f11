"""The linear programme over chosen ways and options: limits soft at a stated price, so that it always has an answer.

Variables are consignments by way, households by option, and overflow by limit. Nothing here decides what is open; what
is not open has been counted in already (`Open.ways`, `Open.options`).
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from engine.allocation.grounds import Floats, Ints
from engine.allocation.market import Market, State
from engine.allocation.way_table import WayTable

MOST_NODES = 3_000
"""Branches that the whole-number programme may open before it takes the best found: seconds, and always the same."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many consignments go each way of `table` and how many households take each option: a little fractional
    still. `state`: prices as the programme has them; `overflow` by resource; `yuan`: what the
    programme pays, charges included."""

    table: WayTable
    state: State
    ways: Floats
    options: Floats
    overflow: Floats
    yuan: float


@dataclass(frozen=True, slots=True)
class Open:
    """What is decided already (by way and by option), and the ways and options that are open. `wanted`: consignments
    that decided options ask for."""

    ways: Floats
    options: Floats
    wanted: Floats
    open_ways: Ints
    open_options: Ints


class Programme:
    """One programme: `share_out` solves it, `whole` with whole numbers."""

    def __init__(self, market: Market, state: State, table: WayTable, decided: Open, *, overflow_yuan: float) -> None:
        """`overflow_yuan`: charge for a unit above a limit, on top of its price in `state`."""
        self.market, self.state, self.table, self.decided = market, state, table, decided
        self.taken = table.used @ decided.ways
        self._rows_and_limits(overflow_yuan)
        self._balance()
        self.yuan = np.concatenate(
            [
                (table.leaning + table.use @ market.bids)[decided.open_ways],
                market.unserved_yuan[decided.open_options],
                self.charge,
                np.zeros(1),  # the number of parcels
            ]
        )

    def _rows_and_limits(self, overflow_yuan: float) -> None:
        market, decided = self.market, self.decided
        grounds, first_node, first_carrier = market.grounds, market.resources.first_node, market.resources.first_carrier
        use = self.table.use[decided.open_ways]
        self.rows = np.flatnonzero(np.bincount(use.indices, minlength=use.shape[1]) > 0)
        used = use.T.tocsr()
        self.upper = np.flatnonzero((grounds.max_share < 1) & (np.diff(used.indptr)[first_carrier:] > 0))
        self.lower = np.flatnonzero(grounds.min_share > 0)
        by_carrier = self.taken[first_carrier:]
        self.left = np.concatenate(
            [
                (market.limits() - self.taken)[self.rows],
                -by_carrier[self.upper],
                by_carrier[self.lower],
            ]
        )
        self.charge = np.concatenate(
            [
                market.prices(self.state)[self.rows] + overflow_yuan,
                np.full(len(self.upper), market.policy.max_share_yuan),
                np.full(len(self.lower), market.policy.min_share_yuan),
            ]
        )
        soft, options = len(self.left), len(decided.open_options)
        takes = sp.vstack([used[self.rows], used[first_carrier + self.upper], -used[first_carrier + self.lower]])
        # Shares are fractions of the parcels planned, a variable of its own: the last.
        share = np.concatenate(
            [np.zeros(len(self.rows)), -grounds.max_share[self.upper], grounds.min_share[self.lower]]
        )
        self.limits = sp.hstack(
            [takes, sp.csr_array((soft, options)), -sp.eye_array(soft), sp.csr_array(share[:, None])], format="csr"
        )
        self.parcels = sp.csr_array(used[first_node:first_carrier].sum(axis=0).reshape(1, -1))
        self.parcels_decided = float(self.taken[first_node:first_carrier].sum())

    def _balance(self) -> None:
        """Every consignment wanted has a way, every household an option, and parcels are counted."""
        market, decided = self.market, self.decided
        ways, options = decided.open_ways, decided.open_options
        consignments, of_way = np.unique(self.table.consignment[ways], return_inverse=True)
        classes, of_option = np.unique(market.option_class[options], return_inverse=True)
        serve = sp.csr_array((np.ones(len(ways)), (of_way, np.arange(len(ways)))), shape=(len(consignments), len(ways)))
        choose = sp.csr_array(
            (np.ones(len(options)), (of_option, np.arange(len(options)))), shape=(len(classes), len(options))
        )
        wants = market.contained[consignments][:, options]
        soft, one = len(self.left), sp.csr_array(np.ones((1, 1)))
        self.balance = sp.block_array(
            [
                [serve, -wants, sp.csr_array((len(consignments), soft)), None],
                [None, choose, sp.csr_array((len(classes), soft)), None],
                [self.parcels, None, None, -one],
            ],
            format="csr",
        )
        self.asked = np.concatenate(
            [decided.wanted[consignments], market.households[classes], np.array([-self.parcels_decided])]
        )

    def share_out(self) -> Shares:
        """The optimum, with its prices."""
        answer = linprog(
            self.yuan, A_ub=self.limits, b_ub=self.left, A_eq=self.balance, b_eq=self.asked, method="highs-ds"
        )
        if answer.x is None:
            raise RuntimeError(f"A programme that always has an answer found none: {answer.message}")
        return self._shares(answer.x, self._priced(answer.ineqlin.marginals))

    def whole(self, shares: Shares) -> Shares:
        """The best whole numbers found; `shares` unchanged where the search ends without any."""
        soft = len(self.left) + 1
        integrality = np.append(np.ones(len(self.yuan) - soft), np.zeros(soft))
        answer = milp(
            self.yuan,
            integrality=integrality,
            bounds=Bounds(lb=0.0),
            constraints=[
                LinearConstraint(self.limits, ub=self.left),
                LinearConstraint(self.balance, lb=self.asked, ub=self.asked),
            ],
            options={"node_limit": MOST_NODES},
        )
        return shares if answer.x is None else self._shares(answer.x, shares.state)

    def _shares(self, x: Floats, state: State) -> Shares:
        ways, options = self.decided.ways.copy(), self.decided.options.copy()
        count = len(self.decided.open_ways)
        ways[self.decided.open_ways] = x[:count]
        options[self.decided.open_options] = x[count : count + len(self.decided.open_options)]
        overflow = np.maximum(self.table.used @ ways - self.market.limits(), 0.0)
        state = State(state.yuan, state.max_share, state.min_share, float(x[-1]))
        return Shares(self.table, state, ways, options, overflow, float(self.yuan @ x))

    def _priced(self, marginals: Floats) -> State:
        """The programme's own prices; where it had no say, those it began with."""
        state = self.state
        yuan, most, least = state.yuan.copy(), state.max_share.copy(), state.min_share.copy()
        told = np.maximum(-marginals, 0.0)
        ends = len(self.rows), len(self.rows) + len(self.upper)
        yuan[self.rows], most[self.upper], least[self.lower] = told[: ends[0]], told[ends[0] : ends[1]], told[ends[1] :]
        return State(yuan, most, least, state.parcels)
