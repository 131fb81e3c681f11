"""Why is this order not served, and why not from that node? Asked of the books at the moment of the decision.

Answers are a code and figures, so that a screen can word them in any language.
"""

from collections.abc import Sequence

from engine.allocation.baskets import Group
from engine.allocation.books import Books, Order
from engine.allocation.lots import Blocked
from engine.allocation.plan import Alternative, WhyNot, WhyUnserved

MOST_REJECTED = 3
_KEPT_BACK_HERE = ((WhyNot.WRONG_LAYER, Blocked.WRONG_LAYER), (WhyNot.NEAR_EXPIRY, Blocked.NEAR_EXPIRY))
_KEPT_BACK_EVERYWHERE = (
    (WhyUnserved.WRONG_LAYER, Blocked.WRONG_LAYER),
    (WhyUnserved.NEAR_EXPIRY, Blocked.NEAR_EXPIRY),
)


def rejected_nodes(
    books: Books,
    order: Order,
    *,
    nodes: Sequence[int],
    km: Sequence[float],
    chosen: int | None,
    node_ids: Sequence[str],
) -> tuple[Alternative, ...]:
    """Up to three: the nodes passed over, then those that come after the chosen one. What they would cost nobody asked.

    `nodes` and `km` are in the order of trying; `chosen` is a position in them, None if no node takes the
    whole basket.
    """
    said: list[Alternative] = []
    for position, node in enumerate(nodes[: MOST_REJECTED + 1]):
        if position == chosen or len(said) == MOST_REJECTED:
            continue
        if chosen is not None and position > chosen:
            why, figures = WhyNot.LATER_IN_ORDER, f"{km[position]:.0f} km"
        else:
            why, figures = why_not(books, order, node)
        said.append(Alternative(node_ids[node], None, None, why, figures))
    return tuple(said)


def why_not(books: Books, order: Order, node: int) -> tuple[WhyNot, str]:
    """What keeps the whole basket from leaving this node, the hardest obstacle first. Assumes that something
    does."""
    goods = books.goods
    for sku, units in order.basket.needs:
        left = books.left[sku][node]
        if left >= units:
            continue
        for why, blocked in _KEPT_BACK_HERE:
            if left + books.blocked_units(sku, blocked, node=node) >= units:
                return why, goods.sku[sku]
        return WhyNot.SHORT_OF_STOCK, f"{goods.sku[sku]}: {left} of {units}"
    for layer, _ in order.basket.kg:
        if not books.offer_book.offers(order.zone, layer, node=node):
            return WhyNot.NO_OFFER, layer
    if books.throughput[node] < (parcels := books.new_parcels(order, node)):
        return WhyNot.NODE_FULL, f"{books.throughput[node]} of {parcels} parcels"
    if books.offers_for(order, node, kg=order.basket.kg, places=books.places) is not None:
        return WhyNot.SHARES_FULL, ", ".join(layer for layer, _ in order.basket.kg)
    return WhyNot.CARRIERS_FULL, ", ".join(layer for layer, _ in order.basket.kg)


def why_out_of_stock(books: Books, order: Order) -> tuple[WhyUnserved, str] | None:
    """A SKU of which the nodes together may not ship enough, or None."""
    total = books.total
    for sku, units in order.basket.needs:
        left = total[sku]
        if left >= units:
            continue
        figures = f"{books.goods.sku[sku]}: {left} of {units}"
        for why, blocked in _KEPT_BACK_EVERYWHERE:
            kept_back = sum(books.blocked_units(sku, blocked, node=node) for node in range(len(books.throughput)))
            if left + kept_back >= units:
                return why, f"{figures}, {kept_back} kept back"
        return WhyUnserved.OUT_OF_STOCK, figures
    return None


def why_unserved(books: Books, order: Order) -> tuple[WhyUnserved, str]:
    """Why an order with enough stock somewhere finds no way out. Assumes that it finds none."""
    for group in order.basket.groups:
        found = _why_group(books, order, group)
        if found is not None:
            return found
    return WhyUnserved.NOT_TOGETHER, "each part could ship, but not all of them together"


def _why_group(books: Books, order: Order, group: Group) -> tuple[WhyUnserved, str] | None:
    every = range(len(books.throughput))
    if group.kit is not None:
        holders = [n for n in every if all(books.left[sku][n] >= units for sku, units in group.needs)]
        if not holders:
            return WhyUnserved.KIT_NOT_TOGETHER, f"{group.kit}, {group.layer}"
    else:
        ((sku, _),) = group.needs
        holders = [n for n in every if books.left[sku][n] > 0]
    reached = [n for n in holders if books.offer_book.offers(order.zone, group.layer, node=n)]
    if not reached:
        return WhyUnserved.NO_OFFER, f"{group.layer}, {len(holders)} nodes hold it"
    open_nodes = [n for n in reached if books.throughput[n] > 0]
    if not open_nodes:
        return WhyUnserved.NODES_FULL, f"{group.layer}, {len(reached)} nodes hold it"
    kg = ((group.layer, 0.0),)
    if all(books.offers_for(order, n, kg=kg, places=books.places) is None for n in open_nodes):
        return WhyUnserved.CARRIERS_FULL, f"{group.layer}, {len(open_nodes)} nodes hold it"
    return None
