"""The left side of a what-if: which orders, which changes, and the buttons. Every choice stands in the address bar."""

from collections.abc import Mapping

import streamlit as st

from dashboard import questions, sentences, state
from dashboard.boards.four import Changeable
from dashboard.components.orders import what_if_words
from dashboard.components.orders.what_if_words import Names
from dashboard.state import WhatIfView
from dashboard.wording import Words, plain
from engine.allocation.change_words import say_change
from engine.allocation.what_if import (
    Amount,
    Bound,
    CarrierCapacity,
    CarrierShare,
    Change,
    How,
    Merge,
    NodeClosed,
    NodeThroughput,
    Stock,
    Tariff,
    UnservedPrice,
)
from engine.errors import WarRoomError
from engine.usecases.allocation.ask_what_if import Which

KINDS = (
    "carrier_capacity",
    "max_share",
    "min_share",
    "node_closed",
    "node_throughput",
    "tariff",
    "stock",
    "unserved",
    "merge",
)


def scope_choice(t: Words, board: Changeable, view: WhatIfView) -> None:
    """Which orders are planned anew."""
    told = {str(m): t("what_if.recent", n=m) for m in questions.minutes()}
    for row in board.shows.iter_rows(named=True):
        told[f"{Which.SHOW.value}:{row['show_id']}"] = t("what_if.show", show=t.name(row, "title"))
    told[Which.WAITING.value] = t("what_if.waiting")
    options = list(told)
    chosen = state.scope_link(view.scope)
    st.selectbox(
        t("what_if.scope"),
        options,
        index=options.index(chosen) if chosen in options else 0,
        format_func=lambda option: told[option],
        key="what_if_scope",
        on_change=_choose_scope,
    )


def _choose_scope() -> None:
    st.query_params["scope"] = st.session_state["what_if_scope"]


def adder(t: Words, board: Changeable, by: Names) -> None:
    """Compose one change and add it to the scenario."""
    with st.container(border=True, key="what-if-adder", gap="small"):
        kind = st.selectbox(
            t("what_if.change"), KINDS, format_func=lambda name: t.of("what_if_kind", name), key="what_if_kind"
        )
        try:
            made = _composed(t, board, by, kind)
        except WarRoomError as refusal:
            st.caption(plain(sentences.said(t, str(refusal))))
            made = None
        if st.button(
            t("what_if.add"), icon=":material/add:", key="what_if_add", width="stretch", disabled=made is None
        ):
            st.query_params["change"] = [*st.query_params.get_all("change"), say_change(made)]  # type: ignore[arg-type]
            st.rerun()


def _composed(t: Words, board: Changeable, by: Names, kind: str) -> Change | None:
    """The change that the boxes say; None while one of them is empty."""
    if kind == "merge":
        allowed = st.segmented_control(
            t("what_if.merge"),
            ("off", "on"),
            default="off",
            format_func=lambda answer: t.of("what_if_change", answer),
            key="what_if_merge",
            required=True,
        )
        return Merge(allowed == "on")
    if kind == "unserved":
        return UnservedPrice(_amount(t, kind, most=1e6))
    if kind.startswith("node"):
        node = _named(t, "node", by.nodes)
        return NodeClosed(node) if kind == "node_closed" else NodeThroughput(node, _amount(t, kind, most=1e6))
    if kind == "stock":
        node, sku = _named(t, "node", by.nodes), _named(t, "sku", by.skus)
        return Stock(sku, node, _amount(t, kind, most=1e6))
    carrier = _named(t, "carrier", by.carriers)
    if kind == "tariff":
        regions = {"": t("what_if_change.everywhere"), **by.regions}
        region = _named(t, "region", regions, with_code=False)
        return Tariff(carrier, _amount(t, kind, most=1e4, hows=(How.PERCENT, How.BY)), region)
    if kind == "carrier_capacity":
        return CarrierCapacity(carrier, _amount(t, kind, most=1e6))
    bound = Bound.LEAST if kind == "min_share" else Bound.MOST
    agreed = {row["carrier"]: row[kind] for row in board.carriers.iter_rows(named=True)}
    share = st.number_input(
        t("what_if.share"), 0.0, 100.0, 100.0 * agreed[carrier], 5.0, format="%.1f", key=f"what_if_{kind}-{carrier}"
    )
    return CarrierShare(carrier, bound, share / 100)


def _named(t: Words, family: str, told: Mapping[str, str], *, with_code: bool = True) -> str:
    return st.selectbox(
        t.of("what_if_what", family),
        list(told),
        format_func=lambda code: f"{told[code]} · {code}" if with_code else told[code],
        key=f"what_if_{family}",
    )


def _amount(t: Words, kind: str, *, most: float, hows: tuple[How, ...] = tuple(How)) -> Amount:
    """How much: percent or a number. The numbers of a kind keep their own box, so that none is taken for another."""
    choice, number = st.columns([1.4, 1], vertical_alignment="bottom", gap="small")
    with choice:
        how = st.segmented_control(
            t("what_if.how"),
            hows,
            default=hows[0],
            format_func=lambda way: t.of("what_if_how", way),
            key=f"what_if_how-{kind}",
            required=True,
        )
    in_yuan = kind in ("tariff", "unserved")
    unit = "%" if how is How.PERCENT else t.of("what_if_unit_name", "yuan" if in_yuan else "units")
    with number:
        value = st.number_input(
            t("what_if.number", unit=unit),
            min_value=-100.0 if how is How.PERCENT else 0.0 if how is How.TO else -most,
            max_value=1000.0 if how is How.PERCENT else most,
            value=-30.0 if how is How.PERCENT else 0.0,
            step=5.0 if how is How.PERCENT else 0.5 if kind == "tariff" else 10.0 if in_yuan else 100.0,
            format="%.1f" if in_yuan or how is How.PERCENT else "%.0f",
            key=f"what_if_number-{kind}-{how}",
        )
    return Amount(how, value)


def scenario(t: Words, view: WhatIfView, by: Names, told: tuple[tuple[float, float], ...]) -> None:
    """The changes so far, each with the figure it is about once that is known, and a button to take it back."""
    for refusal in view.unread:
        st.warning(plain(sentences.said(t, refusal)))
    if not view.changes:
        st.caption(t("what_if.no_change"))
    for i, change in enumerate(view.changes):
        line, away = st.columns([12, 1], vertical_alignment="center", gap="small")
        text = plain(what_if_words.change(t, change, by))
        if i < len(told):
            text += f"  :gray[{plain(what_if_words.figures(t, change, *told[i]))}]"
        line.markdown(text)
        if away.button("", icon=":material/close:", key=f"what_if_drop-{i}", type="tertiary", help=t("what_if.drop")):
            st.query_params["change"] = [say_change(other) for j, other in enumerate(view.changes) if j != i]
            st.rerun()


def buttons(t: Words, view: WhatIfView) -> None:
    """Ask, and ask on a fresh copy."""
    go, anew = st.columns(2, gap="small")
    nothing = not view.changes
    if go.button(
        t("what_if.go"),
        type="primary",
        icon=":material/play_arrow:",
        key="what_if_go",
        width="stretch",
        disabled=nothing,
    ):
        questions.ask(view.question, fresh=False)
    if anew.button(
        t("what_if.fresh"),
        icon=":material/content_copy:",
        key="what_if_fresh",
        width="stretch",
        disabled=nothing,
        help=t("what_if.fresh_help"),
    ):
        questions.ask(view.question, fresh=True)
