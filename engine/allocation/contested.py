"""At good prices most households have one best way; who gets what of the rest? A small linear programme says so.

A way is *contested* when another is within `tie` yuan of it, an option within OPTION_YUAN. What is not contested is
fixed; what it uses is taken from the limits; the programme shares the remainder out exactly. Limits are soft at a price
far above today's, so that it always has an answer: where much overflows, it is asked again with more ways for those it
concerns, and what overflows then is for the whole-parcel step to move.
"""

import numpy as np

from engine.allocation.climb import Settled
from engine.allocation.grounds import NO_WAY, POSSIBLE, Flags, Floats
from engine.allocation.market import Market, State
from engine.allocation.programme import Open, Programme, Shares
from engine.allocation.way_table import WayTable, tabulate

TIES_YUAN = (1.2, 0.6, 0.3, 0.15, 0.08)
"""How near a way must be to be contested: the widest at which the programme stays small."""
WAYS_AT_MOST = 40_000
"""A programme of so many ways takes about a second."""
OVERFLOW_YUAN = 400.0
"""What a unit above a limit is charged on top of its present price: more than an order left unserved."""
OPTION_YUAN = 100.0
"""How near an option must be to be contested: prices of what is short everywhere are nearly what an unserved order
costs, and not known to a yuan. At 10 yuan, chilled goods sold out in a region cost 0.1 % more."""
FIRST_YUAN, NEW_YUAN, ROUNDS, GOOD_ENOUGH = 6.0, 0.5, 6, 2e-4
"""A small batch begins with the ways within so many yuan of the cheapest, and adds those as near at the programme's
prices, so many rounds at most, until programme and bound differ by less than this fraction."""
WHOLE_WAYS = 4_000
"""Ways up to which a small batch is solved in whole numbers."""
LITTLE = 1e-3
"""Overflow, in units and parcels for each parcel planned, that is left to the whole-parcel step."""
WHOLE_YUAN = 1.0
"""How near ways must be for those who are made whole together: some hundred ways, a tenth of a second or two."""
DETOUR_YUAN = 40.0
"""How much dearer a crowded resource is taken to be when ways around it are looked for."""
WIDE_YUAN = 6.0
"""How near ways must be for those who share what overflowed."""
AROUND_YUAN = 2.0
"""Ways within this of the cheapest way around are added."""


def share_out(market: Market, settled: Settled) -> Shares:
    """Share the limits out between the households that are undecided at these prices."""
    wide = np.zeros(len(market.demand.size), dtype=bool)
    return _Undecided(market, settled.state, settled.table).solve(wide)


def overflows(shares: Shares) -> bool:
    """Whether more is left above limits than is quickly moved parcel by parcel."""
    return bool(shares.overflow.sum() > LITTLE * max(1.0, shares.state.parcels))


def spread_out(market: Market, settled: Settled, shares: Shares) -> Shares:
    """Share out again while much overflows: with all ways, and ways around, for those who use what overflows."""
    wide = np.zeros(len(market.demand.size), dtype=bool)
    crowded = shares.overflow > 1e-6
    shipping = np.flatnonzero(shares.ways > 1e-9)
    touching = shipping[shares.table.use[shipping] @ crowded.astype(np.float64) > 0]
    wide[shares.table.consignment[touching]] = True
    detour = market.prices(settled.state) + DETOUR_YUAN * crowded
    around = market.finder.near(market.resources.prices(detour), within=np.full(len(wide), AROUND_YUAN), only=wide)
    table = tabulate(market.finder, settled.found.with_more(around))
    return _Undecided(market, settled.state, table).solve(wide)


def made_whole(market: Market, shares: Shares) -> Shares:
    """Whole numbers for the few that were shared out in fractions, best for all of them together; the others stay."""
    table = shares.table
    paid = table.leaning + table.use @ market.prices(shares.state)
    value = _least_paid(market, table, paid)
    torn = np.zeros(len(market.households), dtype=bool)
    torn[market.option_class[_fractional(shares.options)]] = True
    option_open = torn[market.option_class]
    undecided = market.contained @ option_open.astype(np.float64) > 0
    undecided[table.consignment[_fractional(shares.ways)]] = True
    reach = paid <= value[table.consignment] + WHOLE_YUAN
    possible = market.unserved_yuan + market.contains @ value < POSSIBLE
    way_open = undecided[table.consignment]
    options = np.where(option_open, 0.0, np.rint(shares.options))
    decided = Open(
        np.where(way_open, 0.0, np.rint(shares.ways)),
        options,
        market.contained @ options,
        np.flatnonzero(way_open & (reach | (shares.ways > 0))),
        np.flatnonzero(option_open & possible),
    )
    return Programme(market, shares.state, table, decided, overflow_yuan=OVERFLOW_YUAN).whole(shares)


def _fractional(shares: Floats) -> Flags:
    torn: Flags = np.abs(shares - np.rint(shares)) > 1e-6
    return torn


def _least_paid(market: Market, table: WayTable, paid: Floats) -> Floats:
    """What each consignment pays for its cheapest way; NO_WAY without any."""
    value = np.full(len(market.demand.size), NO_WAY)
    if len(table.first):
        value[table.consignment[table.first]] = np.minimum.reduceat(paid, table.first)
    return value


def share_out_small(market: Market, start: State) -> tuple[Shares, float]:
    """For a small batch: every consignment and option in one programme, ways added at its own prices until they prove
    it (column generation), whole numbers where that is quick; and the bound proven."""
    found = market.ways(start, within=FIRST_YUAN)
    nothing = State(
        np.zeros_like(start.yuan), np.zeros_like(start.max_share), np.zeros_like(start.min_share), start.parcels
    )
    state, proven = start, max(market.bound(start), market.bound(nothing))
    for _ in range(ROUNDS):
        programme = _everything_open(market, start, tabulate(market.finder, found))
        shares = programme.share_out()
        state = shares.state
        proven = max(proven, market.bound(state))
        if shares.yuan <= proven + GOOD_ENOUGH * abs(proven):
            break
        more = found.with_more(market.ways(state, within=NEW_YUAN))
        if more.count() == found.count():
            break
        found = more
    return (programme.whole(shares) if len(shares.ways) <= WHOLE_WAYS else shares), proven


def _everything_open(market: Market, state: State, table: WayTable) -> Programme:
    possible = np.zeros(len(market.demand.size), dtype=bool)
    possible[table.consignment] = True
    impossible = market.contains @ (~possible).astype(np.float64) > 0
    decided = Open(
        np.zeros(len(table.consignment)),
        np.zeros(len(impossible)),
        np.zeros(len(possible)),
        np.arange(len(table.consignment)),
        np.flatnonzero(~impossible),
    )
    return Programme(market, state, table, decided, overflow_yuan=OVERFLOW_YUAN)


class _Undecided:
    def __init__(self, market: Market, state: State, table: WayTable) -> None:
        self.market, self.state, self.table = market, state, table
        self.paid = table.leaning + table.use @ market.prices(state)
        self.value = _least_paid(market, table, self.paid)
        self.yuan = market.unserved_yuan + market.contains @ self.value
        self.least = np.minimum.reduceat(self.yuan, market.first_option)

    def _tie(self) -> float:
        excess = self.paid - self.value[self.table.consignment]
        for tie in TIES_YUAN:
            near = excess <= tie
            several = np.bincount(self.table.consignment[near], minlength=len(self.value)) > 1
            if np.count_nonzero(near & several[self.table.consignment]) <= WAYS_AT_MOST:
                return tie
        return TIES_YUAN[-1]

    def solve(self, wide: Flags) -> Shares:
        """Fix, then share out; for `wide` consignments every way of the table is open."""
        market, table = self.market, self.table
        tie_yuan = self._tie()
        households = market.households[market.option_class]
        option_open = (self.yuan <= self.least[market.option_class] + OPTION_YUAN) & (self.yuan < POSSIBLE)
        choices = np.add.reduceat(option_open.astype(np.int64), market.first_option)
        settled = (choices == 1)[market.option_class]
        options = np.where(option_open & settled, households, 0.0)
        floating = option_open & ~settled
        wanted = market.contained @ options
        floats = (market.contained @ floating.astype(np.float64)) > 0
        reach = np.where(wide, WIDE_YUAN, tie_yuan)[table.consignment]
        way_open = self.paid <= self.value[table.consignment] + reach
        count = np.bincount(table.consignment[way_open], minlength=len(wanted))
        fixed = (count == 1) & ~floats
        ways = np.where(way_open & fixed[table.consignment], wanted[table.consignment], 0.0)
        open_ways = np.flatnonzero(way_open & ((wanted > 0) | floats)[table.consignment] & ~fixed[table.consignment])
        decided = Open(ways, options, wanted, open_ways, np.flatnonzero(floating))
        if not len(open_ways) and not len(decided.open_options):
            overflow = np.maximum(table.used @ ways - market.limits(), 0.0)
            return Shares(table, self.state, ways, options, overflow, 0.0)
        return Programme(market, self.state, table, decided, overflow_yuan=OVERFLOW_YUAN).share_out()
