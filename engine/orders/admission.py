"""The gate: every arriving order gets exactly one ending, in arrival order, first paid first served within a batch.

    known, same lines   -> duplicate (a refund or cancellation it brings is news)
    known, other lines  -> quarantined: one number cannot be two orders
    unpaid              -> unpaid
    refunded, cancelled -> accepted, holds nothing
    paid                -> reserved, held (reserved, but waits for a person) or sold out

State is in memory and can be rebuilt from the orders alone. Decides and remembers; writes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson
import polars as pl

from engine.model.states import Fate, OrderStatus, RowEnd
from engine.orders.holds import HoldPolicy, HoldWatch, Reason, Suspect
from engine.orders.reservation import ReservationBook

NO_REASON = "[]"

# Bound once: Python 3.11 takes 130 ns to look a member up, four times an order.
UNPAID, PAID = Fate.UNPAID.value, Fate.PAID.value
ACCEPTED, DUPLICATE = RowEnd.ACCEPTED.value, RowEnd.DUPLICATE.value
RESERVED = OrderStatus.RESERVED.value


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided, in the order it was decided.

    `frame`: order_id, end (RowEnd), outcome (OrderStatus or null), reason (JSON), one row an arriving order.
    `news`: order_id, kind: orders already known that turn out refunded or cancelled.
    """

    frame: pl.DataFrame
    news: pl.DataFrame


class Admission:
    """Everything the gate remembers: free stock, known orders, unpaid sightings, changes that came too early."""

    def __init__(self, book: ReservationBook, policy: HoldPolicy) -> None:
        self.book = book
        self.watch = HoldWatch(policy)
        self.known: dict[str, int] = {}  # order -> fingerprint; about 150 bytes an order
        self.unpaid: set[str] = set()
        self.early: dict[str, str] = {}  # order -> cancelled or refunded before it was ever seen

    def decide(self, orders: pl.DataFrame, lines: pl.DataFrame, *, now_us: int) -> Decisions:
        """Endings for `orders` (frames.ORDERS) with their `lines` (frames.LINES), in the frame's own order.

        An order id stands in `orders` once: what one batch says twice is settled before it comes here.
        """
        needs = _needs(lines)
        ends: list[str] = []
        outcomes: list[str | None] = []
        reasons: list[str] = []
        news: list[tuple[str, str]] = []
        for candidate in _candidates(orders):
            end, outcome, reason = self._end(*candidate, needs, news, now_us)
            ends.append(end)
            outcomes.append(outcome)
            reasons.append(reason)
        decided = pl.DataFrame(
            {"order_id": orders["order_id"], "end": ends, "outcome": outcomes, "reason": reasons},
            schema_overrides={"end": pl.String, "outcome": pl.String, "reason": pl.String},
        )
        heard = pl.DataFrame(news, schema={"order_id": pl.String, "kind": pl.String}, orient="row")
        return Decisions(decided, heard)

    def _end(
        self,
        order_id: str,
        fate: str,
        fingerprint: int,
        show: str,
        province: str,
        promise_us: int | None,
        suspect: Suspect,
        needs: Mapping[str, dict[str, int]],
        news: list[tuple[str, str]],
        now_us: int,
    ) -> tuple[str, str | None, str]:
        known = self.known.get(order_id)
        if known is not None:
            if fate == UNPAID:
                return DUPLICATE, None, NO_REASON
            if known != fingerprint:
                detail = f"order {order_id} was accepted before with other lines; correct the number or drop it"
                return RowEnd.QUARANTINED, None, reasons_json((Reason("conflict", detail),))
            if fate in (Fate.REFUNDED, Fate.CANCELLED):
                news.append((order_id, fate))
            return DUPLICATE, None, NO_REASON
        if fate == UNPAID:
            if order_id in self.unpaid:
                return DUPLICATE, None, NO_REASON
            self.unpaid.add(order_id)
            return RowEnd.UNPAID, None, NO_REASON
        self.known[order_id] = fingerprint
        if self.early:
            fate = self.early.pop(order_id, fate)
        if fate != PAID:
            return ACCEPTED, fate, reasons_json((Reason("source", f"arrived as {fate}"),))
        refusal = self.book.reserve(show, province, needs[order_id], promise_us=promise_us)
        if refusal is not None:
            return ACCEPTED, OrderStatus.SOLD_OUT, reasons_json((refusal,))
        suspicions = self.watch.examine(suspect, now_us)
        if suspicions:
            return ACCEPTED, OrderStatus.HELD, reasons_json(suspicions)
        return ACCEPTED, RESERVED, NO_REASON


def _needs(lines: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Per order: units of each physical SKU; a SKU that is in a kit and alone is one entry with the sum."""
    needs: dict[str, dict[str, int]] = {}
    columns = (lines[c].to_list() for c in ("order_id", "sku", "qty"))
    for order_id, sku, qty in zip(*columns, strict=True):
        need = needs.setdefault(order_id, {})
        need[sku] = need.get(sku, 0) + qty
    return needs


Candidate = tuple[str, str, int, str, str, int | None, Suspect]
"""One arriving order as the gate sees it: order id, fate, fingerprint, show, province, promise, what holds look at.
A tuple, because 50,000 of them pass in a second and a class costs as much as the whole decision."""


def _candidates(orders: pl.DataFrame) -> Iterable[Candidate]:
    values = orders.select(
        "buyer",
        address_key(),
        pl.col("city", "district", "street").fill_null(""),
        pl.col("created_at").dt.epoch("us"),
        pl.col("paid_at").dt.epoch("us").fill_null(0),
        "amount_cents",
        "list_cents",
        "units",
    )
    suspects = map(Suspect, *(values[c].to_list() for c in values.columns))
    heads = (orders[c].to_list() for c in ("order_id", "fate", "fingerprint", "show_id", "province"))
    promises = orders["promise_at"].dt.epoch("us").to_list()
    return zip(*heads, promises, suspects, strict=True)


def address_key() -> pl.Expr:
    """One key for one door, or "" where the platform masked the door away (nothing but asterisks)."""
    shown = pl.col("address").str.contains(r"[^*\s]").fill_null(value=False)
    whole = pl.concat_str("province", "city", "district", "street", "address", separator="/", ignore_nulls=True)
    return pl.when(shown).then(whole).otherwise(pl.lit("")).alias("address")


def reasons_json(reasons: Iterable[Reason]) -> str:
    """Reasons as the orders table keeps them: a JSON list of {rule, detail}."""
    return orjson.dumps([reason._asdict() for reason in reasons]).decode()
