"""An operator logs what the anchor promised on air; orders that it binds promise it from this commit on.

Also orders that come later: intake asks for the promises that stand (spoken_promises.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from engine.errors import BadRequest, NotAllowed, NotFound
from engine.model.frames import INSTANT
from engine.rules.spoken import SPOKEN, bound
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.clocks.spoken_promises import codes_of_show, move_promises, orders_of_show
from engine.usecases.room.workplace import Workplace

AHEAD = timedelta(minutes=10)
"""An operator's clock may be so far ahead of ours."""
MOST_HOURS = 30 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenPromise:
    """`words`, said at `said_at` in a show about `sku` (code as sold; None: everything): pick-up within `hours` of the
    payment, or by `moment`. whole_show: orders from the show's beginning are bound, not only those paid afterwards."""

    show_id: str
    words: str
    said_at: datetime
    sku: str | None = None
    hours: float | None = None
    moment: datetime | None = None
    anchor: str | None = None
    whole_show: bool = False

    def __post_init__(self) -> None:
        if any(at is not None and at.tzinfo is None for at in (self.said_at, self.moment)):
            raise BadRequest("The promise has a time without a zone.")
        if (self.hours is None) == (self.moment is None):
            raise BadRequest("A promise is either so many hours from payment, or by a moment: name one of them.")
        if self.hours is not None and not 0 < self.hours <= MOST_HOURS:
            raise BadRequest(f"The promise is {self.hours:g} hours: it must be above 0 and up to {MOST_HOURS}.")
        if not self.words.strip():
            raise BadRequest("Write down what was said: the words are the proof.")


@dataclass(frozen=True, slots=True)
class PromiseReceipt:
    """The promise's id, and how many orders promise another time now."""

    promise_id: str
    moved: int


def log_promise(work: Workplace, promise: SpokenPromise, *, actor: str) -> PromiseReceipt:
    """Log it and move the orders that it binds, in one commit. Raises NotFound, NotAllowed or BadRequest."""
    subject = f"{promise.show_id}/{promise.sku or '*'}"
    with work.database.transaction(actor=actor, verb="log_promise", subject=subject) as tx:
        begin = _binds_from(tx, promise)
        promise_id = f"s{tx.version}"
        row = _row(promise, promise_id, begin)
        _refuse_repeated(tx, row)
        at = pl.lit(tx.at).dt.cast_time_unit("us")
        tx.append(tables.spoken_promises, row.with_columns(logged_at=at, logged_by=pl.lit(tx.actor)), stamp=True)
        orders = orders_of_show(tx, promise.show_id)
        found = bound(orders, codes_of_show(tx, promise.show_id), row.select(list(SPOKEN)))
        moved = found.join(orders.select("order_id", "promise_at"), on="order_id")
        move_promises(tx, moved)
        tx.note(words=promise.words, hours=promise.hours, moment=promise.moment, moved=moved.height)
    return PromiseReceipt(promise_id, moved.height)


def _binds_from(tx: Transaction, promise: SpokenPromise) -> datetime:
    shows = tx.frame("SELECT show_id, starts_at FROM shows", {"show_id": pl.String, "starts_at": INSTANT})
    starts: dict[str, datetime | None] = dict(shows.iter_rows())
    if promise.show_id not in starts:
        raise NotFound(f"There is no show {promise.show_id!r}.")
    if promise.sku is not None:
        known = tx.rows(
            "SELECT sku FROM skus WHERE sku = :code UNION ALL SELECT kit FROM kits WHERE kit = :code",
            {"code": promise.sku},
        )
        if not known:
            raise NotFound(f"The brand sells nothing under the code {promise.sku!r}.")
    if promise.said_at > tx.at + AHEAD:
        raise BadRequest("The promise was said at a time that has not come yet: a clock is wrong.")
    begin = promise.said_at
    if promise.whole_show:
        begin = min(starts[promise.show_id] or begin, begin)
    if promise.moment is not None and promise.moment <= begin:
        raise BadRequest("The promise is for a moment before it was made.")
    return begin


def _row(promise: SpokenPromise, promise_id: str, begin: datetime) -> pl.DataFrame:
    schema = {
        **SPOKEN,
        "anchor": pl.String,
        "words": pl.String,
        "said_at": INSTANT,
    }
    values = {
        "promise_id": promise_id,
        "show_id": promise.show_id,
        "sku": promise.sku,
        "binds_from": begin,
        "hours": promise.hours,
        "moment": promise.moment,
        "anchor": promise.anchor,
        "words": promise.words.strip(),
        "said_at": promise.said_at,
    }
    return pl.DataFrame([values], schema=schema)


def _refuse_repeated(tx: Transaction, row: pl.DataFrame) -> None:
    """A second click, or a second operator who heard the same."""
    same = ["show_id", "sku", "binds_from", "hours", "moment"]
    known = tx.frame(
        "SELECT promise_id, show_id, sku, binds_from, hours, moment FROM spoken_promises "
        "WHERE promise_id NOT IN (SELECT promise_id FROM spoken_withdrawals) AND show_id = :show",
        dict(SPOKEN),
        {"show": row["show_id"].item()},
    )
    twice = known.join(row, on=same, how="semi", nulls_equal=True)
    if not twice.is_empty():
        raise NotAllowed(f"This promise stands already, as {twice['promise_id'][0]}.")
