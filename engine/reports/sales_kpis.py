"""Numbers of orders, stock and planning: one function a number."""

import polars as pl

from engine.reports.figures import Better, Chapter, Found, Kpi, Question, Seen, Unit, WhyNot, count, quantile, ratio

SERVED = ("reserved", "held")
"""First decisions that gave the order its stock."""

ENDED = ("cancelled", "refunded")


def _n(frame: pl.DataFrame, *having: pl.Expr) -> int:
    return frame.filter(*having).height


def orders(seen: Seen) -> Found:
    """Orders of the show that were accepted, however they ended."""
    return count(seen[Question.ORDERS].height)


def turnover(seen: Seen) -> Found:
    """Paid for them."""
    return count(float(seen[Question.ORDERS]["amount_cents"].sum()))


def kept_turnover(seen: Seen) -> Found:
    """Paid for those that were neither cancelled nor refunded, nor sold out."""
    kept = seen[Question.ORDERS].filter(~pl.col("status").is_in([*ENDED, "sold_out"]))
    return count(float(kept["amount_cents"].sum()))


def quarantined(seen: Seen) -> Found:
    """Rows that could not be taken."""
    row = seen[Question.INTAKE].row(0, named=True)
    return ratio(row["quarantined"], row["read"], WhyNot.NO_ROWS)


def duplicates(seen: Seen) -> Found:
    """Rows that were known already."""
    row = seen[Question.INTAKE].row(0, named=True)
    return ratio(row["duplicate"], row["read"], WhyNot.NO_ROWS)


def unpaid(seen: Seen) -> Found:
    """Orders seen in the show's hours and never paid."""
    return count(seen[Question.INTAKE].row(0, named=True)["unpaid"])


def oversold(seen: Seen) -> Found:
    """Breaches that the invariants of pools, quotas and lots find."""
    return count(float(seen[Question.INVARIANTS]["breaches"].sum()))


def filled(seen: Seen) -> Found:
    """Orders that got their stock at once."""
    whole = seen[Question.ORDERS].filter(~pl.col("outcome").is_in(ENDED))
    return ratio(_n(whole, pl.col("outcome").is_in(SERVED)), whole.height, WhyNot.NO_ORDERS)


def sold_out(seen: Seen) -> Found:
    """Orders refused for want of stock or quota."""
    whole = seen[Question.ORDERS].filter(~pl.col("outcome").is_in(ENDED))
    return ratio(_n(whole, pl.col("outcome") == "sold_out"), whole.height, WhyNot.NO_ORDERS)


def cancelled(seen: Seen) -> Found:
    """Orders that were cancelled."""
    frame = seen[Question.ORDERS]
    return ratio(_n(frame, pl.col("status") == "cancelled"), frame.height, WhyNot.NO_ORDERS)


def refunded(seen: Seen) -> Found:
    """Orders whose money went back."""
    frame = seen[Question.ORDERS]
    return ratio(_n(frame, pl.col("status") == "refunded"), frame.height, WhyNot.NO_ORDERS)


def held(seen: Seen) -> Found:
    """Orders that the risk rules stopped."""
    frame = seen[Question.ORDERS]
    return ratio(_n(frame, pl.col("outcome") == "held"), frame.height, WhyNot.NO_ORDERS)


def false_holds(seen: Seen) -> Found:
    """Of the held orders that somebody decided, those that went on."""
    caught = seen[Question.ORDERS].filter(pl.col("outcome") == "held", pl.col("status") != "held")
    return ratio(_n(caught, ~pl.col("status").is_in(ENDED)), caught.height, WhyNot.NOTHING_HELD)


def stocking(seen: Seen) -> Found:
    """Planned against needed stock: the room keeps no stocking plan, so there is nothing to hold it against."""
    del seen
    return Found(why=WhyNot.NO_PLAN)


def expectation_error(seen: Seen) -> Found:
    """Sum of absolute differences between expected and asked units, over the asked (WAPE)."""
    frame = seen[Question.EXPECTED]
    if frame.is_empty():
        return Found(why=WhyNot.NOTHING_EXPECTED)
    apart, asked = float((frame["expected"] - frame["asked"]).abs().sum()), float(frame["asked"].sum())
    if asked <= 0:
        return Found(why=WhyNot.NO_ORDERS)
    return Found(value=apart / asked)  # may pass 1: it is no share of the units, so it has no part and no range


def pool_sold(seen: Seen) -> Found:
    """Units of the pools that orders hold."""
    frame = seen[Question.POOLS]
    return ratio(float(frame["reserved"].sum()), float(frame["quantity"].sum()), WhyNot.NO_POOLS)


def unsold_units(seen: Seen) -> Found:
    """Units left in the pools."""
    frame = seen[Question.POOLS]
    return Found(why=WhyNot.NO_POOLS) if frame.is_empty() else count(float(frame["unsold"].sum()))


def unsold_worth(seen: Seen) -> Found:
    """What these cost."""
    frame = seen[Question.POOLS]
    return Found(why=WhyNot.NO_POOLS) if frame.is_empty() else count(float(frame["unsold_cents"].sum()))


def planned(seen: Seen) -> Found:
    """Orders that hold stock and were given node, lot and carrier at least once."""
    whole = seen[Question.ORDERS].filter(pl.col("outcome").is_in(SERVED), ~pl.col("status").is_in([*ENDED, "held"]))
    return ratio(_n(whole, pl.col("planned_at").is_not_null()), whole.height, WhyNot.NO_ORDERS)


def plan_hours(seen: Seen) -> Found:
    """Hours from an order's coming in to its plan, ninety of a hundred orders."""
    frame = seen[Question.ORDERS]
    took = (frame["planned_at"] - frame["received_at"]).dt.total_microseconds() / 3_600_000_000
    return quantile(took, 0.9, WhyNot.NOTHING_PLANNED)


def freight(seen: Seen) -> Found:
    """Freight and handling of the show's standing parcels, over the orders in them."""
    parcels = seen[Question.PARCELS]
    inside = _n(seen[Question.ORDERS], pl.col("parcels") > 0)
    if inside == 0:
        return Found(why=WhyNot.NOTHING_PLANNED)
    return Found(value=float(parcels["cost_cents"].sum()) / inside)


def split(seen: Seen) -> Found:
    """Orders that travel in more than one parcel."""
    inside = seen[Question.ORDERS].filter(pl.col("parcels") > 0)
    return ratio(_n(inside, pl.col("parcels") > 1), inside.height, WhyNot.NOTHING_PLANNED)


def plan_gap(seen: Seen) -> Found:
    """What a better plan might have saved at most: cost less lower bound over cost, of all rounds together."""
    frame = seen[Question.ROUNDS]
    if frame.is_empty():
        return Found(why=WhyNot.NO_CERTIFICATE)
    cost, bound = float(frame["cost_cents"].sum()), float(frame["lower_bound_cents"].sum())
    return Found(value=max(cost - bound, 0.0) / cost) if cost > 0 else Found(why=WhyNot.NO_CERTIFICATE)


_O, _S, _P = Chapter.ORDERS, Chapter.STOCK, Chapter.PLAN

SALES = (
    Kpi("orders", _O, Unit.COUNT, Better.NEITHER, Question.ORDERS, orders),
    Kpi("turnover", _O, Unit.CENTS, Better.NEITHER, Question.ORDERS, turnover),
    Kpi("kept_turnover", _O, Unit.CENTS, Better.NEITHER, Question.ORDERS, kept_turnover),
    Kpi("filled", _O, Unit.SHARE, Better.MORE, Question.ORDERS, filled),
    Kpi("sold_out", _O, Unit.SHARE, Better.LESS, Question.ORDERS, sold_out),
    Kpi("oversold", _O, Unit.COUNT, Better.LESS, Question.INVARIANTS, oversold),
    Kpi("cancelled", _O, Unit.SHARE, Better.LESS, Question.ORDERS, cancelled),
    Kpi("refunded", _O, Unit.SHARE, Better.LESS, Question.ORDERS, refunded),
    Kpi("held", _O, Unit.SHARE, Better.LESS, Question.ORDERS, held),
    Kpi("false_holds", _O, Unit.SHARE, Better.LESS, Question.ORDERS, false_holds),
    Kpi("quarantined", _O, Unit.SHARE, Better.LESS, Question.INTAKE, quarantined),
    Kpi("duplicates", _O, Unit.SHARE, Better.NEITHER, Question.INTAKE, duplicates),
    Kpi("unpaid", _O, Unit.COUNT, Better.NEITHER, Question.INTAKE, unpaid),
    Kpi("stocking", _S, Unit.SHARE, Better.MORE, Question.EXPECTED, stocking),
    Kpi("expectation_error", _S, Unit.SHARE, Better.LESS, Question.EXPECTED, expectation_error),
    Kpi("pool_sold", _S, Unit.SHARE, Better.MORE, Question.POOLS, pool_sold),
    Kpi("unsold_units", _S, Unit.COUNT, Better.NEITHER, Question.POOLS, unsold_units),
    Kpi("unsold_worth", _S, Unit.CENTS, Better.NEITHER, Question.POOLS, unsold_worth),
    Kpi("planned", _P, Unit.SHARE, Better.MORE, Question.ORDERS, planned),
    Kpi("plan_hours", _P, Unit.HOURS, Better.LESS, Question.ORDERS, plan_hours),
    Kpi("freight", _P, Unit.CENTS, Better.LESS, Question.PARCELS, freight),
    Kpi("split", _P, Unit.SHARE, Better.LESS, Question.ORDERS, split),
    Kpi("plan_gap", _P, Unit.SHARE, Better.LESS, Question.ROUNDS, plan_gap),
)
