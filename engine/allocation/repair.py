"""Until nothing is used twice: whole parcels are moved out of what overflows, then whatever can improve does.

Moves are judged by price (cost and what else could have been done with what they use), so that a repair does not take
what is worth more elsewhere. Order: overflowing stock, nodes and carriers; who cannot be moved is left unserved;
whoever is unserved is served from what is left where that pays; shares; single moves that save yuan.
"""

import numpy as np

from engine.allocation.grounds import Ints
from engine.allocation.loads import Loads
from engine.allocation.tailoring import tailored

CANDIDATES = 60
"""Consignments that are looked at one by one to leave a resource, when the table's ways do not suffice."""
ROUNDS = 4
"""Rounds of improvement; the second already moves a handful only."""
SAVING_YUAN = 1e-6


def repair(loads: Loads) -> None:
    """Make the loads feasible, then better."""
    _empty_overflows(loads)
    _serve_the_unserved(loads)
    for _ in range(ROUNDS):
        moved = _keep_shares(loads)
        moved += _reach_shares(loads)
        moved += _improve(loads)
        if not moved:
            break
    while _keep_shares(loads):
        pass  # the number of parcels, of which shares are fractions, may have changed last


# --- overflows -------------------------------------------------------------------------------------------------------


def _empty_overflows(loads: Loads) -> None:
    while True:
        over = np.flatnonzero(loads.left < 0)
        if not len(over):
            return
        for resource in over.tolist():
            if loads.left[resource] < 0:
                _move_away(loads, resource)
            if loads.left[resource] < 0:
                _make_room(loads, resource)


def _move_away(loads: Loads, resource: int) -> None:
    """Move consignments that use the resource to other ways of the table, the smallest loss first."""
    while loads.left[resource] < 0:
        moves = _moves(loads, loads.used_ways(resource), without=resource)
        done = False
        for _, way, other in moves:
            resources, amounts = loads.entries(other)
            own, own_amounts = loads.entries(way)
            amount = int(own_amounts[own == resource][0])
            number = min(-(int(loads.left[resource]) // amount), int(loads.ways[way]), loads.fits(resources, amounts))
            if number > 0:
                loads.add(way, -number)
                loads.add(other, number)
                done = True
            if loads.left[resource] >= 0:
                return
        if not done:
            return


def _moves(
    loads: Loads, ways: Ints, *, without: int | None = None, within_shares: bool = False
) -> list[tuple[float, int, int]]:
    """(loss in price, way, the best other way of its consignment that fits), the smallest loss first."""
    if not len(ways):
        return []
    others = loads.siblings(np.unique(loads.table.consignment[ways]))
    fitting = loads.fitting(others, loads.left_within_shares() if within_shares else loads.left)
    if without is not None:
        fitting &= loads.table.use[others][:, [without]].toarray().ravel() == 0
    others = others[fitting]
    if not len(others):
        return []
    consignment = loads.table.consignment[others]
    order = np.lexsort((loads.paid[others], consignment))
    others, consignment = others[order], consignment[order]
    first = np.flatnonzero(np.diff(consignment, prepend=-1))
    best = dict(zip(consignment[first].tolist(), others[first].tolist(), strict=True))
    found = []
    for way in ways.tolist():
        other = best.get(int(loads.table.consignment[way]))
        if other is not None and other != way:
            found.append((float(loads.paid[other] - loads.paid[way]), way, other))
    return sorted(found)


def _make_room(loads: Loads, resource: int) -> None:
    """Where the table knows no other way: one consignment after the other gets one made for what is left, or its
    household stays unserved."""
    while loads.left[resource] < 0:
        ways = loads.used_ways(resource)
        if not len(ways):
            _drop_tailored(loads, resource)
            continue
        ways = ways[np.argsort(-loads.paid[ways])][:CANDIDATES]
        best: tuple[float, int, object] | None = None
        for way in ways.tolist():
            loads.add(way, -1)
            found = tailored(loads, int(loads.table.consignment[way]))
            loads.add(way, 1)
            if found is None or (resource in {r for r, _ in found[1].use} and loads.left[resource] < 0):
                continue
            loss = found[0] - float(loads.paid[way])
            if best is None or loss < best[0]:
                best = loss, way, found[1]
        unserved = loads.market.policy.unserved_yuan
        if best is not None and best[0] < unserved:
            loads.add(best[1], -1)
            loads.add_tailored(best[2])  # type: ignore[arg-type]
        else:
            _leave_unserved(loads, int(loads.table.consignment[ways[0]]))


def _drop_tailored(loads: Loads, resource: int) -> None:
    for number, way in enumerate(loads.tailored):
        if loads.tailored_count[number] and resource in {r for r, _ in way.use}:
            _leave_unserved(loads, way.consignment)
            return
    raise RuntimeError("A resource overflows that nothing uses.")


def _leave_unserved(loads: Loads, consignment: int) -> None:
    """One household that has this consignment gets nothing: all its consignments go."""
    market = loads.market
    holders = market.contained.indices[market.contained.indptr[consignment] : market.contained.indptr[consignment + 1]]
    holders = holders[loads.options[holders] > 0]
    # The household with the fewest orders to lose.
    option = int(holders[np.argmin(market.unserved_yuan[_nothing_of(loads, holders)])])
    for other, _ in market.demand.options[option].consignments:
        _withdraw(loads, other)
    loads.options[option] -= 1
    loads.options[_nothing_of(loads, np.array([option]))[0]] += 1


def _nothing_of(loads: Loads, options: Ints) -> Ints:
    """The option of the same class that serves nobody: its last."""
    market = loads.market
    number = market.option_class[options]
    last: Ints = market.first_option[number] + market.option_count[number] - 1
    return last


def _withdraw(loads: Loads, consignment: int) -> None:
    """Ship one of these consignments less: a tailored one if there is any, else the dearest way."""
    live = loads.live_tailored(consignment)
    if live:
        loads.drop_tailored(live[-1])
        return
    loads.add(next(loads.shipped_ways(consignment)), -1)


# --- the unserved ----------------------------------------------------------------------------------------------------


def _serve_the_unserved(loads: Loads) -> None:
    """Give households that lost an order the best option that still finds its way, if that is worth it."""
    market = loads.market
    waiting = np.flatnonzero((loads.options > 0) & (market.unserved_yuan > 0))
    for option in waiting.tolist():
        hopeless = False
        while loads.options[option] > 0 and not hopeless:
            hopeless = not _upgrade(loads, option)


def _upgrade(loads: Loads, option: int) -> bool:
    """One household of `option` moves to an option that serves more of its orders."""
    market = loads.market
    number = market.option_class[option]
    first, count = market.first_option[number], market.option_count[number]
    better = [o for o in range(first, first + count) if market.unserved_yuan[o] < market.unserved_yuan[option]]
    return any(_switch(loads, option, other) for other in sorted(better, key=lambda o: market.unserved_yuan[o]))


def _switch(loads: Loads, option: int, other: int) -> bool:
    market = loads.market
    old = [c for c, _ in market.demand.options[option].consignments]
    new = [c for c, _ in market.demand.options[other].consignments]
    if not _may_fit(loads, new):
        return False
    if old:
        return False  # a household half served stays as it is: what it has would have to be taken apart first
    placed = []
    spent = 0.0
    for consignment in new:
        found = tailored(loads, consignment)
        if found is None:
            break
        spent += found[0]
        loads.add_tailored(found[1])
        placed.append(len(loads.tailored) - 1)
    saving = float(market.unserved_yuan[option] - market.unserved_yuan[other])
    if len(placed) < len(new) or spent - _priced_in(loads, placed) >= saving:
        for made in placed:
            loads.drop_tailored(made)
        return False
    loads.options[option] -= 1
    loads.options[other] += 1
    return True


def _priced_in(loads: Loads, placed: list[int]) -> float:
    """What of the price of tailored ways is for scarce things: left over now, they cost nothing."""
    return float(
        sum(
            amount * (loads.price[resource] - loads.market.bids[resource])
            for made in placed
            for resource, amount in loads.tailored[made].use
        )
    )


def _may_fit(loads: Loads, consignments: list[int]) -> bool:
    """Whether all nodes together still hold the units."""
    market = loads.market
    shape = market.grounds.units.shape
    left = np.maximum(loads.left[: market.resources.first_node].reshape(shape), 0)
    need: dict[int, int] = {}
    for consignment in consignments:
        for good in market.demand.goods[consignment, : market.demand.size[consignment]]:
            for sku, units in market.demand.table.lines[good]:
                need[sku] = need.get(sku, 0) + units
    return all(int(left[sku].sum()) >= units for sku, units in need.items())


# --- shares ----------------------------------------------------------------------------------------------------------


def _keep_shares(loads: Loads) -> int:
    """Move parcels away from carriers above their share, while that costs less than the charge for it."""
    moved = 0
    first = loads.market.resources.first_carrier
    for carrier in np.flatnonzero(loads.share_left() < 0).tolist():
        resource = first + carrier
        for loss, way, other in _moves(loads, loads.used_ways(resource), without=resource, within_shares=True):
            over = -int(loads.share_left()[carrier])
            if over <= 0 or loss > loads.market.policy.max_share_yuan:
                break
            resources, amounts = loads.entries(other)
            carriers = resources[resources >= first] - first
            room = int(loads.share_left()[carriers].min())
            number = min(over, int(loads.ways[way]), room, loads.fits(resources, amounts))
            if number > 0:
                loads.add(way, -number)
                loads.add(other, number)
                moved += number
    return moved


def _reach_shares(loads: Loads) -> int:
    """Move parcels to carriers below their agreed minimum, while that costs less than the charge for it."""
    moved = 0
    first = loads.market.resources.first_carrier
    for carrier in np.flatnonzero(loads.share_missing() > 0).tolist():
        with_it = loads.table.used.indices[
            loads.table.used.indptr[first + carrier] : loads.table.used.indptr[first + carrier + 1]
        ]
        with_it = with_it[loads.fitting(with_it, loads.left)]
        best: dict[int, int] = {}
        for way in with_it[np.argsort(loads.yuan[with_it])].tolist():
            best.setdefault(int(loads.table.consignment[way]), way)
        losses = sorted(
            (float(loads.yuan[other] - loads.yuan[way]), way, other)
            for consignment, other in best.items()
            for way in loads.shipped_ways(consignment)
            if way != other and first + carrier not in loads.entries(way)[0]
        )
        for loss, way, other in losses:
            if loads.share_missing()[carrier] <= 0 or loss > loads.market.policy.min_share_yuan:
                break
            if loads.ways[way] > 0 and loads.fits(*loads.entries(other)) > 0:
                loads.add(way, -1)
                loads.add(other, 1)
                moved += 1
    return moved


# --- improvement -----------------------------------------------------------------------------------------------------


def _improve(loads: Loads) -> int:
    """Move single consignments to a cheaper way that fits."""
    market, table = loads.market, loads.table
    first = market.resources.first_carrier
    left = loads.left_within_shares()
    shipped = np.flatnonzero(loads.ways > 0)
    others = loads.siblings(np.unique(table.consignment[shipped]))
    others = others[loads.fitting(others, left)]
    if not len(others):
        return 0
    consignment = table.consignment[others]
    order = np.lexsort((loads.yuan[others], consignment))
    others, consignment = others[order], consignment[order]
    start = np.flatnonzero(np.diff(consignment, prepend=-1))
    best = np.full(len(market.demand.size), -1, dtype=np.int64)
    best[consignment[start]] = others[start]
    target = best[table.consignment[shipped]]
    saving = np.where(target >= 0, loads.yuan[shipped] - loads.yuan[target], 0.0)
    moved = 0
    missing = loads.share_missing()
    for i in np.argsort(-saving).tolist():
        if saving[i] <= SAVING_YUAN:
            break
        way, other = int(shipped[i]), int(target[i])
        resources, amounts = loads.entries(other)
        carriers = resources[resources >= first] - first
        own = loads.entries(way)[0]
        leaving = own[own >= first] - first
        if (missing[leaving] > 0).any() or (market.grounds.min_share[leaving] > 0).any():
            continue
        room = int(loads.share_left()[carriers].min())
        number = min(int(loads.ways[way]), room, loads.fits(resources, amounts))
        if number > 0:
            loads.add(way, -number)
            loads.add(other, number)
            moved += number
    return moved
