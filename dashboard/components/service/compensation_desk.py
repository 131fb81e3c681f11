"""The desk of compensations: figures, what waits for a yes with its reasons, budgets, and what was decided.

The list stays as it was laid while somebody chooses, as on the review desk: rows are chosen by position.
"""

from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import state
from dashboard.boards.compensation import Compensations
from dashboard.commands import compensation as commands
from dashboard.commands.desk import Told
from dashboard.components import ages, outcomes, panels
from dashboard.components.service import compensation_tables
from dashboard.permits import permit
from dashboard.wording import Words

STALE_SECONDS = 60
_LAID, _ROUND, _TOLD = "compensation_laid", "compensation_round", "compensation_told"
PANELS = ("queue", "budgets", "log")


def figures(t: Words, board: Compensations, now: datetime) -> None:
    """Four tiles: what waits, what needs a manager, what the newest budget has left, what was paid."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    queue, budget = board.queue, board.budget
    managers = queue.filter(pl.col("approver") == "manager").height
    used = 1 - budget.left_cents / budget.cents if budget.cents else 0.0
    paid = int(budget.budgets["paid"].sum())
    shown = (
        ("waiting", t.count(queue.height), t("compensation.waiting_note", money=t.money(budget.proposed_cents)),
         "orange" if queue.height else "green"),
        ("manager", t.count(managers), t("compensation.manager_note"), "orange" if managers else "gray"),
        ("left", t.money(budget.left_cents) if budget.key else t("compensation.no_budget"),
         _budget_note(t, board, used),
         "red" if used > 0.9 else "gray"),
        ("paid", t.count(paid), t("compensation.paid_note", money=t.money(int(budget.budgets["paid_cents"].sum()))),
         "gray"),
    )  # fmt: skip
    for column, (name, value, note, colour) in zip(st.columns(4, gap="small"), shown, strict=True):
        with column:
            panels.tile(f"compensation-{name}", t(f"compensation.{name}"), value, note, fresh, colour=colour)


def _budget_note(t: Words, board: Compensations, used: float) -> str:
    budget = board.budget
    if budget.key is None:
        return t("compensation.opens")
    name = compensation_tables.budget_name(t, budget.budgets.row(0, named=True))
    return t("compensation.left_note", name=name, share=t.share(used), money=t.money(budget.cents))


def choices(t: Words) -> str:
    """Which panel; from the address bar."""
    chosen = state.one_of(st.query_params.get("panel"), PANELS)
    with st.container(horizontal=True, vertical_alignment="center", key="compensation-choices"):
        st.segmented_control(
            t("compensation.panel"), PANELS, default=chosen, format_func=lambda name: t.of("compensation_panel", name),
            key="compensation_panel", label_visibility="collapsed", required=True, on_change=_choose,
        )  # fmt: skip
        st.caption(t("compensation.who_pays"))
    return chosen


def _choose() -> None:
    st.query_params["panel"] = st.session_state["compensation_panel"]


def told() -> None:
    """What the last click came to."""
    outcomes.tell(_TOLD)


def changed(board: Compensations) -> int:
    """How many proposals came or went since the list was laid."""
    laid = st.session_state.get(_LAID)
    return 0 if laid is None else len(set(laid["compensation_id"]) ^ set(board.queue["compensation_id"]))


def lay_anew() -> None:
    """Take the list as it is now; earlier choices are gone."""
    st.session_state.pop(_LAID, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def queue(t: Words, board: Compensations) -> None:
    """Proposals: look for more, approve all or the chosen ones, or reject them with a reason."""
    laid: pl.DataFrame = st.session_state.setdefault(_LAID, board.queue)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="look"):
        st.markdown(f"**{t('compensation.queue', n=t.count(laid.height))}**", width="content")
        may = permit(t, "propose_compensations")
        if st.button(t("compensation.look"), icon=":material/manage_search:", key="compensation-look", **may):
            _end(commands.propose(t))
    lap = st.session_state.get(_ROUND, 0)
    chosen = compensation_tables.queue(t, laid, key=f"compensations-{lap}")
    if laid.is_empty():
        return
    rows = laid[chosen] if chosen else laid
    if len(chosen) == 1:
        compensation_tables.one(t, rows.row(0, named=True))
    _decide(t, rows, every=not chosen, lap=lap)


def _decide(t: Words, rows: pl.DataFrame, *, every: bool, lap: int) -> None:
    ids, n = rows["compensation_id"].to_list(), t.count(rows.height)
    saving = int((rows["nothing_cents"] - rows["expected_cents"]).sum())
    with st.form("compensations", border=True):
        st.caption(t("compensation.cost", n=n, most=t.money(int(rows["cost_cents"].sum())), saving=t.money(saving)))
        reason, approve, reject = st.columns([4, 1.2, 1.2], vertical_alignment="bottom")
        why = reason.text_input(t("stagger.reason"), key=f"compensation-reason-{lap}", max_chars=200)
        go = approve.form_submit_button(
            t("stagger.approve_all", n=n) if every else t("stagger.approve", n=n), type="primary",
            icon=":material/check:", width="stretch", **permit(t, "approve_compensations"),
        )  # fmt: skip
        stop = reject.form_submit_button(
            t("stagger.reject_all", n=n) if every else t("stagger.reject", n=n), icon=":material/block:",
            width="stretch", **permit(t, "reject_compensations"),
        )  # fmt: skip
    if go:
        _end(commands.approve(t, ids))
    if stop:
        _end(commands.reject(t, ids, reason=why))


def budgets(t: Words, board: Compensations) -> None:
    """Every budget, and the form that sets one."""
    rows: dict[str, dict[str, Any]] = {row["budget_key"]: row for row in board.budget.budgets.iter_rows(named=True)}
    if not rows:
        st.caption(t("compensation.no_budget_yet"))
        return
    compensation_tables.budgets(t, board.budget.budgets)
    policy = board.policy.budget
    st.caption(
        t("compensation.budget_rule", share=f"{policy.show_share:.1%}",
          least=t.money(round(100 * policy.show_least_yuan)), shop=t.money(policy.shop_cents))
    )  # fmt: skip
    with st.form("compensation-budget", border=True):
        which, yuan, reason, go = st.columns([2, 1.2, 3, 1.2], vertical_alignment="bottom")
        key = which.selectbox(
            t("compensation.which"), list(rows), format_func=lambda k: compensation_tables.budget_name(t, rows[k])
        )
        amount = yuan.number_input(t("compensation.yuan"), min_value=0.0, max_value=10_000_000.0, step=100.0,
                                   value=rows[next(iter(rows))]["cents"] / 100)  # fmt: skip
        why = reason.text_input(t("compensation.why"), max_chars=200, key="budget-reason")
        may = permit(t, "set_compensation_budget")
        if go.form_submit_button(t("compensation.set"), icon=":material/savings:", width="stretch", **may):
            _end(commands.set_budget(t, key, round(100 * amount), reason=why))


def log(t: Words, board: Compensations) -> None:
    """What was decided, and how far the gateway got; what it has not fetched can be taken back."""
    lap = st.session_state.get(_ROUND, 0)
    chosen = compensation_tables.log(t, board.log, key=f"compensation-log-{lap}")
    rows = board.log[chosen].filter(pl.col("state") == "approved")
    if rows.is_empty():
        st.caption(t("compensation.take_back_how"))
        return
    with st.form("compensation-withdraw", border=True):
        reason, go = st.columns([4, 1.4], vertical_alignment="bottom")
        why = reason.text_input(t("compensation.why"), max_chars=200, key=f"withdraw-reason-{lap}")
        may = permit(t, "withdraw_compensations")
        label = t("compensation.take_back", n=t.count(rows.height))
        if go.form_submit_button(label, icon=":material/undo:", width="stretch", **may):
            _end(commands.withdraw(t, rows["compensation_id"].to_list(), reason=why))


def _end(outcome: Told) -> None:
    st.session_state[_TOLD] = outcome
    if outcome.done:
        lay_anew()
    st.rerun()
