"""Changes, shadow prices and differences of a what-if in the reader's language. Draws nothing."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboard.boards.four import Changeable
from dashboard.wording import NOTHING, Words
from engine.allocation.comparison import PriceMove
from engine.allocation.what_if import (
    Amount,
    CarrierCapacity,
    CarrierShare,
    Change,
    How,
    Merge,
    NodeClosed,
    NodeThroughput,
    Stock,
    Tariff,
    UnservedPrice,
)


@dataclass(frozen=True, slots=True)
class Names:
    """What carriers, nodes, SKUs and regions are called; a code without a name is its own name."""

    carriers: dict[str, str]
    nodes: dict[str, str]
    skus: dict[str, str]
    regions: dict[str, str]

    def carrier(self, code: str) -> str:
        """A carrier's name."""
        return self.carriers.get(code, code)

    def node(self, code: str) -> str:
        """A node's name."""
        return self.nodes.get(code, code)

    def sku(self, code: str) -> str:
        """A product's name."""
        return self.skus.get(code, code)


def names(t: Words, board: Changeable, provinces: dict[str, str]) -> Names:
    """The names on a board."""

    def of(frame: pl.DataFrame, key: str) -> dict[str, str]:
        return {row[key]: t.name(row) for row in frame.iter_rows(named=True)}

    regions = {code: t.of("province", name) for code, name in provinces.items()}
    return Names(of(board.carriers, "carrier"), of(board.nodes, "node"), of(board.skus, "sku"), regions)


def change(t: Words, told: Change, by: Names) -> str:
    """One change as a phrase."""
    match told:
        case CarrierCapacity(carrier, size):
            return t("what_if_change.carrier_capacity", carrier=by.carrier(carrier), amount=amount(t, size, "parcels"))
        case CarrierShare(carrier, bound, share):
            key = "what_if_change.carrier_min_share" if bound == "min" else "what_if_change.carrier_max_share"
            return t(key, carrier=by.carrier(carrier), share=f"{100 * share:g}%")
        case NodeClosed(node):
            return t("what_if_change.node_closed", node=by.node(node))
        case NodeThroughput(node, size):
            return t("what_if_change.node_throughput", node=by.node(node), amount=amount(t, size, "parcels"))
        case Tariff(carrier, size, region):
            where = by.regions.get(region, region) if region else t("what_if_change.everywhere")
            return t("what_if_change.tariff", carrier=by.carrier(carrier), region=where, amount=amount(t, size, "yuan"))
        case Stock(sku, node, size, lot):
            which = "" if lot is None else t("what_if_change.lot", lot=lot)
            size_told = amount(t, size, "units")
            return t("what_if_change.stock", node=by.node(node), sku=by.sku(sku), lot=which, amount=size_told)
        case UnservedPrice(size):
            return t("what_if_change.unserved", amount=amount(t, size, "yuan"))
        case Merge(allowed):
            return t("what_if_change.merge_on") if allowed else t("what_if_change.merge_off")


def amount(t: Words, size: Amount, unit: str) -> str:
    """-30%, +5,000 parcels, to 20,000 parcels."""
    if size.how is How.PERCENT:
        return f"{size.value:+g}%"
    number = f"{abs(size.value):,.12g}"
    told = f"¥{number}" if unit == "yuan" else t.of("what_if_unit", unit).format(n=number)
    if size.how is How.TO:
        return t("what_if_change.to", amount=told)
    return f"{'-' if size.value < 0 else '+'}{told}"


def figures(t: Words, told: Change, before: float, after: float) -> str:
    """The figure that a change is about, before and after: 48,210 → 33,747 parcels."""
    match told:
        case CarrierShare():
            pair = (f"{100 * before:g}%", f"{100 * after:g}%")
        case Tariff():
            return t("what_if_change.mean", before=f"¥{before:,.2f}", after=f"¥{after:,.2f}")
        case UnservedPrice():
            pair = (f"¥{before:,.2f}", f"¥{after:,.2f}")
        case Merge():
            return t("what_if_change.on") if before else t("what_if_change.off")
        case _:
            pair = (t.count(before), t.count(after))
    return f"{pair[0]} → {pair[1]}"


def price(t: Words, move: PriceMove, by: Names) -> str:
    """A shadow price that changed, as what one more would be worth."""
    first, _, second = move.key.partition("|")
    told: dict[str, Any] = {"before": f"¥{move.before:,.2f}", "after": f"¥{move.after:,.2f}"}
    if move.kind == "stock":
        return t("what_if_price.stock", node=by.node(first), sku=by.sku(second), **told)
    if move.kind == "throughput":
        return t("what_if_price.throughput", node=by.node(first), **told)
    if move.kind == "share":
        return t("what_if_price.share", carrier=by.carrier(first), **told)
    if move.kind == "capacity":
        return t("what_if_price.capacity", carrier=by.carrier(first), **told)
    return t("what_if_price.other", kind=move.kind, key=move.key, **told)


def signed_count(number: int) -> str:
    """+1,203, -12, ±0."""
    return f"{number:+,}" if number else "±0"


def signed_yuan(yuan: float, *, digits: int = 0) -> str:
    """+¥1,203, -¥12, ±¥0."""
    rounded = round(yuan, digits)
    sign = "+" if rounded > 0 else "-" if rounded < 0 else "±"
    return f"{sign}¥{abs(rounded):,.{digits}f}"


def points(share: float | None, *, digits: int = 1) -> str:
    """A share with a digit behind the point, so that small differences are seen: 97.2%."""
    return NOTHING if share is None else f"{100 * share:.{digits}f}%"
