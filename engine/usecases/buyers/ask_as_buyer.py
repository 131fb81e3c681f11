"""A buyer asks for something on the tracking page: written down once, whatever is sent twice; a desk answers it.

An offer to wait that an operator approved is different: the buyer's yes is the answer, and moves the promise at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from engine.errors import BadRequest, NotAllowed
from engine.model.buyers import REFUND_GROUNDS, TIME_SLOTS, RequestState, Wish
from engine.model.delays import CompensationForm, DelayState
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.allocation.answer_delays import DelayAnswer, answer_delays
from engine.usecases.buyers.settle_buyer_requests import move_requests
from engine.usecases.buyers.track_order import OrderView, track_order
from engine.usecases.buyers.track_policy import track_policy
from engine.usecases.room.workplace import Workplace

ACTOR = "buyer"


@dataclass(frozen=True, slots=True)
class BuyerAsk:
    """What the form said: `value` is a slot, an address or a ground; empty for a wait."""

    wish: Wish
    value: str = ""


def ask_as_buyer(work: Workplace, link_id: str, ask: BuyerAsk) -> str:
    """Write the request of the order behind a link; returns its id, the same one for the same request while it is open.

    Raises NotFound for a link to nothing, BadRequest for a value that is none, NotAllowed for what cannot be asked now.
    """
    view = track_order(work, link_id)
    if ask.wish not in view.wishes:
        raise NotAllowed(f"{ask.wish} cannot be asked for {view.order['order_id']} now.")
    detail = _detail(view, ask)
    order_id = view.order["order_id"]
    if ask.wish is Wish.WAIT and view.offer is not None:
        _accept(work, view.offer)
    with work.database.transaction(actor=ACTOR, verb="ask_as_buyer", subject=order_id) as tx:
        return _write(tx, order_id, ask.wish, orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode(), view.offer)


def _detail(view: OrderView, ask: BuyerAsk) -> dict[str, Any]:
    policy = track_policy().wishes
    if ask.wish is Wish.CHANGE_ADDRESS:
        address = " ".join("".join(c if c.isprintable() else " " for c in ask.value).split())
        if not 5 <= len(address) <= policy.address_letters:
            raise BadRequest(f"An address has 5 to {policy.address_letters} characters.")
        return {"address": address}
    if ask.wish is Wish.WAIT:
        offer = view.offer
        named = {"offer_id": offer["offer_id"], "form": offer["form"]} if offer else {"form": CompensationForm.COUPON}
        return {**named, "cents": view.wait_cents}
    name, allowed = ("slot", TIME_SLOTS) if ask.wish is Wish.CHANGE_TIME else ("ground", REFUND_GROUNDS)
    if ask.value not in allowed:
        raise BadRequest(f"{name} must be one of {', '.join(allowed)}.")
    return {name: ask.value}


def _accept(work: Workplace, offer: Mapping[str, Any]) -> None:
    receipt = answer_delays(work, [DelayAnswer(offer["offer_id"], DelayState.ACCEPTED, work.now())], actor=ACTOR)
    if receipt.refused:  # it ran out, or the order was planned, since the page was read
        raise NotAllowed(receipt.refused[0]["error"])


def _write(tx: Transaction, order_id: str, wish: Wish, detail: str, offer: Mapping[str, Any] | None) -> str:
    """The open request with this detail; one with another detail is replaced."""
    key = pl.DataFrame({"order_id": [order_id]})
    known = tx.matching(tables.buyer_requests, key, "order_id", "request_id", "wish", "detail", "state")
    same_wish = [
        row for row in known.iter_rows(named=True) if row["wish"] == wish and row["state"] == RequestState.OPEN
    ]
    for row in same_wish:
        if row["detail"] == detail:
            return str(row["request_id"])
    if known.height >= track_policy().wishes.most_requests:
        raise NotAllowed(f"{order_id} has made {known.height} requests: a person has to look at it.")
    move_requests(tx, [(row, RequestState.REPLACED, tx.at, "") for row in same_wish])
    request_id = f"b{tx.version}-{known.height + 1}"
    now = pl.lit(tx.at).dt.cast_time_unit("us")
    made = pl.DataFrame({"request_id": [request_id], "order_id": [order_id], "wish": [wish.value], "detail": [detail]})
    tx.append(
        tables.buyer_requests,
        made.with_columns(asked_at=now, state=pl.lit(RequestState.OPEN.value), state_at=now),
        stamp=True,
    )
    if wish is Wish.WAIT and offer is not None:  # the buyer's yes was the answer
        moved = {"request_id": request_id, "order_id": order_id, "state": RequestState.OPEN.value}
        move_requests(tx, [(moved, RequestState.DONE, tx.at, offer["offer_id"])])
    tx.note(request_id=request_id, wish=wish.value, replaced=[row["request_id"] for row in same_wish])
    return request_id
