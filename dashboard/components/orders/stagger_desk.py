"""The desk of offers to wait: what became of them, whom the room suggests to ask next, and the operator's yes or no.

The list stays as it was laid while somebody chooses, as on the review desk: rows are chosen by position.
"""

from datetime import datetime
from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard.boards.stagger import Stagger
from dashboard.commands import desk as commands
from dashboard.components import grid, outcomes, panels
from dashboard.components.actions import deed
from dashboard.components.ages import Freshness
from dashboard.components.orders import certificate
from dashboard.permits import permit
from dashboard.wording import Words, plain
from engine.model.actions import ActionKind

HEIGHT = 345
_LAID, _ROUND, _TOLD = "delays_laid", "delays_round", "delays_told"


def standing(t: Words, board: Stagger, now: datetime) -> None:
    """What refreshes: the certificate that offers are made from, and the tiers with what became of their offers."""
    certificate.panel(t, board.certificate, now)
    owed = t("stagger.owed", money=t.money(int(board.tiers["owed_cents"].sum())))
    with panels.panel("tiers", t("stagger.tiers"), Freshness(owed, stale=False, known=True)):
        _tiers(t, board)


def _tiers(t: Words, board: Stagger) -> None:
    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = board.tiers.with_columns(
            *grid.yuan("compensation_cents", "owed_cents"),
            grid.mapped(t, "form", "form"),
            pl.col("acceptance") * 100,
            name=grid.names(t, board.tiers),
        )
        counts = ("proposed", "approved", "sent", "accepted", "declined", "silent", "lapsed")
        columns = {
            "name": grid.text(t("col.tier"), width=130),
            "extra_hours": grid.number(t("col.extra_hours"), form="+%d h", width=80),
            "compensation_cents": grid.number(t("col.compensation"), form="¥%.2f", width=90),
            "form": grid.text(t("col.form"), width=80),
            **{name: grid.number(t.of("delay_state", name), width=80) for name in counts},
            "acceptance": grid.number(t("col.acceptance"), form="%.0f %%", width=110),
            "owed_cents": grid.number(t("col.owed"), form="¥%.2f", width=90),
        }
        return shown, columns

    grid.live(t, board.tiers, build, key="tiers")


def told() -> None:
    """What the last click came to."""
    outcomes.tell(_TOLD)


def changed(board: Stagger) -> int:
    """How many proposals came or went since the list was laid."""
    laid = st.session_state.get(_LAID)
    return 0 if laid is None else len(set(laid["offer_id"]) ^ set(board.queue["offer_id"]))


def lay_anew() -> None:
    """Take the list as it is now; earlier choices are gone."""
    st.session_state.pop(_LAID, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def proposals(t: Words, board: Stagger) -> None:
    """Proposed offers: look for more, approve all or the chosen ones, or reject them with a reason."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="look"):
        st.markdown(f"**{t('stagger.queue', n=t.count(board.queue.height))}**", width="content")
        look = st.button(
            t("stagger.look"), icon=":material/manage_search:", key="look-now", **permit(t, "propose_delays")
        )
    st.caption(t("stagger.not_sent"))
    if look:
        with st.spinner(t("stagger.looking")):
            outcome = commands.propose_delays(t)
        _end(outcome)
    queue: pl.DataFrame = st.session_state.setdefault(_LAID, board.queue)
    lap = st.session_state.get(_ROUND, 0)
    chosen = _table(t, board, queue, key=f"delays-{lap}")
    if not queue.is_empty():
        _decide(t, queue[chosen] if chosen else queue, every=not chosen, lap=lap)


def _decide(t: Words, offers: pl.DataFrame, *, every: bool, lap: int) -> None:
    ids, n = offers["offer_id"].to_list(), t.count(offers.height)
    params = {"most": len(ids), "offers": ",".join(ids)}
    with st.container(border=True, key="delays"):
        st.markdown(f"**{t('stagger.all', n=n) if every else t('stagger.chosen', n=n)}**")
        seen = deed.look(t, ActionKind.DELAY_SHIPPING, params)
        if isinstance(seen, commands.Told):
            st.error(plain(seen.text))
        else:
            deed.shown(t, ActionKind.DELAY_SHIPPING, seen, {})
            done = deed.button(t, ActionKind.DELAY_SHIPPING, params, seen, key=f"delays-go-{lap}")
            if done is not None:
                _end(done)
        with st.popover(t("stagger.reject_all", n=n) if every else t("stagger.reject", n=n), icon=":material/block:"):
            why = st.text_input(t("stagger.reason"), key=f"delay-reason-{lap}", max_chars=200)
            if st.button(t("inbox.reject_go"), key=f"delays-no-{lap}", **permit(t, "reject_delays")):
                _end(commands.reject_delays(t, ids, reason=why))


def _table(t: Words, board: Stagger, queue: pl.DataFrame, *, key: str) -> list[int]:
    tiers = {row["tier"]: t.name(row) for row in board.tiers.iter_rows(named=True)}
    why = [_why(t, board, bottlenecks) for bottlenecks in queue["bottlenecks"]]
    shown = queue.with_columns(
        *grid.beijing("expires_at", "promise_before", "promise_after"),
        *grid.yuan("compensation_cents", "price_cents", "saving_cents"),
        grid.mapped(t, "province", "province"),
        grid.links(t, queue),
        pl.col("acceptance") * 100,
        pl.Series("why", why, dtype=pl.String),
        pl.Series("tier", [tiers.get(name, name) for name in queue["tier"]], dtype=pl.String),
    )
    columns = {
        "link": grid.link(t),
        "tier": grid.text(t("col.tier"), width=110),
        "compensation_cents": grid.number(t("col.compensation"), form="¥%.2f", width=80),
        "price_cents": grid.number(t("col.marginal"), form="¥%.2f", width=100),
        "acceptance": grid.number(t("col.acceptance"), form="%.0f %%", width=100),
        "saving_cents": grid.number(t("col.saving"), form="¥%.2f", width=100),
        "why": grid.text(t("col.why"), width=330),
        "promise_before": grid.moment(t("col.promise_at"), form="MM-DD HH:mm", width=105),
        "promise_after": grid.moment(t("col.promise_later"), form="MM-DD HH:mm", width=105),
        "expires_at": grid.moment(t("col.answer_by"), form="MM-DD HH:mm", width=105),
        "buyer": grid.text(t("col.buyer"), width=100),
        "province": grid.text(t("col.province"), width=100),
    }
    return grid.show(t, shown, columns, key=key, height=HEIGHT, selection="multi-row")


def _why(t: Words, board: Stagger, bottlenecks: str) -> str:
    """`East China warehouse ¥12.00 + ZTO ¥2.00`: where this order's parcels are in the way, and at what price."""
    parts = []
    for _, key, yuan, _parcels in orjson.loads(bottlenecks):
        zh, en = board.places.get(key, (key, key))
        parts.append(f"{zh if t.language == 'zh' else en} {t.money(round(yuan * 100))}")
    return " + ".join(parts)


def _end(outcome: commands.Told) -> None:
    st.session_state[_TOLD] = outcome
    if outcome.done:
        lay_anew()
    st.rerun()
