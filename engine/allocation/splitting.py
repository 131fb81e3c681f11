"""Where no node holds a whole basket: which few nodes ship it between them?

Greedy and explainable: the node that can take most of what is waiting goes first, the earlier node among
equals. Kits are never torn (one parcel per kit and layer); a loose line is torn by quantity only when no node
holds it whole.
"""

from collections.abc import Sequence

from engine.allocation.baskets import Group, weight
from engine.allocation.books import Books, Order, Visit


def split(books: Books, order: Order, *, nodes: Sequence[int], places: list[int]) -> list[Visit] | None:
    """Visits that serve an order no node serves whole, or None. The books are left as they were."""
    groups = order.basket.groups
    if len(groups) == 1 and groups[0].kit is not None:
        return None
    needs = order.basket.needs
    candidates = [
        node
        for node in nodes
        # A full node is worth a look only when a parcel to the address is open there.
        if (books.throughput[node] > 0 or not order.alone) and any(books.left[sku][node] for sku, _ in needs)
    ]
    waiting = list(groups)
    visits: list[Visit] = []
    while waiting:
        # No node takes the whole basket, or nobody would ask: all groups but one is the most a first visit can do.
        most = len(waiting) if visits else len(waiting) - 1
        step = _most_whole_groups(books, order, waiting, most=most, candidates=candidates, places=places)
        if step is None:
            step = _largest_part(books, order, waiting, candidates=candidates, places=places)
        if step is None:
            break
        visit, waiting = step
        books.hold(order, visit)
        visits.append(visit)
    for visit in reversed(visits):
        books.hold(order, visit, sign=-1)
    return None if waiting else visits


_Step = tuple[Visit, list[Group]]


def _most_whole_groups(
    books: Books,
    order: Order,
    waiting: list[Group],
    *,
    most: int,
    candidates: Sequence[int],
    places: list[int],
) -> _Step | None:
    if most < 1:
        return None
    best: _Step | None = None
    for node in candidates:
        taken: list[Group] = []
        visit: Visit | None = None
        for group in waiting:
            larger = _visit(books, order, node, groups=[*taken, group], places=places)
            if larger is not None:
                taken.append(group)
                visit = larger
        if visit is not None and (best is None or len(waiting) - len(taken) < len(best[1])):
            best = visit, [group for group in waiting if group not in taken]
            if len(taken) == most:
                break
    return best


def _largest_part(
    books: Books, order: Order, waiting: list[Group], *, candidates: Sequence[int], places: list[int]
) -> _Step | None:
    """As much as one node can give of the first waiting line. A waiting kit has no node at all, nor will it
    get one."""
    if any(group.kit is not None for group in waiting):
        return None
    first, rest = waiting[0], waiting[1:]
    ((sku, units),) = first.needs
    best: _Step | None = None
    most = 0
    for node in candidates:
        part = min(units, books.left[sku][node])
        if part <= most:
            continue
        visit = _visit(books, order, node, groups=[Group(first.layer, None, ((sku, part),))], places=places)
        if visit is not None:
            most = part
            best = visit, [Group(first.layer, None, ((sku, units - part),)), *rest]
    return best


def _visit(books: Books, order: Order, node: int, *, groups: Sequence[Group], places: list[int]) -> Visit | None:
    units_of: dict[int, int] = {}
    for group in groups:
        for sku, units in group.needs:
            units_of[sku] = units_of.get(sku, 0) + units
            if units_of[sku] > books.left[sku][node]:
                return None
    needs = tuple(sorted(units_of.items()))
    kg = weight(needs, goods=books.goods)
    offers = books.offers_for(order, node, kg=kg, places=places)
    return None if offers is None else Visit(node, needs, kg, offers)
