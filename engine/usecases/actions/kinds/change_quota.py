"""A province has used up its places, or should leave some to others: its quota in a show goes up or down."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from engine.errors import NotAllowed, NotFound
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.outcome import Measure, Outcome, counted
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Level, Preview, fingerprint
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.outcomes import kept_out
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.room.workplace import Workplace


def subject(params: Params) -> str:
    """The province in the show."""
    return f"{params['show_id']}/{params['province']}"


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound where there is no quota, NotAllowed below what is taken or where it is so already."""
    show, province, places = params["show_id"], params["province"], params["places"]
    found = work.database.read(
        "SELECT quantity, reserved FROM quota_balance WHERE show_id = $show AND province = $province",
        {"show": show, "province": province},
    )
    if found.is_empty():
        raise NotFound(f"{show} has no quota for {province}.")
    quantity, reserved = found.row(0)
    _check(province, places, quantity=quantity, reserved=reserved)
    [(mean,)] = work.database.read(
        "SELECT avg(amount_cents) FROM orders WHERE show_id = $show AND outcome IN ('reserved', 'held')",
        {"show": show},
    ).rows()
    more = places - quantity
    preview = Preview(
        orders=abs(more),
        stake_cents=round(abs(more) * (mean or 0)),
        levels=(Level("quota", subject(params), quantity, places),),
        promised={"places": places, "change": more},
        inputs=fingerprint(quantity, reserved, places),
    )
    return Planned(preview, (show, province, places, quantity))


def _check(province: str, places: int, *, quantity: int, reserved: int) -> None:
    if places < reserved:
        raise NotAllowed(f"{province} has {reserved} orders of this show already: its quota cannot be {places}.")
    if places == quantity:
        raise NotAllowed(f"The quota of {province} is {places} already.")


def apply(_work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """Set it."""
    show, province, places, before = planned.made
    _set(tx, show, province, places)
    tx.note(before=before, after=places, reason=reason)
    return Applied(dict(planned.preview.promised), {"before": before})


def _set(tx: Transaction, show: str, province: str, places: int) -> None:
    row = pl.DataFrame({"show_id": [show], "province": [province], "quantity": [places]})
    tx.amend(tables.quota_balance, row, on=("show_id", "province"))


def undo(_work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Set it back. Raises NotAllowed where more orders hold a place by now, or somebody changed it since."""
    show, province, before = done.params["show_id"], done.params["province"], int(done.kept["before"])
    [(quantity, reserved)] = tx.rows(
        "SELECT quantity, reserved FROM quota_balance WHERE show_id = :show AND province = :province",
        {"show": show, "province": province},
    )
    if quantity != done.params["places"]:
        raise NotAllowed(f"The quota of {province} was changed again since, to {quantity}: change it instead.")
    _check(province, before, quantity=int(quantity), reserved=int(reserved))
    _set(tx, show, province, before)
    tx.note(before=int(quantity), after=before, reason=reason)
    return {"places": before, "change": before - int(quantity)}


def measure(work: Workplace, done: Executed, _horizon: timedelta) -> Outcome:
    """Orders taken beyond the old quota; of a quota that was lowered, orders that it kept out."""
    show, province, more = done.params["show_id"], done.params["province"], done.happened["change"]
    if more < 0:
        return kept_out(work, show, "quota", province, done, of=-more)
    [(ever, standing)] = work.database.read(
        "SELECT count(*), count(*) FILTER (status IN ('reserved', 'held', 'allocated')) FROM orders "
        "WHERE show_id = $show AND province = $province AND outcome IN ('reserved', 'held')",
        {"show": show, "province": province},
    ).rows()
    beyond = [min(max(int(orders) - int(done.kept["before"]), 0), more) for orders in (standing, ever)]
    return counted(Measure.ORDERS_TAKEN, standing=beyond[0], ever=beyond[1], of=more)


SPEC = ActionSpec(
    kind=ActionKind.CHANGE_QUOTA,
    desk=Desk.ORDERS,
    reversibility=Reversibility.UNTIL,
    parameters=(
        Parameter("show_id", Of.SHOW),
        Parameter("province", Of.PROVINCE),
        Parameter("places", Of.UNITS, least=0),
    ),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=measure,
    undo=undo,
)
