"""Numbers of trouble, after-sales and actions: one function a number."""

import polars as pl

from engine.model.actions import ActionState, Verdict
from engine.reports.figures import Better, Chapter, Found, Kpi, Question, Seen, Unit, WhyNot, count, quantile, ratio
from engine.reports.road_kpis import hours_between

DONE = (ActionState.EXECUTED.value, ActionState.UNDONE.value)
GOOD_STARS = 4
"""Stars from which a buyer is content."""


def alerts(seen: Seen) -> Found:
    """Root causes that were alerted of in the show's hours and the time after."""
    return count(seen[Question.ALERTS].filter(~pl.col("folded")).height)


def _after_telling(seen: Seen, end: str, why: WhyNot) -> Found:
    frame = seen[Question.ALERTS].filter(~pl.col("folded"))
    return quantile(frame.select(h=hours_between(pl.col("told_at"), pl.col(end)))["h"], 0.5, why)


def time_to_take(seen: Seen) -> Found:
    """Hours from an alert to somebody's taking it, the middle one of those that were taken."""
    return _after_telling(seen, "taken_at", WhyNot.NOTHING_TAKEN)


def time_to_end(seen: Seen) -> Found:
    """Hours from an alert to its end, the middle one of those that are over."""
    return _after_telling(seen, "over_at", WhyNot.NOTHING_OVER)


def incidents(seen: Seen) -> Found:
    """Mass delays, complaints with one cause and broken cold chains that touched the show's orders."""
    return count(seen[Question.INCIDENTS].height)


def complaints(seen: Seen) -> Found:
    """Orders with a ticket, for every 1,000 orders."""
    whole = seen[Question.ORDERS].height
    if whole == 0:
        return Found(why=WhyNot.NO_ORDERS)
    asking = seen[Question.TICKETS]["order_id"].n_unique()
    return Found(value=1000 * asking / whole, part=float(asking), whole=float(whole))


def wismo(seen: Seen) -> Found:
    """Orders whose buyer asked where it is, over the orders picked up."""
    shipped = seen[Question.ORDERS].filter(pl.col("whole_at").is_not_null())
    return ratio(shipped.filter("not_received").height, shipped.height, WhyNot.NOT_SHIPPED)


def bad_quality(seen: Seen) -> Found:
    """Orders complained of for their quality, over the orders signed for."""
    done = seen[Question.ORDERS].filter(pl.col("signed_at").is_not_null())
    return ratio(done.filter("quality").height, done.height, WhyNot.NOT_SIGNED)


def broken(seen: Seen) -> Found:
    """Units that arrived broken, over the units signed for."""
    frame = seen[Question.GOODS]
    return ratio(float(frame["damaged"].sum()), float(frame["units"].sum()), WhyNot.NOT_SIGNED)


def returned(seen: Seen) -> Found:
    """Units that came back or are asked to, over the units signed for."""
    frame = seen[Question.GOODS]
    return ratio(float(frame["returned"].sum()), float(frame["units"].sum()), WhyNot.NOT_SIGNED)


def content(seen: Seen) -> Found:
    """Ratings of four stars or five."""
    rated = seen[Question.ORDERS]["stars"].drop_nulls()
    return ratio(float((rated >= GOOD_STARS).sum()), rated.len(), WhyNot.NO_RATINGS)


def help_asked(seen: Seen) -> Found:
    """Buyers who called the platform in: no feed tells the room of it."""
    del seen
    return Found(why=WhyNot.NOT_TOLD)


def given(seen: Seen) -> Found:
    """What compensations cost that were approved, sent or paid, and what is owed for waiting."""
    frame = seen[Question.AMENDS].filter(pl.col("state").is_in(["approved", "sent", "paid", "owed"]))
    return count(float(frame["cost_cents"].sum()))


def budget_used(seen: Seen) -> Found:
    """Committed, over the show's budget."""
    frame = seen[Question.BUDGET]
    if frame.is_empty():
        return Found(why=WhyNot.NO_BUDGET)
    row = frame.row(0, named=True)
    whole = row["cents"]
    return Found(value=row["committed_cents"] / whole) if whole else Found(why=WhyNot.NO_BUDGET)


def done(seen: Seen) -> Found:
    """Actions that were carried out."""
    return count(seen[Question.ACTIONS].filter(pl.col("state").is_in(DONE)).height)


def undone(seen: Seen) -> Found:
    """Those that were taken back."""
    return count(seen[Question.ACTIONS].filter(pl.col("state") == ActionState.UNDONE.value).height)


def _judged(seen: Seen, verdict: Verdict) -> Found:
    judged = seen[Question.ACTIONS].filter(pl.col("verdict").is_not_null())
    return ratio(judged.filter(pl.col("verdict") == verdict.value).height, judged.height, WhyNot.NOTHING_JUDGED)


def worked(seen: Seen) -> Found:
    """Of those that were judged, those that worked."""
    return _judged(seen, Verdict.WORKED)


def no_effect(seen: Seen) -> Found:
    """Those without effect."""
    return _judged(seen, Verdict.NO_EFFECT)


def backfired(seen: Seen) -> Found:
    """Those that made it worse."""
    return _judged(seen, Verdict.BACKFIRED)


def untold(seen: Seen) -> Found:
    """Those of which nobody can tell."""
    return _judged(seen, Verdict.CANNOT_TELL)


def hours_to_report(seen: Seen) -> Found:
    """From the show's end to this report."""
    row = seen[Question.MOMENT].row(0, named=True)
    if row["ends"] is None or row["ends"] > row["now"]:
        return Found(why=WhyNot.NO_END)
    return Found(value=(row["now"] - row["ends"]).total_seconds() / 3600)


_T, _S, _A = Chapter.TROUBLE, Chapter.SERVICE, Chapter.ACTIONS

CARE = (
    Kpi("alerts", _T, Unit.COUNT, Better.NEITHER, Question.ALERTS, alerts),
    Kpi("time_to_take", _T, Unit.HOURS, Better.LESS, Question.ALERTS, time_to_take),
    Kpi("time_to_end", _T, Unit.HOURS, Better.LESS, Question.ALERTS, time_to_end),
    Kpi("incidents", _T, Unit.COUNT, Better.NEITHER, Question.INCIDENTS, incidents),
    Kpi("complaints", _S, Unit.PER_1000, Better.LESS, Question.TICKETS, complaints),
    Kpi("wismo", _S, Unit.SHARE, Better.LESS, Question.ORDERS, wismo),
    Kpi("bad_quality", _S, Unit.SHARE, Better.LESS, Question.ORDERS, bad_quality),
    Kpi("broken", _S, Unit.SHARE, Better.LESS, Question.GOODS, broken),
    Kpi("returned", _S, Unit.SHARE, Better.LESS, Question.GOODS, returned),
    Kpi("content", _S, Unit.SHARE, Better.MORE, Question.ORDERS, content),
    Kpi("help_asked", _S, Unit.SHARE, Better.LESS, Question.TICKETS, help_asked),
    Kpi("given", _S, Unit.CENTS, Better.NEITHER, Question.AMENDS, given),
    Kpi("budget_used", _S, Unit.SHARE, Better.NEITHER, Question.BUDGET, budget_used),
    Kpi("done", _A, Unit.COUNT, Better.NEITHER, Question.ACTIONS, done),
    Kpi("undone", _A, Unit.COUNT, Better.NEITHER, Question.ACTIONS, undone),
    Kpi("worked", _A, Unit.SHARE, Better.MORE, Question.ACTIONS, worked),
    Kpi("no_effect", _A, Unit.SHARE, Better.LESS, Question.ACTIONS, no_effect),
    Kpi("backfired", _A, Unit.SHARE, Better.LESS, Question.ACTIONS, backfired),
    Kpi("untold", _A, Unit.SHARE, Better.LESS, Question.ACTIONS, untold),
    Kpi("hours_to_report", _A, Unit.HOURS, Better.LESS, Question.MOMENT, hours_to_report),
)
