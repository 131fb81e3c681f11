"""More of an article is needed than there is: its supplier is asked when so many units can be there."""

from collections.abc import Mapping
from datetime import timedelta

from engine.errors import NotAllowed, NotFound
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.outcome import Measure, Outcome, counted
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Preview, fingerprint
from engine.store.transaction import Transaction
from engine.usecases.actions.ask_outside import ask_supplier, take_back
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.room.workplace import Workplace


def subject(params: Params) -> str:
    """The article."""
    return str(params["sku"])


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound for an article there is not, NotAllowed while its supplier is asked for it."""
    sku, units = params["sku"], params["units"]
    found = work.database.read("SELECT supplier, cost_cents FROM skus WHERE sku = $sku", {"sku": sku}).rows()
    if not found:
        raise NotFound(f"There is no article {sku!r}.")
    supplier, cost = found[0]
    standing = work.database.read(
        "SELECT request_id FROM supplier_requests WHERE sku = $sku AND state = 'asked' AND answer_by > $now",
        {"sku": sku, "now": work.now()},
    )
    if standing.height:
        raise NotAllowed(f"{supplier} is asked for {sku} already and has time to answer.")
    preview = Preview(
        stake_cents=units * cost, promised={"units": units}, inputs=fingerprint(sku, supplier, units, params["hours"])
    )
    return Planned(preview, (supplier, sku, units, params["hours"]))


def apply(_work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """Ask, and tell the desk that calls."""
    supplier, sku, units, hours = planned.made
    until = tx.at + timedelta(hours=hours)
    request_id = ask_supplier(tx, supplier, sku, units, why=reason, answer_by=until)
    return Applied(dict(planned.preview.promised), {"request_id": request_id})


def undo(_work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Take the question back."""
    return {"requests": take_back(tx, done.kept["request_id"], carriers=False, keep=None, reason=reason)}


def measure(work: Workplace, done: Executed, _horizon: timedelta) -> Outcome:
    """Units received of the article since."""
    [(units,)] = work.database.read(
        "SELECT coalesce(sum(on_hand_delta), 0)::BIGINT FROM stock_movements "
        "WHERE sku = $sku AND kind = 'receipt' AND version > $version",
        {"sku": done.params["sku"], "version": done.version},
    ).rows()
    return counted(Measure.UNITS_RECEIVED, standing=int(units), ever=int(units), of=done.happened["units"])


SPEC = ActionSpec(
    kind=ActionKind.ASK_SUPPLIER,
    desk=Desk.INVENTORY,
    reversibility=Reversibility.FULL,
    parameters=(
        Parameter("sku", Of.SKU),
        Parameter("units", Of.UNITS),
        Parameter("hours", Of.UNITS, most=240),
    ),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=measure,
    undo=undo,
)
