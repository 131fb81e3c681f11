"""Buyers found an article sold out: they are told so, or led to a refund before they ask for one."""

from datetime import timedelta

import polars as pl

from engine.errors import NotAllowed
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.model.notices import NoticeKind
from engine.response.outcome import Measure, Outcome, counted
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Preview, fingerprint
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.notices.write_notice import write_buyer_notices
from engine.usecases.room.workplace import Workplace


def subject(params: Params) -> str:
    """The pool and what is told."""
    return f"{params['show_id']}/{params['sku']}/{params['notice']}"


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotAllowed where buyers cannot be told anything, or nobody is left to tell."""
    gateway = work.database.read("SELECT 1 FROM notice_channels WHERE configured AND kind = 'gateway'")
    if gateway.is_empty():
        raise NotAllowed("No gateway to buyers is configured: the settings name none in [channels].")
    told = work.database.read(
        """
        SELECT o.order_id, o.order_no, any_value(s.name_zh) AS goods, any_value(o.amount_cents) AS cents
        FROM orders o JOIN order_lines l ON l.order_id = o.order_id AND l.sku = $sku JOIN skus s ON s.sku = l.sku
        WHERE o.show_id = $show AND o.status = 'sold_out'
          AND $kind || ':' || o.order_id NOT IN (SELECT cause FROM notices)
        GROUP BY o.order_id, o.order_no ORDER BY o.order_id
        """,
        {"sku": params["sku"], "show": params["show_id"], "kind": params["notice"]},
    )
    if told.is_empty():
        raise NotAllowed(f"No buyer of {params['sku']} in {params['show_id']} is sold out and untold.")
    preview = Preview(
        orders=told.height,
        stake_cents=int(told["cents"].sum()),
        promised={"notices": told.height},
        inputs=fingerprint(told["order_id"].to_list()),
    )
    return Planned(preview, (NoticeKind(params["notice"]), told))


def apply(_work: Workplace, tx: Transaction, planned: Planned, _reason: str) -> Applied:
    """Into the outbox, in this very commit."""
    kind, told = planned.made
    rows = told.with_columns(cause=pl.concat_str(pl.lit(kind.value), "order_id", separator=":"))
    if kind is NoticeKind.SOLD_OUT:
        rows = rows.select("order_id", "cause", "order_no", "goods")
    else:
        yuan = pl.Series("yuan", [f"{cents / 100:.2f}" for cents in told["cents"]], dtype=pl.String)
        rows = rows.with_columns(yuan).select("order_id", "cause", "order_no", "yuan")
    return Applied({"notices": write_buyer_notices(tx, kind, rows)})


def measure(work: Workplace, done: Executed, _horizon: timedelta) -> Outcome:
    """Buyers who have the notice; at most, those whom the gateway took it for."""
    [(delivered, sent)] = work.database.read(
        "SELECT count(*) FILTER (state = 'delivered'), count(*) FILTER (state IN ('delivered', 'sent')) "
        "FROM notices WHERE version = $version AND audience = 'buyer'",
        {"version": done.version},
    ).rows()
    return counted(Measure.BUYERS_TOLD, standing=int(delivered), ever=int(sent), of=done.happened["notices"])


SPEC = ActionSpec(
    kind=ActionKind.SEND_NOTICES,
    desk=Desk.SERVICE,
    reversibility=Reversibility.NONE,
    parameters=(
        Parameter("show_id", Of.SHOW),
        Parameter("sku", Of.SKU),
        Parameter("notice", Of.CHOICE, choices=(NoticeKind.SOLD_OUT.value, NoticeKind.REFUND_FIRST.value)),
    ),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=measure,
    no_undo="What a buyer was told cannot be untold; what still waits can be stopped on the page of notices.",
)
