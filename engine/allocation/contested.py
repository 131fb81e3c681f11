"""At good prices most households have one best way; who gets what of the rest? A small linear programme says so.

A way or an option is *contested* when another is within `tie` yuan of it. What is not contested is fixed; what it uses
is taken from the limits; the programme shares the remainder out exactly. Limits are soft at a price far above today's,
so that it always has an answer: what overflows is looked at again with more ways for those it concerns, and what
overflows then is for the whole-parcel step to move.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from engine.allocation.grounds import Flags, Floats, Ints
from engine.allocation.market import Market, State
from engine.allocation.way_table import WayTable, tabulate
from engine.allocation.ways import WaysFound

TIES_YUAN = (1.2, 0.6, 0.3, 0.15, 0.08)
"""How near a way must be to be contested: the widest at which the programme stays small."""
WAYS_AT_MOST = 40_000
"""A programme of so many ways takes about a second."""
OVERFLOW_YUAN = (15.0, 60.0, 400.0)
"""What a unit above a limit is charged on top of its present price, by pass: first little, to see where prices are
wrong; at last more than an order left unserved."""
DETOUR_YUAN = 40.0
"""How much dearer a crowded resource is taken to be when ways around it are looked for."""
WIDE_YUAN, WIDE_OPTION_YUAN = 6.0, 60.0
"""How near ways and options must be for those who share what overflowed."""
AROUND_YUAN = 2.0
"""Ways within this of the cheapest way around are added."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many consignments go each way of `table` and how many households take each option: a little fractional
    still. `state`: prices as the programme has them; `overflow` by resource."""

    table: WayTable
    state: State
    ways: Floats
    options: Floats
    overflow: Floats


def share_out(market: Market, state: State, found: WaysFound) -> Shares:
    """Share the limits out between the households that are undecided at these prices."""
    wide = np.zeros(len(market.demand.size), dtype=bool)
    shares = _Undecided(market, state, tabulate(market.finder, found)).solve(wide, overflow_yuan=OVERFLOW_YUAN[0])
    for charge in OVERFLOW_YUAN[1:]:
        crowded = shares.overflow > 1e-6
        if not crowded.any():
            break
        shipping = np.flatnonzero(shares.ways > 1e-9)
        touching = shipping[shares.table.use[shipping] @ crowded.astype(np.float64) > 0]
        wide[shares.table.consignment[touching]] = True
        detour = market.prices(state) + DETOUR_YUAN * crowded
        around = market.finder.near(market.resources.prices(detour), within=np.full(len(wide), AROUND_YUAN), only=wide)
        found = found.with_more(around)
        shares = _Undecided(market, state, tabulate(market.finder, found)).solve(wide, overflow_yuan=charge)
    return shares


class _Undecided:
    def __init__(self, market: Market, state: State, table: WayTable) -> None:
        self.market, self.state, self.table = market, state, table
        self.paid = table.yuan + table.use @ market.prices(state)
        self.value = np.full(len(market.demand.size), 1e7)
        if len(table.first):
            self.value[table.consignment[table.first]] = np.minimum.reduceat(self.paid, table.first)
        self.yuan = market.unserved_yuan + market.contains @ self.value
        self.least = np.minimum.reduceat(self.yuan, market.first_option)
        self.objective = table.yuan + table.use @ market.bids

    def _tie(self) -> float:
        excess = self.paid - self.value[self.table.consignment]
        for tie in TIES_YUAN:
            near = excess <= tie
            several = np.bincount(self.table.consignment[near], minlength=len(self.value)) > 1
            if np.count_nonzero(near & several[self.table.consignment]) <= WAYS_AT_MOST:
                return tie
        return TIES_YUAN[-1]

    def _priced(self, marginals: Floats, *, rows: Ints, upper: Ints, lower: Ints) -> State:
        """The programme's own prices; where it had no say, those it began with."""
        yuan, most, least = self.state.yuan.copy(), self.state.max_share.copy(), self.state.min_share.copy()
        told = np.maximum(-marginals, 0.0)
        yuan[rows] = told[: len(rows)]
        most[upper] = told[len(rows) : len(rows) + len(upper)]
        least[lower] = told[len(rows) + len(upper) :]
        return State(yuan, most, least, self.state.parcels)

    def solve(self, wide: Flags, *, overflow_yuan: float) -> Shares:
        """Fix, then share out; for `wide` consignments every way and option of the table is open."""
        market, table = self.market, self.table
        tie_yuan = self._tie()
        households = market.households[market.option_class]
        # Whoever is wide also weighs being left out, and dropping is an option of every class that holds a wide one.
        widened = np.asarray(market.contains @ wide.astype(np.float64)).ravel() > 0
        wide_class = np.zeros(len(market.households), dtype=bool)
        wide_class[market.option_class[widened]] = True
        tie = np.where(wide_class[market.option_class], WIDE_OPTION_YUAN, tie_yuan)
        option_open = (self.yuan <= self.least[market.option_class] + tie) & (self.yuan < 5e6)
        choices = np.add.reduceat(option_open.astype(np.int64), market.first_option)
        decided = (choices == 1)[market.option_class]
        options = np.where(option_open & decided, households, 0.0)
        floating = option_open & ~decided
        wanted = market.contained @ options
        floats = (market.contained @ floating.astype(np.float64)) > 0
        reach = np.where(wide, WIDE_YUAN, tie_yuan)[table.consignment]
        way_open = self.paid <= self.value[table.consignment] + reach
        count = np.bincount(table.consignment[way_open], minlength=len(wanted))
        fixed = (count == 1) & ~floats
        ways = np.where(way_open & fixed[table.consignment], wanted[table.consignment], 0.0)
        taken = table.used @ ways
        open_ways = np.flatnonzero(way_open & ((wanted > 0) | floats)[table.consignment] & ~fixed[table.consignment])
        open_options = np.flatnonzero(floating)
        overflow = np.maximum(taken - market.limits(), 0.0)
        if not len(open_ways) and not len(open_options):
            return Shares(table, self.state, ways, options, overflow)
        return self._programme(
            ways,
            options,
            taken=taken,
            wanted=wanted,
            open_ways=open_ways,
            open_options=open_options,
            overflow_yuan=overflow_yuan,
        )

    def _programme(
        self,
        ways: Floats,
        options: Floats,
        *,
        taken: Floats,
        wanted: Floats,
        open_ways: Ints,
        open_options: Ints,
        overflow_yuan: float,
    ) -> Shares:
        market, table, state = self.market, self.table, self.state
        first_carrier = market.resources.first_carrier
        consignments, of_way = np.unique(table.consignment[open_ways], return_inverse=True)
        classes, of_option = np.unique(market.option_class[open_options], return_inverse=True)
        serve = sp.csr_array(
            (np.ones(len(open_ways)), (of_way, np.arange(len(open_ways)))), shape=(len(consignments), len(open_ways))
        )
        wants = market.contained[consignments][:, open_options]
        choose = sp.csr_array(
            (np.ones(len(open_options)), (of_option, np.arange(len(open_options)))),
            shape=(len(classes), len(open_options)),
        )
        use = table.use[open_ways]
        rows = np.flatnonzero(np.bincount(use.indices, minlength=use.shape[1]) > 0)
        most, fewest = market.share_limits(state.parcels)
        upper = np.flatnonzero((market.grounds.max_share < 1) & np.isin(first_carrier + np.arange(len(most)), rows))
        lower = np.flatnonzero(market.grounds.min_share > 0)
        by_row = use.T.tocsr()
        blocks = [by_row[rows], by_row[first_carrier + upper], -by_row[first_carrier + lower]]
        by_carrier = taken[first_carrier:]
        left = np.concatenate(
            [
                (market.limits() - taken)[rows],
                (most - by_carrier)[upper],
                (by_carrier - fewest)[lower],
            ]
        )
        charge = np.concatenate(
            [
                market.prices(state)[rows] + overflow_yuan,
                np.full(len(upper), market.policy.max_share_yuan),
                np.full(len(lower), market.policy.min_share_yuan),
            ]
        )
        soft = len(left)
        limits = sp.hstack(
            [sp.vstack(blocks), sp.csr_array((soft, len(open_options))), -sp.eye_array(soft)], format="csr"
        )
        balance = sp.hstack(
            [
                sp.vstack([serve, sp.csr_array((len(classes), len(open_ways)))]),
                sp.vstack([-wants, choose]),
                sp.csr_array((len(consignments) + len(classes), soft)),
            ],
            format="csr",
        )
        answer = linprog(
            np.concatenate([self.objective[open_ways], market.unserved_yuan[open_options], charge]),
            A_ub=limits,
            b_ub=left,
            A_eq=balance,
            b_eq=np.concatenate([wanted[consignments], market.households[classes]]),
            method="highs-ds",
        )
        if answer.x is None:
            raise RuntimeError(f"A programme that always has an answer found none: {answer.message}")
        ways, options = ways.copy(), options.copy()
        ways[open_ways] = answer.x[: len(open_ways)]
        options[open_options] = answer.x[len(open_ways) : len(open_ways) + len(open_options)]
        overflow = np.maximum(table.used @ ways - market.limits(), 0.0)
        return Shares(
            table, self._priced(answer.ineqlin.marginals, rows=rows, upper=upper, lower=lower), ways, options, overflow
        )
