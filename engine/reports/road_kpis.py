"""Numbers of shipping: on time by whose promise, how long it took, what it cost in penalties. One function a number.

Only what is decided counts: an order whose promise still runs is neither on time nor late, and early successes among
those that can still fail would flatter.
"""

from datetime import datetime
from math import prod

import polars as pl

from engine.model.clocks import Clock, ClockState
from engine.reports.figures import Better, Chapter, Found, Kpi, Question, Seen, Unit, WhyNot, quantile, ratio
from engine.reports.sales_kpis import ENDED

LEGS = (
    ("plan", "processing", "paid_at", "planned_at"),
    ("label", "processing", "planned_at", "uploaded_at"),
    ("pick_up", "processing", "uploaded_at", "picked_up_at"),
    ("hub", "transit", "picked_up_at", "first_hub_at"),
    ("line_haul", "transit", "first_hub_at", "arrived_at"),
    ("station", "last_mile", "arrived_at", "out_at"),
    ("door", "last_mile", "out_at", "signed_at"),
)
"""Leg, whose work it is, from, to."""

COMPLAINTS = ("not_received", "damaged", "wrong_item", "quality")
NIGHT_BEGINS, NIGHT_ENDS = 18, 6
"""Hours in Beijing between which a payment counts from the end of the night, by Douyin's mean hours to pick-up."""


def hours_between(begin: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Hours from one instant to another; none where it ran backwards."""
    return ((end - begin).dt.total_microseconds() / 3_600_000_000).clip(0)


def legs(seen: Seen) -> pl.DataFrame:
    """Hours of every ended leg of every parcel: leg, part, parcel_id, hours, signed (the parcel was)."""
    frame = seen[Question.PARCELS]
    timed = [
        frame.select(
            "parcel_id",
            leg=pl.lit(leg),
            part=pl.lit(part),
            hours=hours_between(pl.col(begin), pl.col(end)),
            signed=pl.col("signed_at").is_not_null(),
        )
        for leg, part, begin, end in LEGS
    ]
    return pl.concat(timed).drop_nulls("hours")


def _now(seen: Seen) -> pl.Expr:
    now: datetime = seen[Question.MOMENT].item(0, "now")
    return pl.lit(now).dt.cast_time_unit("us")


def _settled(seen: Seen) -> pl.DataFrame:
    """Orders that the buyer did not end, whose whole way is decided: `on_time`, `delivered`, `whole`, `clean`."""
    now = _now(seen)
    on_time = (pl.col("whole_at") <= pl.col("promised_at")).fill_null(value=False)
    missed = (pl.col("promised_at") <= now) & ~on_time
    return (
        seen[Question.ORDERS]
        .filter(~pl.col("status").is_in(ENDED))
        .filter(missed | (pl.col("due_at") <= now).fill_null(value=False))
        .with_columns(
            on_time=on_time,
            delivered=(pl.col("signed_at") <= pl.col("due_at")).fill_null(value=False),
            whole=pl.col("parcels") > 0,
            clean=~pl.any_horizontal(COMPLAINTS),
        )
    )


def _clocks(seen: Seen, *clocks: Clock) -> pl.DataFrame:
    frame = seen[Question.CLOCKS]
    return frame.filter(pl.col("clock").cast(pl.String).is_in([clock.value for clock in clocks])) if clocks else frame


def _in_state(frame: pl.DataFrame, *states: ClockState) -> pl.DataFrame:
    return frame.filter(pl.col("state").cast(pl.String).is_in([state.value for state in states]))


def shipped_on_time(seen: Seen) -> Found:
    """Of the orders whose binding promise has run out, those picked up in whole by then; exempt ones left out."""
    if seen[Question.ORDERS].is_empty():
        return Found(why=WhyNot.NO_ORDERS)
    if seen[Question.CLOCKS].is_empty():
        return Found(why=WhyNot.NO_RULES)
    due = _clocks(seen, Clock.LATE).filter(pl.col("deadline") <= _now(seen))
    kept, broken = _in_state(due, ClockState.KEPT).height, _in_state(due, ClockState.BROKEN).height
    return ratio(kept, kept + broken, WhyNot.NOTHING_DUE)


def first_promise_kept(seen: Seen) -> Found:
    """The same by what the buyer was promised first, whatever it was moved to since."""
    due = seen[Question.ORDERS].filter(~pl.col("status").is_in(ENDED), pl.col("promised_at") <= _now(seen))
    kept = due.filter(pl.col("whole_at") <= pl.col("promised_at")).height
    return ratio(kept, due.height, WhyNot.NOTHING_DUE)


def pick_up_hours(seen: Seen) -> Found:
    """Mean hours from payment to pick-up; a payment between 18:00 and 06:00 counts from 06:00."""
    frame = seen[Question.ORDERS].filter(pl.col("whole_at").is_not_null())
    if frame.is_empty():
        return Found(why=WhyNot.NOT_SHIPPED)
    local = pl.col("paid_at").dt.convert_time_zone("Asia/Shanghai")
    day = local.dt.truncate("1d")
    morning = day.dt.offset_by(f"{NIGHT_ENDS}h")
    begins = (
        pl.when(local.dt.hour() >= NIGHT_BEGINS)
        .then(morning.dt.offset_by("1d"))
        .when(local.dt.hour() < NIGHT_ENDS)
        .then(morning)
        .otherwise(local)
        .dt.convert_time_zone("UTC")
    )
    hours = frame.select(hours=hours_between(begins, pl.col("whole_at")))["hours"]
    return Found(value=float(hours.sum()) / hours.len(), whole=float(hours.len()))


def delivered_on_time(seen: Seen) -> Found:
    """Of the parcels whose published transit time has run out, those signed for by then."""
    parcels = seen[Question.PARCELS]
    if parcels.filter(pl.col("picked_up_at").is_not_null()).is_empty():
        return Found(why=WhyNot.NOT_SHIPPED)
    due = parcels.filter(pl.col("due_at") <= _now(seen), pl.col("stage") != "cancelled")
    return ratio(due.filter(pl.col("signed_at") <= pl.col("due_at")).height, due.height, WhyNot.NOTHING_DUE)


def otif(seen: Seen) -> Found:
    """Orders picked up by the first promise, in whole, and signed for within the published time: all per order."""
    settled = _settled(seen)
    good = settled.filter("on_time", "delivered", "whole")
    return ratio(good.height, settled.height, WhyNot.NOTHING_DUE)


def perfect(seen: Seen) -> Found:
    """The same, and nobody complained of goods or way."""
    settled = _settled(seen)
    good = settled.filter("on_time", "delivered", "whole", "clean")
    return ratio(good.height, settled.height, WhyNot.NOTHING_DUE)


def perfect_product(seen: Seen) -> Found:
    """The product of the four shares, as some compute it: an order that fails twice is counted twice."""
    settled = _settled(seen)
    if settled.is_empty():
        return Found(why=WhyNot.NOTHING_DUE)
    parts = ("on_time", "delivered", "whole", "clean")
    return Found(value=prod(float(settled[part].sum()) / settled.height for part in parts))


def _hours_to(seen: Seen, end: str, at: float, why: WhyNot) -> Found:
    frame = seen[Question.ORDERS].filter(pl.col(end).is_not_null())
    return quantile(frame.select(hours=hours_between(pl.col("paid_at"), pl.col(end)))["hours"], at, why)


def ship_p50(seen: Seen) -> Found:
    """Hours from payment to the pick-up of the last parcel, the middle order."""
    return _hours_to(seen, "whole_at", 0.5, WhyNot.NOT_SHIPPED)


def ship_p90(seen: Seen) -> Found:
    """The same, ninety of a hundred orders."""
    return _hours_to(seen, "whole_at", 0.9, WhyNot.NOT_SHIPPED)


def cycle_p50(seen: Seen) -> Found:
    """Hours from payment to the signature for the last parcel, the middle order."""
    return _hours_to(seen, "signed_at", 0.5, WhyNot.NOT_SIGNED)


def cycle_p90(seen: Seen) -> Found:
    """The same, ninety of a hundred orders."""
    return _hours_to(seen, "signed_at", 0.9, WhyNot.NOT_SIGNED)


def signed(seen: Seen) -> Found:
    """Of the parcels picked up, those signed for."""
    shipped = seen[Question.PARCELS].filter(pl.col("picked_up_at").is_not_null())
    return ratio(shipped.filter(pl.col("signed_at").is_not_null()).height, shipped.height, WhyNot.NOT_SHIPPED)


def sent_back(seen: Seen) -> Found:
    """Of the orders picked up, those on their way back, rejected, or asked to be returned."""
    shipped = seen[Question.ORDERS].filter(pl.col("whole_at").is_not_null())
    return ratio(shipped.filter(pl.col("sent_back") | pl.col("returned")).height, shipped.height, WhyNot.NOT_SHIPPED)


def _money(seen: Seen, state: ClockState) -> Found:
    frame = seen[Question.CLOCKS]
    if frame.is_empty():
        return Found(why=WhyNot.NO_RULES)
    return Found(value=round(float(_in_state(frame, state)["adds"].sum()) * 100))


def penalties(seen: Seen) -> Found:
    """What broken clocks cost by the platform's rules; several clocks of one order count once."""
    return _money(seen, ClockState.BROKEN)


def at_risk(seen: Seen) -> Found:
    """What clocks that still run would cost if all of them broke."""
    return _money(seen, ClockState.RUNNING)


def _part(seen: Seen, part: str) -> Found:
    ended = legs(seen).filter("signed")
    whole = float(ended["hours"].sum())
    if whole <= 0:
        return Found(why=WhyNot.NOT_SIGNED)
    return Found(value=float(ended.filter(pl.col("part") == part)["hours"].sum()) / whole)


def processing(seen: Seen) -> Found:
    """Of all hours of signed parcels, those before the pick-up."""
    return _part(seen, "processing")


def transit(seen: Seen) -> Found:
    """Those between pick-up and the city of the buyer."""
    return _part(seen, "transit")


def last_mile(seen: Seen) -> Found:
    """Those in the city of the buyer."""
    return _part(seen, "last_mile")


_C = Chapter.SHIPPING

ROAD = (
    Kpi("shipped_on_time", _C, Unit.SHARE, Better.MORE, Question.CLOCKS, shipped_on_time),
    Kpi("first_promise_kept", _C, Unit.SHARE, Better.MORE, Question.ORDERS, first_promise_kept),
    Kpi("delivered_on_time", _C, Unit.SHARE, Better.MORE, Question.PARCELS, delivered_on_time),
    Kpi("otif", _C, Unit.SHARE, Better.MORE, Question.ORDERS, otif),
    Kpi("perfect", _C, Unit.SHARE, Better.MORE, Question.ORDERS, perfect),
    Kpi("perfect_product", _C, Unit.SHARE, Better.NEITHER, Question.ORDERS, perfect_product),
    Kpi("pick_up_hours", _C, Unit.HOURS, Better.LESS, Question.ORDERS, pick_up_hours),
    Kpi("ship_p50", _C, Unit.HOURS, Better.LESS, Question.ORDERS, ship_p50),
    Kpi("ship_p90", _C, Unit.HOURS, Better.LESS, Question.ORDERS, ship_p90),
    Kpi("cycle_p50", _C, Unit.HOURS, Better.LESS, Question.ORDERS, cycle_p50),
    Kpi("cycle_p90", _C, Unit.HOURS, Better.LESS, Question.ORDERS, cycle_p90),
    Kpi("signed", _C, Unit.SHARE, Better.MORE, Question.PARCELS, signed),
    Kpi("sent_back", _C, Unit.SHARE, Better.LESS, Question.ORDERS, sent_back),
    Kpi("penalties", _C, Unit.CENTS, Better.NEITHER, Question.CLOCKS, penalties),
    Kpi("at_risk", _C, Unit.CENTS, Better.NEITHER, Question.CLOCKS, at_risk),
    Kpi("processing", _C, Unit.SHARE, Better.NEITHER, Question.PARCELS, processing),
    Kpi("transit", _C, Unit.SHARE, Better.NEITHER, Question.PARCELS, transit),
    Kpi("last_mile", _C, Unit.SHARE, Better.NEITHER, Question.PARCELS, last_mile),
)
