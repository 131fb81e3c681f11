"""What would the batch be if this were different? Changes as values, and a changed copy of the problem.

A change names its carrier, node or SKU and by how much; one that does not fit the problem is refused in a
sentence. The problem given is never touched. Knows no words in which a person says a change (`change_words`)
and no plan (`comparison`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import polars as pl

from engine.allocation.problem import CONTRACTS, Problem, check_problem
from engine.errors import BadChange

NEW_LOT = "what-if"
"""Units added where a node has no lot of the SKU lie in a lot of this name, fresh: it has no expiry."""

MOST = 10**12
"""No figure of a change is above this: counts stay far inside 64 bits."""

SOME = 8
"""So many names are listed to somebody who named one that does not exist."""


class How(StrEnum):
    """How an amount changes a figure."""

    PERCENT = "percent"  # of what it is now
    BY = "by"  # that much more, or less
    TO = "to"  # that much, whatever it is now


@dataclass(frozen=True, slots=True)
class Amount:
    """`value` is in percent where `how` is PERCENT, else in the unit of what is changed."""

    how: How
    value: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.value) or abs(self.value) > MOST:
            raise BadChange(f"A change by {self.value:g} is beyond all bounds; name a figure of at most {MOST:,}.")
        if self.how is How.TO and self.value < 0:
            raise BadChange(f"Nothing can be set to {self.value:g}: name a figure of at least 0.")
        if self.how is How.PERCENT and self.value < -100:
            raise BadChange(f"A change of {self.value:g}% takes away more than there is; -100% takes away all.")

    def of(self, before: float) -> float:
        """The figure after the change, never below 0."""
        if self.how is How.TO:
            return self.value
        after = before * (1 + self.value / 100) if self.how is How.PERCENT else before + self.value
        return min(max(after, 0.0), float(MOST))

    def units_of(self, before: int) -> int:
        """The same for what is counted: rounded to whole units, a half up."""
        return math.floor(self.of(before) + 0.5)


class Bound(StrEnum):
    """The two ends of a carrier's agreed share."""

    LEAST = "min"
    MOST = "max"


@dataclass(frozen=True, slots=True)
class CarrierCapacity:
    """Parcels that a carrier takes of this batch."""

    carrier: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class CarrierShare:
    """A carrier's least or most share of the parcels planned, 0 to 1."""

    carrier: str
    bound: Bound
    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise BadChange(f"A share of {100 * self.share:g}% is none; it lies between 0% and 100%.")


@dataclass(frozen=True, slots=True)
class NodeClosed:
    """Nothing leaves from a node."""

    node: str


@dataclass(frozen=True, slots=True)
class NodeThroughput:
    """Parcels that can leave a node in the horizon of this batch."""

    node: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Tariff:
    """A carrier's prices, everywhere or to the regions whose division code starts with `region`.

    In percent: the fixed part and the part per kg. By yuan: the fixed part, so every parcel. The expected cost of
    being late is no part of a tariff and stays.
    """

    carrier: str
    amount: Amount
    region: str = ""

    def __post_init__(self) -> None:
        if self.amount.how is How.TO:
            raise BadChange("A tariff has many prices: change it by percent or by yuan a parcel, not to one figure.")


@dataclass(frozen=True, slots=True)
class Stock:
    """Units of a SKU at a node, of all its lots there or of one `lot`."""

    sku: str
    node: str
    amount: Amount
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class UnservedPrice:
    """What an order that is not served costs, in yuan."""

    amount: Amount


@dataclass(frozen=True, slots=True)
class Merge:
    """Whether orders of one buyer and region may share a parcel."""

    allowed: bool


Change = CarrierCapacity | CarrierShare | NodeClosed | NodeThroughput | Tariff | Stock | UnservedPrice | Merge


def apply(problem: Problem, changes: Sequence[Change]) -> Problem:
    """The problem after the changes, one after the other. Raises BadChange for one that does not fit it."""
    changed = problem
    for change in changes:
        changed = _applied(changed, change)
    crossed = changed.carriers.filter(pl.col("min_share") > pl.col("max_share"))
    if crossed.height:
        carrier, least, most = crossed.select("carrier", "min_share", "max_share").row(0)
        raise BadChange(
            f"After these changes the min share of {carrier} is {100 * least:g}% and its max share {100 * most:g}%; "
            "change both."
        )
    check_problem(changed)
    return changed


def _applied(problem: Problem, change: Change) -> Problem:
    match change:
        case CarrierCapacity(carrier, amount):
            _known(problem, "carrier", carrier)
            return replace(problem, carriers=_counted(problem.carriers, "carrier", carrier, "capacity", amount))
        case CarrierShare(carrier, bound, share):
            _known(problem, "carrier", carrier)
            return replace(problem, carriers=_put(problem.carriers, "carrier", carrier, f"{bound.value}_share", share))
        case NodeClosed(node):
            _known(problem, "node", node)
            return replace(problem, nodes=_put(problem.nodes, "node", node, "throughput", 0))
        case NodeThroughput(node, amount):
            _known(problem, "node", node)
            return replace(problem, nodes=_counted(problem.nodes, "node", node, "throughput", amount))
        case Tariff():
            return replace(problem, offers=_repriced(problem, change))
        case Stock():
            return replace(problem, stock=_restocked(problem, change))
        case UnservedPrice(amount):
            policy = replace(problem.policy, unserved_yuan=amount.of(problem.policy.unserved_yuan))
            return replace(problem, policy=policy)
        case Merge(allowed):
            return replace(problem, policy=replace(problem.policy, merge=allowed))


def _known(problem: Problem, kind: str, name: str) -> None:
    """Refuse a carrier, node or SKU that the problem does not have, and name some that it has."""
    ids = problem.frame(f"{kind}s")[kind]
    if name in ids:
        return
    some = ", ".join(ids.sort().head(SOME)) or "none at all"
    more = f" and {len(ids) - SOME} more" if len(ids) > SOME else ""
    raise BadChange(f"There is no {kind} {name!r}; there are {some}{more}.")


def _put(frame: pl.DataFrame, key: str, name: str, column: str, value: float) -> pl.DataFrame:
    after = pl.when(pl.col(key) == name).then(pl.lit(value, dtype=frame.schema[column])).otherwise(pl.col(column))
    return frame.with_columns(after.alias(column))


def _counted(frame: pl.DataFrame, key: str, name: str, column: str, amount: Amount) -> pl.DataFrame:
    [before] = frame.filter(pl.col(key) == name)[column]
    return _put(frame, key, name, column, amount.units_of(before))


def _repriced(problem: Problem, change: Tariff) -> pl.DataFrame:
    """Offers with the carrier's prices changed.

    Of the offers that match a region the longest prefix wins. So a change for a region needs an offer of its own
    there, a copy of the one that wins now, or it would change the prices of other regions too.
    """
    _known(problem, "carrier", change.carrier)
    offers = problem.offers
    if change.region:
        if not problem.orders["region"].str.starts_with(change.region).any():
            raise BadChange(
                f"No order goes to a region that starts with {change.region!r}; regions are division codes, "
                "like 31 for Shanghai."
            )
        offers = pl.concat([offers, _offers_of_its_own(offers, change)])
    touched = (pl.col("carrier") == change.carrier) & pl.col("region").str.starts_with(change.region)
    mine = offers.filter(touched)
    if mine.is_empty():
        raise BadChange(f"{change.carrier} has no offer{' to region ' + change.region if change.region else ''}.")
    if change.amount.how is How.PERCENT:
        factor = 1 + change.amount.value / 100
        after = [pl.when(touched).then(pl.col(c) * factor).otherwise(c).alias(c) for c in ("fixed_yuan", "per_kg_yuan")]
        return offers.with_columns(after)
    cheapest = mine.select(pl.col("fixed_yuan").min()).item()
    if cheapest + change.amount.value < 0:
        raise BadChange(
            f"A tariff cannot fall below 0: the cheapest fixed price of {change.carrier} is {cheapest:.2f} yuan, "
            f"so take off at most that, not {-change.amount.value:g}."
        )
    more = pl.when(touched).then(pl.col("fixed_yuan") + change.amount.value).otherwise("fixed_yuan")
    return offers.with_columns(more.alias("fixed_yuan"))


def _offers_of_its_own(offers: pl.DataFrame, change: Tariff) -> pl.DataFrame:
    """Copies for exactly `change.region` of the carrier's offers that win there now by a shorter prefix."""
    key = ["node", "carrier", "layer"]
    mine = offers.filter(pl.col("carrier") == change.carrier)
    wider = mine.filter(
        pl.lit(change.region).str.starts_with(pl.col("region")), pl.col("region") != change.region
    )  # of the prefixes of one text no two are equally long
    exact = mine.filter(pl.col("region") == change.region)
    return (
        wider.sort(pl.col("region").str.len_bytes(), descending=True, maintain_order=True)
        .unique(key, keep="first", maintain_order=True)
        .join(exact.select(key), on=key, how="anti")
        .with_columns(region=pl.lit(change.region))
    )


def _restocked(problem: Problem, change: Stock) -> pl.DataFrame:
    """Stock with the units of one SKU at one node changed.

    Nobody says which lot is meant, so the freshest is: units that are missing are then never only those that were
    too near their expiry to be shipped anyway, and units that come are as fresh as what lies there.
    """
    _known(problem, "node", change.node)
    _known(problem, "sku", change.sku)
    stock = problem.stock.with_row_index("_row")
    here = stock.filter(pl.col("node") == change.node, pl.col("sku") == change.sku)
    if change.lot is not None:
        if change.lot not in here["lot"]:
            lots = ", ".join(here["lot"].sort()) or "no lot at all"
            raise BadChange(f"{change.node} has no lot {change.lot!r} of {change.sku}; it has {lots}.")
        here = here.filter(pl.col("lot") == change.lot)
    freshest_first = here.sort("expiry", "lot", descending=True, nulls_last=False)
    before = int(here["qty"].sum())
    after = change.amount.units_of(before)
    if here.is_empty():
        return _with_a_new_lot(problem.stock, change, after) if after else problem.stock
    more = after - before
    left: dict[int, int] = {}
    for row, qty in freshest_first.select("_row", "qty").iter_rows():
        left[row] = max(qty + more, 0)
        more = min(qty + more, 0)
        if not more:
            break
    levels = pl.DataFrame(
        {"_row": list(left), "_after": list(left.values())}, schema={"_row": stock.schema["_row"], "_after": pl.Int64}
    )
    return (
        stock.join(levels, on="_row", how="left", maintain_order="left")
        .with_columns(qty=pl.coalesce("_after", "qty"))
        .drop("_row", "_after")
    )


def _with_a_new_lot(stock: pl.DataFrame, change: Stock, units: int) -> pl.DataFrame:
    row = {"node": change.node, "sku": change.sku, "lot": NEW_LOT, "expiry": None, "qty": units}
    return pl.concat([stock, pl.DataFrame([row], schema=CONTRACTS["stock"].columns)], how="diagonal")


def figure(problem: Problem, change: Change) -> float:
    """The figure that a change is about, as it is in `problem`: ask it before and after.

    Parcels, a share of 0 to 1, units, yuan; of a tariff the mean fixed price of the offers it touches, in yuan a
    parcel; of merging 0 or 1.
    """
    match change:
        case CarrierCapacity(carrier, _):
            return float(problem.carriers.filter(pl.col("carrier") == carrier)["capacity"].sum())
        case CarrierShare(carrier, bound, _):
            return float(problem.carriers.filter(pl.col("carrier") == carrier)[f"{bound.value}_share"].sum())
        case NodeClosed(node) | NodeThroughput(node, _):
            return float(problem.nodes.filter(pl.col("node") == node)["throughput"].sum())
        case Tariff(carrier, _, region):
            offers = problem.offers.filter(pl.col("carrier") == carrier)
            if region:
                own = offers.filter(pl.col("region").str.starts_with(region))
                offers = pl.concat([own, _offers_of_its_own(offers, change)])
            return float(offers.select(pl.col("fixed_yuan").mean().fill_null(0.0)).item())
        case Stock(sku, node, _, lot):
            here = problem.stock.filter(pl.col("node") == node, pl.col("sku") == sku)
            return float((here if lot is None else here.filter(pl.col("lot") == lot))["qty"].sum())
        case UnservedPrice():
            return problem.policy.unserved_yuan
        case Merge():
            return float(problem.policy.merge)
