"""Where a switch of carrier is planned: who takes over, at what cost, gain and regret; and the proposals that stand.

Nothing is carried out here. An operator does that on the network page, by stopping the carrier in the places named.
"""

from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard.boards.partners import Partners
from dashboard.commands import partners as partner_commands
from dashboard.commands.desk import Told
from dashboard.components import grid, outcomes
from dashboard.components.network import network_tables
from dashboard.permits import permit
from dashboard.wording import NOTHING, Words
from engine.allocation.steering import ChangeKind
from engine.usecases.steering.plan_switch import Switch

_SEEN, _TOLD = "switch_seen", "switch_told"
SHARES = (1.0, 0.5, 0.25)


def desk(t: Words, board: Partners) -> None:
    """Choose a carrier, a place and a share; see what it would mean; keep it as a proposal."""
    with st.container(border=True, key="switch-desk"):
        st.markdown(f"**{t('switch.desk')}**")
        outcomes.tell(_TOLD)
        carrier, region, share = _choice(t, board)
        seen: Switch | None = st.session_state.get(_SEEN)
        if seen is None or (seen.carrier, seen.region, seen.share) != (carrier, region, share):
            st.caption(t("switch.help"))
            return
        _preview(t, board, seen)


def _choice(t: Words, board: Partners) -> tuple[str, str, float]:
    who, where, part, go = st.columns([1.6, 1.8, 1, 0.9], vertical_alignment="bottom")
    names = {row["carrier"]: t.name(row) for row in board.carriers.iter_rows(named=True)}
    places = network_tables.places_of(t, board.divisions)
    carrier = who.selectbox(
        t("col.carrier"), names, format_func=lambda code: f"{names[code]} · {code}", key="switch_carrier"
    )
    region = where.selectbox(t("col.region"), places, format_func=lambda code: places[code], key="switch_region")
    share = part.selectbox(t("switch.share"), SHARES, format_func=lambda one: f"{one:.0%}", key="switch_share")
    if go.button(
        t("switch.plan"), icon=":material/visibility:", width="stretch", key="switch_see", **permit(t, "preview_switch")
    ):
        with st.spinner(t("switch.planning")):
            made = partner_commands.preview_switch(t, carrier, region, share=share)
        st.session_state[_TOLD if isinstance(made, Told) else _SEEN] = made
        st.rerun()
    return carrier, region, share


def _preview(t: Words, board: Partners, seen: Switch) -> None:
    late = next((one for one in seen.expected if one.measure == "pick_up"), None)
    gain = NOTHING if late is None else t.count(late.before - late.after)
    shown = (
        ("orders", t.count(seen.orders), t("switch.orders_note", edits=seen.edits, fixed=seen.fixed), "gray"),
        ("extra", t.money(seen.extra_cents), t("switch.extra_note", risk=t.money(seen.edit_risk_cents)), "gray"),
        ("gain", gain, NOTHING if late is None else t("switch.gain_note", before=t.count(late.before),
                                                      after=t.count(late.after)), "gray"),
        ("worth", t.money(seen.worth_cents), t("switch.worth_note", saved=t.money(seen.saved_cents)),
         "green" if seen.worth_cents > 0 else "red"),
        ("regret", t.money(seen.regret_cents), _break_even(t, seen.worth_cents, seen.regret_cents), "gray"),
    )  # fmt: skip
    for column, (name, value, note, colour) in zip(st.columns(5, gap="small"), shown, strict=True):
        column.metric(t(f"switch.{name}"), value, delta=note, delta_color=colour, delta_arrow="off", border=True)
    if not seen.expected:
        st.warning(t("switch.no_record"), icon=":material/help:")
    if seen.edits:
        st.warning(t("preview.edit_warning"), icon=":material/gavel:")
    names = {row["carrier"]: t.name(row) for row in board.carriers.iter_rows(named=True)}
    takers = pl.DataFrame(
        [(names.get(one.carrier, one.carrier), one.orders, one.parcels, one.capacity_left) for one in seen.takers],
        schema=["carrier", "orders", "parcels", "left"], orient="row",
    )  # fmt: skip
    columns = {
        "carrier": grid.text(t("switch.taker"), width=200),
        "orders": grid.number(t("col.orders"), width=90),
        "parcels": grid.number(t("partners.parcels"), width=90),
        "left": grid.number(t("switch.capacity_left"), width=150),
    }
    grid.show(t, takers, columns, key="switch-takers", height=160)
    st.caption(t("switch.proposes"))
    if st.button(
        t("switch.keep"), type="primary", icon=":material/bookmark_add:", key="switch_keep", **permit(t, "keep_switch")
    ):
        st.session_state[_TOLD] = partner_commands.keep_switch(t, seen)
        st.session_state.pop(_SEEN, None)
        st.rerun()


def _break_even(t: Words, worth: int, regret: int) -> str:
    """Up to which chance of a recovery the switch still pays."""
    if worth <= 0:
        return t("switch.never_pays")
    return t("switch.break_even", share=t.share(worth / (worth + regret)))


def proposals(t: Words, board: Partners) -> None:
    """What stands, each with the way to carry it out and a way off the list."""
    with st.container(border=True, key="switch-proposals"):
        st.markdown(f"**{t('switch.standing', n=t.count(board.switches.height))}**")
        if board.switches.is_empty():
            st.caption(t("switch.none"))
            return
        places = network_tables.places_of(t, board.divisions)
        _table(t, board, places)
        lines = {
            row["proposal_id"]: f"{t.name(row)} · {places.get(row['region'], row['region'])}"
            for row in board.switches.iter_rows(named=True)
        }
        which, why, off, go = st.columns([2, 2.4, 0.9, 1.2], vertical_alignment="bottom")
        chosen = which.selectbox(
            t("switch.which"), lines, format_func=lambda one: lines.get(one, one), key="switch_which"
        )
        reason = why.text_input(t("review.reason"), max_chars=200, key="switch_why")
        if off.button(
            t("switch.withdraw"),
            icon=":material/delete:",
            width="stretch",
            key="switch_withdraw",
            **permit(t, "withdraw_switch"),
        ):
            st.session_state[_TOLD] = partner_commands.withdraw_switch(t, chosen, reason=reason)
            st.rerun()
        if go.button(t("switch.open"), icon=":material/hub:", type="primary", width="stretch", key="switch_open"):
            row = board.switches.row(by_predicate=pl.col("proposal_id") == chosen, named=True)
            prefix = orjson.loads(row["prefixes"])[0]
            # The form there keeps its choices under these keys.
            stop = ChangeKind.CARRIER_STOPPED
            st.session_state["steering_kind"] = stop
            st.session_state[f"carrier-{stop}"] = row["carrier"]
            st.session_state[f"region-{stop}-{row['carrier']}"] = prefix
            st.switch_page("../pages/network.py")


def _table(t: Words, board: Partners, places: dict[str, str]) -> None:
    frame = board.switches
    rows = [_told(t, row, places) for row in frame.iter_rows(named=True)]
    shown = frame.with_columns(
        *grid.beijing("made_at", "expires_at"),
        *grid.yuan("extra_cents", "edit_risk_cents", "saved_cents", "regret_cents"),
        name=grid.names(t, frame),
        **{key: pl.Series(key, [row[key] for row in rows], dtype=pl.String) for key in ("place", "to", "gain")},
    ).with_columns(worth=pl.col("saved_cents") - pl.col("extra_cents") - pl.col("edit_risk_cents"))
    columns = {
        "name": grid.text(t("switch.from"), width=130),
        "place": grid.text(t("col.region"), width=170),
        "to": grid.text(t("switch.taker"), width=230),
        "orders": grid.number(t("col.orders"), width=70),
        "gain": grid.text(t("switch.gain"), width=130),
        "extra_cents": grid.number(t("switch.extra"), form="¥%.2f", width=95),
        "worth": grid.number(t("switch.worth"), form="¥%.2f", width=95),
        "regret_cents": grid.number(t("switch.regret"), form="¥%.2f", width=95),
        "made_by": grid.text(t("col.actor"), width=100),
        "made_at": grid.moment(t("col.at"), form="HH:mm", width=65),
        "expires_at": grid.moment(t("switch.expires"), form="HH:mm", width=75),
    }
    grid.show(t, shown, columns, key="switch-list", height=220)


def _told(t: Words, row: dict[str, Any], places: dict[str, str]) -> dict[str, str]:
    late = next((one for one in orjson.loads(row["expected"]) if one["measure"] == "pick_up"), None)
    takers = orjson.loads(row["takers"])
    return {
        "place": ", ".join(places.get(prefix, prefix) for prefix in orjson.loads(row["prefixes"])),
        "to": ", ".join(
            f"{one['carrier']} {t.count(one['orders'])} ({t.count(one['capacity_left'])})" for one in takers
        ),
        "gain": NOTHING if late is None else f"{t.count(late['before'])} → {t.count(late['after'])}",
    }
