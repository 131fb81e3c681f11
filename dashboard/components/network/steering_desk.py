"""Where an operator changes the network: choose what, see what it would do, say why, do it.

The preview is the decision itself, made without writing; executing decides once more, so that what buyers and carriers
did meanwhile counts. A preview belongs to one change: choose another and it is gone.
"""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.boards.four import Network
from dashboard.commands import desk as commands
from dashboard.components.actions import deed
from dashboard.components.network import network_tables
from dashboard.permits import permit
from dashboard.wording import Words
from engine.allocation.steering import Change, ChangeKind
from engine.usecases.actions.kinds.spec import Planned
from engine.usecases.actions.kinds.steering import action_for
from engine.usecases.steering.plan_steering import Steering

_PREVIEW = "steering_preview"


def desk(t: Words, board: Network) -> None:
    """Choice, preview, execution."""
    with st.container(border=True, key="steering-desk"):
        st.markdown(f"**{t('network.desk')}**")
        change = _choice(t, board)
        deed.told()
        seen: Planned | None = st.session_state.get(_PREVIEW)
        if change is None:
            st.caption(t("network.nothing_to_choose"))
        elif seen is not None and seen.made.change == change:
            _preview(t, board, seen)
        else:
            st.caption(t("network.desk_help"))


def _choice(t: Words, board: Network) -> Change | None:
    """The change that the boxes describe, with the button that previews it; None where there is nothing to choose."""
    what, *rest, go = st.columns([1.3, 1.7, 1.7, 0.8, 0.8], vertical_alignment="bottom")
    kind = what.selectbox(
        t("network.what"), list(ChangeKind), format_func=lambda kind: t.of("change", kind), key="steering_kind"
    )
    change = _CHOICES[kind](t, board, rest, kind)
    if go.button(
        t("network.preview"),
        icon=":material/visibility:",
        width="stretch",
        key="steering_see",
        **permit(t, "preview_steering", disabled=change is None),
    ):
        made = commands.preview_steering(t, change) if change is not None else None
        if isinstance(made, commands.Told):
            deed.tell(made)
        st.session_state[_PREVIEW] = made
    return change


def _node(t: Words, board: Network, boxes: Any, kind: ChangeKind) -> Change | None:
    wanted = "open" if kind == ChangeKind.NODE_CLOSED else "closed"
    names = _names(t, board.nodes.filter((pl.col("state") == wanted) | (pl.col("open_parcels") > 0)), "node")
    node = boxes[0].selectbox(t("col.node"), names, format_func=lambda code: _line(names, code), key=f"node-{kind}")
    return None if node is None else Change(kind=kind, node=node)


def _lot(t: Words, board: Network, boxes: Any, kind: ChangeKind) -> Change | None:
    if kind == ChangeKind.LOT_RELEASED:
        names = _names(t, board.lots, "lot")
    else:
        names = _names(t, board.stock.unique("lot", maintain_order=True).sort("lot"), "lot")
    lot = boxes[0].selectbox(t("col.lot"), names, format_func=lambda code: _line(names, code), key=f"lot-{kind}")
    return None if lot is None else Change(kind=kind, lot=lot)


def _carrier(t: Words, board: Network, boxes: Any, kind: ChangeKind) -> Change | None:
    resuming = kind == ChangeKind.CARRIER_RESUMED
    stopped = dict(board.carriers.select("carrier", "stops").iter_rows())
    names = _names(t, board.carriers.filter((pl.col("stops").list.len() > 0) | pl.lit(not resuming)), "carrier")
    carrier = boxes[0].selectbox(
        t("col.carrier"), names, format_func=lambda code: _line(names, code), key=f"carrier-{kind}"
    )
    if carrier is None:
        return None
    places = network_tables.places_of(t, board.divisions)
    prefixes = stopped[carrier] if resuming else list(places)
    region = boxes[1].selectbox(
        t("col.region"), prefixes, format_func=lambda code: places.get(code, code), key=f"region-{kind}-{carrier}"
    )
    return None if region is None else Change(kind=kind, carrier=carrier, region=region)


def _count(t: Words, board: Network, boxes: Any, kind: ChangeKind) -> Change | None:
    names = _names(t, board.nodes, "node")
    node = boxes[0].selectbox(t("col.node"), names, format_func=lambda code: _line(names, code), key=f"node-{kind}")
    here = board.stock.filter(pl.col("node") == node).sort("lot")
    lots = _names(t, here, "lot")
    lot = boxes[1].selectbox(t("col.lot"), lots, format_func=lambda code: _line(lots, code), key=f"lot-{kind}-{node}")
    if lot is None:
        return None
    booked = int(here.filter(pl.col("lot") == lot)["on_hand"].item())
    units = boxes[2].number_input(
        t("network.counted"), min_value=0, value=booked, step=1, key=f"units-{node}-{lot}", help=t("network.count_help")
    )
    return Change(kind=kind, node=node, lot=lot, units=int(units))


def _led_away(t: Words, board: Network, boxes: Any, kind: ChangeKind) -> Change | None:
    names = _names(t, board.nodes.filter(pl.col("open_parcels") > 0), "node")
    node = boxes[0].selectbox(t("col.node"), names, format_func=lambda code: _line(names, code), key=f"node-{kind}")
    places = network_tables.places_of(t, board.divisions)
    region = boxes[1].selectbox(
        t("col.region"), places, format_func=lambda code: places.get(code, code), key=f"region-{kind}"
    )
    return None if node is None or region is None else Change(kind=kind, node=node, region=region)


_CHOICES = {
    ChangeKind.NODE_CLOSED: _node,
    ChangeKind.NODE_REOPENED: _node,
    ChangeKind.LOT_QUARANTINED: _lot,
    ChangeKind.LOT_RELEASED: _lot,
    ChangeKind.CARRIER_STOPPED: _carrier,
    ChangeKind.CARRIER_RESUMED: _carrier,
    ChangeKind.STOCK_COUNTED: _count,
    ChangeKind.ORDERS_LED_AWAY: _led_away,
}


def _names(t: Words, frame: pl.DataFrame, key: str) -> dict[str, str]:
    return {row[key]: t.name(row) for row in frame.iter_rows(named=True)}


def _line(names: dict[str, str], code: str) -> str:
    return f"{names[code]} · {code}"


def _preview(t: Words, board: Network, planned: Planned) -> None:
    seen: Steering = planned.made
    figures = seen.figures()
    shown = (
        ("moved", t.count(figures["orders_moved"]), t("preview.parcels", old=figures["parcels_cancelled"],
                                                      new=figures["parcels_planned"])),
        ("extra", t.money(figures["extra_cents"]), t("preview.was", before=t.money(figures["before_cents"]))),
        ("edits", t.count(figures["edits"]), t("preview.risk", money=t.money(figures["edit_risk_cents"]))),
        ("waiting", t.count(figures["back_to_waiting"]), t("preview.waiting_note")),
        ("impossible", t.count(figures["not_possible"]), t("preview.impossible_note")),
    )  # fmt: skip
    for column, (name, value, note) in zip(st.columns(5, gap="small"), shown, strict=True):
        alarm = name in ("edits", "waiting", "impossible") and value != "0"
        column.metric(
            t(f"preview.{name}"), value, delta=note, delta_color="orange" if alarm else "gray", delta_arrow="off",
            border=True,
        )  # fmt: skip
    if stock := _stock_lines(t, figures):
        st.caption(" · ".join(stock))
    if figures["edits"]:
        st.warning(t("preview.edit_warning"), icon=":material/gavel:")
    names = {**_names(t, board.nodes, "node"), **_names(t, board.carriers, "carrier")}
    if seen.moved.height or seen.stuck.height:
        ways, left = st.columns([1.6, 1], gap="medium")
        with ways:
            st.markdown(f"**{t('preview.routes')}**")
            network_tables.routes(t, seen.routes(), names)
        with left:
            st.markdown(f"**{t('preview.left_behind')}**")
            network_tables.preview_stuck(t, seen.stuck)
    kind, params = action_for(seen.change)
    deed.line(t, kind, planned.preview)
    done = deed.button(t, kind, params, planned.preview, key="steering")
    if done is not None:
        if done.done:
            st.session_state.pop(_PREVIEW, None)
        deed.tell(done)


def _stock_lines(t: Words, figures: dict[str, Any]) -> list[str]:
    """What the change does to stock and promises, where it does anything."""
    told = {
        "on_hand": figures["on_hand_delta"],
        "fenced": figures["quarantined_delta"],
        "withdrawn": -figures["withdrawn_units"],
        "short": figures["short_units"],
    }
    return [t(f"preview.{name}", n=f"{units:+,}") for name, units in told.items() if units]
