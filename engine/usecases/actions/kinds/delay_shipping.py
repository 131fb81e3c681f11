"""Capacity is dear: the buyers whose waiting is worth most are asked to wait, for a compensation; each may decline."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from engine.errors import NotAllowed
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.model.delays import DelayState
from engine.response.outcome import Measure, Outcome, counted
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Impossible, Preview, fingerprint
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.allocation.delay_records import Move, move_offers, offers_by_id, stagger_policy
from engine.usecases.allocation.review_delays import review_within
from engine.usecases.room.workplace import Workplace


def subject(params: Params) -> str:
    """How many at most."""
    return f"{params['most']}"


def plan(work: Workplace, params: Params) -> Planned:
    """Those that were chosen, or the most worthwhile. Raises NotAllowed where none stands that a buyer would have time
    to answer."""
    chosen = [one for one in params.get("offers", "").split(",") if one]
    since = work.now() + timedelta(minutes=stagger_policy().least_answer_minutes)
    offers = work.database.read(
        """
        SELECT d.offer_id, d.compensation_cents, d.acceptance, d.saving_cents, o.amount_cents
        FROM delay_offers d JOIN orders o ON o.order_id = d.order_id
        WHERE d.state = 'proposed' AND d.expires_at > $since AND o.status = 'reserved'
          AND o.promise_at = d.promise_before AND ($every OR d.offer_id IN (SELECT unnest($chosen)))
        ORDER BY d.saving_cents DESC, d.offer_id LIMIT $most
        """,
        {"since": since, "most": params["most"], "every": not chosen, "chosen": chosen or [""]},
    )
    if offers.is_empty():
        raise NotAllowed("No offer to wait is proposed: the room proposes them where capacity is dear.")
    expected = (offers["acceptance"] * offers["compensation_cents"]).sum()
    preview = Preview(
        orders=offers.height,
        stake_cents=int(offers["compensation_cents"].sum()),
        cost_cents=round(float(expected)),
        gain_cents=int(offers["saving_cents"].sum()),
        impossible=(Impossible(gone, "offer_gone"),) if (gone := max(len(chosen) - offers.height, 0)) else (),
        promised={"offers": offers.height, "compensation_cents": int(offers["compensation_cents"].sum())},
        inputs=fingerprint(offers["offer_id"].to_list()),
    )
    return Planned(preview, offers)


def apply(_work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """Let them go to the gateway."""
    offers: pl.DataFrame = planned.made
    review_within(tx, offers["offer_id"].to_list(), DelayState.APPROVED, reason=reason)
    return Applied(dict(planned.preview.promised), {"offers": offers["offer_id"].to_list()})


def undo(_work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Take back the offers that no buyer has seen yet. Raises NotAllowed where there is none."""
    offers = [
        offer for offer in offers_by_id(tx, done.kept["offers"]).values() if offer["state"] == DelayState.APPROVED
    ]
    if not offers:
        raise NotAllowed("Every one of these buyers was asked or has moved on: an offer that was made stands.")
    move_offers(tx, [Move(offer, DelayState.WITHDRAWN, tx.at, reason) for offer in offers])
    return {"offers": len(offers), "compensation_cents": sum(int(one["compensation_cents"]) for one in offers)}


def measure(work: Workplace, done: Executed, _horizon: timedelta) -> Outcome:
    """Buyers who wait because they were asked; at most, those who may still say yes as well."""
    states = work.database.read(
        "SELECT state FROM delay_offers WHERE offer_id IN (SELECT unnest($ids))", {"ids": list(done.kept["offers"])}
    )["state"].to_list()
    yes = states.count(DelayState.ACCEPTED)
    still = sum(state in (DelayState.APPROVED, DelayState.SENT) for state in states)
    return counted(Measure.BUYERS_WAITING, standing=yes, ever=yes + still, of=len(states))


SPEC = ActionSpec(
    kind=ActionKind.DELAY_SHIPPING,
    desk=Desk.SERVICE,
    reversibility=Reversibility.UNTIL,
    parameters=(Parameter("most", Of.UNITS), Parameter("offers", Of.OFFERS)),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=measure,
    undo=undo,
)
