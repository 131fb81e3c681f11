"""A buyer rates an order on the tracking page, once it has arrived: written down once, changed for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from engine.errors import BadRequest, NotAllowed
from engine.model.tracking import Stage
from engine.store import tables
from engine.store.database import Database
from engine.store.screens import returns as returns_screens
from engine.usecases.buyers.track_order import OrderView, track_order
from engine.usecases.making_good.returns_policy import returns_policy
from engine.usecases.room.workplace import Workplace

ACTOR = "buyer"


@dataclass(frozen=True, slots=True)
class Stars:
    """What the form said: 1 to 5, and words that may be empty."""

    stars: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class RatingDesk:
    """What the page shows of ratings: may one be given or changed now, and the one there is."""

    open: bool
    stars: int | None
    words: str


def rating_desk(database: Database, view: OrderView) -> RatingDesk:
    """For the order that the page shows."""
    return rating_desks(database, [view])[view.order["order_id"]]


def rating_desks(database: Database, views: Sequence[OrderView]) -> dict[str, RatingDesk]:
    """For the orders that pages show, by order."""
    # Of an order that has not arrived nobody can have rated anything, and nobody may.
    arrived = {view.order["order_id"]: at for view in views if (at := last_signature(view)) is not None}
    found = (
        returns_screens.order_ratings(database, list(arrived)).rows_by_key("order_id", named=True) if arrived else {}
    )
    policy, desks = returns_policy().rating, {}
    for view in views:
        order_id = view.order["order_id"]
        at, given = arrived.get(order_id), next(iter(found.get(order_id, [])), None)
        if at is None:
            desks[order_id] = RatingDesk(open=False, stars=None, words="")
        elif given is None:
            desks[order_id] = RatingDesk(view.as_of <= at + timedelta(days=policy.ask_days), None, "")
        else:
            until = given["first_at"] + timedelta(days=policy.change_days)
            desks[order_id] = RatingDesk(view.as_of <= until, given["stars"], given["words"])
    return desks


def last_signature(view: OrderView) -> datetime | None:
    """When the last of the order's parcels was signed for; None while one is still under way."""
    signed = [parcel.row["signed_at"] for parcel in view.parcels]
    all_signed = bool(signed) and all(parcel.stage is Stage.SIGNED for parcel in view.parcels) and None not in signed
    return max(signed) if all_signed else None


def rate_order(work: Workplace, link_id: str, given: Stars) -> bool:
    """Rate the order behind a link; returns whether anything changed.

    Raises NotFound for a link to nothing, BadRequest for stars or words that are none, NotAllowed where it is too early
    or too late.
    """
    policy = returns_policy().rating
    if not 1 <= given.stars <= 5:
        raise BadRequest("A rating has 1 to 5 stars.")
    words = " ".join("".join(c if c.isprintable() else " " for c in given.words).split())
    if len(words) > policy.letters:
        raise BadRequest(f"The words beside a rating have at most {policy.letters} characters.")
    view = track_order(work, link_id)
    desk = rating_desk(work.database, view)
    if not desk.open:
        raise NotAllowed(f"{view.order['order_id']} cannot be rated now.")
    if (desk.stars, desk.words) == (given.stars, words):
        return False
    order_id = view.order["order_id"]
    with work.database.transaction(actor=ACTOR, verb="rate_order", subject=order_id) as tx:
        now = pl.lit(tx.at).dt.cast_time_unit("us")
        row = pl.DataFrame(
            {"order_id": [order_id], "stars": [given.stars], "words": [words]}, schema_overrides={"stars": pl.Int32}
        )
        if tx.matching(tables.ratings, row.select("order_id"), "order_id").is_empty():
            tx.append(tables.ratings, row.with_columns(first_at=now, rated_at=now), stamp=True)
        else:
            tx.amend(tables.ratings, row.with_columns(rated_at=now), on=("order_id",))
        tx.append(tables.rating_events, row.with_columns(at=now), stamp=True)
        tx.note(stars=given.stars, before=desk.stars, letters=len(words))
    return True
