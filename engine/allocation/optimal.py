"""One optimal decision for node, lot, carrier and cut-off of a whole batch, with the proof of how good it is.

The story, top to bottom: sort alike orders into classes (consignments), find what everything scarce is worth (market),
let the undecided share the rest (contested), make whole parcels of it (rounding, repair), hand them out to orders and
lots (hand_out), and say why (explaining).
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from engine.allocation.climb import is_quick, scarcities, settle_prices
from engine.allocation.consignments import demand_of
from engine.allocation.contested import made_whole, overflows, share_out, share_out_small, spread_out
from engine.allocation.explaining import reasons_of, unserved_of
from engine.allocation.grounds import Floats, grounds_of
from engine.allocation.hand_out import hand_out
from engine.allocation.loads import Loads
from engine.allocation.market import Market, State
from engine.allocation.plan import Plan, Relaxation, RelaxedRule, shares_broken, summarise
from engine.allocation.problem import Problem
from engine.allocation.programme import Shares
from engine.allocation.repair import repair
from engine.allocation.rounding import whole_numbers
from engine.allocation.ways import Finder, Prices

METHOD = "least_cost"
SMALL_CELLS = 25_000
"""Consignments x (nodes with offers) up to which a batch is one linear programme: a fifth of a second."""
WORTH_TELLING_YUAN = 0.005
"""Shadow prices below half a fen are noise of the last step."""


@dataclass(frozen=True, slots=True)
class Bids:
    """What using something now costs those who come later (negative: what is gained by using it now), in yuan.

    stock: node, sku, yuan a unit. nodes: node, yuan a parcel. carriers: carrier, yuan a parcel. Ids the problem does
    not know are ignored: a forecast may be wider than a batch.
    """

    stock: pl.DataFrame
    nodes: pl.DataFrame
    carriers: pl.DataFrame

    @staticmethod
    def of_stock(stock: pl.DataFrame) -> "Bids":
        """Bids for stock alone."""
        nodes = pl.DataFrame(schema={"node": pl.String, "yuan": pl.Float64})
        return Bids(stock, nodes, nodes.rename({"node": "carrier"}))


def least_cost(problem: Problem, *, bids: Bids | None = None, explain: bool = True) -> Plan:
    """Plan a checked problem. `explain`: also say why not elsewhere (a tenth of the time)."""
    grounds = grounds_of(problem)
    demand = demand_of(grounds, problem.lines, merge=problem.policy.merge)
    finder = Finder(grounds, demand)
    market = Market(finder, problem.policy, bids=None if bids is None else priced(bids, finder))
    state, shares, bound = _shared_out(market)
    loads = _in_whole_parcels(market, state, shares)
    if is_quick(market):  # where few parcels share a limit, rounding one by one is dear
        loads = min(loads, _in_whole_parcels(market, state, made_whole(market, shares)), key=Loads.objective)
    handed = hand_out(loads)
    unserved = unserved_of(loads, handed)
    reasons = reasons_of(loads, handed, explain=explain)
    relaxed = _relaxations(problem, handed.parcels)
    summary = summarise(
        method=METHOD,
        orders=problem.orders.height,
        parcels=handed.parcels,
        unserved=unserved,
        reasons=reasons,
        unserved_yuan=problem.policy.unserved_yuan,
        relaxations=relaxed,
        objective_bound_yuan=bound,
        bids_yuan=_bids_paid(loads),
        shadow_prices=shadow_prices(market, state),
    )
    return Plan(picks=handed.picks, parcels=handed.parcels, unserved=unserved, reasons=reasons, summary=summary)


def _shared_out(market: Market) -> tuple[State, Shares, float]:
    """Prices and who gets what at them (a little fractional still), and the bound that the prices prove."""
    if market.finder.cells() <= SMALL_CELLS:
        shares, bound = share_out_small(market, scarcities(market))
        return shares.state, shares, bound
    settled = settle_prices(market)
    with ThreadPoolExecutor(1) as beside:  # the programme is solved without the interpreter's lock
        proof = beside.submit(market.bound, settled.state)
        shares = share_out(market, settled)
        if overflows(shares):
            shares = spread_out(market, settled, shares)
    return settled.state, shares, proof.result()


def _in_whole_parcels(market: Market, state: State, shares: Shares) -> Loads:
    """Feasible loads near the shares."""
    ways, options = whole_numbers(market, shares.table, shares)
    loads = Loads(market, state, shares.table, ways=ways, options=options)
    repair(loads)
    return loads


def prices_of(market: Market) -> State:
    """What everything scarce is worth in a market, without planning it."""
    if market.finder.cells() <= SMALL_CELLS:
        shares, _ = share_out_small(market, scarcities(market))
        return shares.state
    return settle_prices(market).state


def priced(bids: Bids, finder: Finder) -> Prices:
    """Bids in the numbering of a problem."""
    grounds = finder.grounds
    prices = Prices.none(grounds)
    sku = {name: i for i, name in enumerate(grounds.sku_ids)}
    node = {name: i for i, name in enumerate(grounds.node_ids)}
    carrier = {name: i for i, name in enumerate(grounds.carrier_ids)}
    for where, what, yuan in bids.stock.select("node", "sku", "yuan").iter_rows():
        if where in node and what in sku:
            prices.stock[sku[what], node[where]] = yuan
    for where, yuan in bids.nodes.select("node", "yuan").iter_rows():
        if where in node:
            prices.throughput[node[where]] = yuan
    for who, yuan in bids.carriers.select("carrier", "yuan").iter_rows():
        if who in carrier:
            prices.carrier[carrier[who]] = yuan
    return prices


def shadow_prices(market: Market, state: State) -> dict[str, dict[str, float]]:
    """Yuan that one more would save: of a unit at a node ("node|sku"), of a parcel of a node's throughput, of a
    carrier's capacity, and of a carrier's share of the parcels."""
    grounds, resources = market.grounds, market.resources
    prices = resources.prices(state.yuan)
    stock = {
        f"{node}|{sku}": float(prices.stock[s, n])
        for s, sku in enumerate(grounds.sku_ids)
        for n, node in enumerate(grounds.node_ids)
        if grounds.units[s, n]
    }
    kinds = {
        "stock": stock,
        "throughput": dict(zip(grounds.node_ids, prices.throughput.tolist(), strict=True)),
        "capacity": dict(zip(grounds.carrier_ids, prices.carrier.tolist(), strict=True)),
        "share": dict(zip(grounds.carrier_ids, (state.max_share - state.min_share).tolist(), strict=True)),
    }
    return {
        kind: {key: round(yuan, 4) for key, yuan in known.items() if abs(yuan) >= WORTH_TELLING_YUAN}
        for kind, known in kinds.items()
    }


def _relaxations(problem: Problem, parcels: pl.DataFrame) -> tuple[Relaxation, ...]:
    limits = list(problem.carriers.select("carrier", "min_share", "max_share").sort("carrier").iter_rows())
    counts = dict(parcels["carrier"].value_counts().iter_rows())
    charge = {
        RelaxedRule.MIN_SHARE: problem.policy.min_share_yuan,
        RelaxedRule.MAX_SHARE: problem.policy.max_share_yuan,
    }
    return tuple(r.charged(charge[r.rule]) for r in shares_broken(counts, limits=limits))


def _bids_paid(loads: Loads) -> float:
    taken: Floats = loads.market.limits() - loads.left
    return math.fsum((taken * loads.market.bids).tolist())
