"""The search: one box, what was found for it, or what was looked for when nothing was."""

from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard.boards.search import Finds, Meant
from dashboard.components import grid
from dashboard.components.search import trail_table
from dashboard.views.search import SearchView
from dashboard.wording import Words, plain

HEIGHT = 620
PAGES = {
    "sku": "inventory", "lot": "inventory", "action": "inbox", "mass_delay": "mass_delay", "wave": "waves",
    "alert": "alerts", "incident": "incidents",
}  # fmt: skip
"""Where a thing is worked on."""


def box(t: Words, view: SearchView) -> None:
    """The box; Enter or the button searches."""
    with st.form("find", border=False):
        words, button = st.columns([5, 1], vertical_alignment="bottom")
        asked = words.text_input(
            t("order.find"), view.words, placeholder=t("search.hint"), key="find_words", label_visibility="collapsed"
        ).strip()
        if button.form_submit_button(t("order.go"), type="primary", icon=":material/search:", width="stretch"):
            st.query_params["q"] = asked
            for name in ("thing", "id"):
                st.query_params.pop(name, None)
            st.rerun()


def finds(t: Words, view: SearchView, found: Finds) -> None:
    """What the words may mean, each a row that opens; or what was looked for."""
    if found.how is Meant.NOTHING:
        st.info(t("search.nothing", words=plain(view.words)), icon=":material/search_off:")
        st.caption(t("search.looked"))
        return
    st.caption(t(f"search.how_{found.how}", n=f"{found.things.height}{'+' if found.more else ''}"))
    things = found.things
    shown = things.with_columns(
        *grid.beijing("at", "paid_at"),
        *grid.yuan("amount_cents"),
        grid.mapped(t, "thing", "thing"),
        grid.mapped(t, "province", "province"),
        grid.mapped(t, "status", "status"),
        order=pl.when(pl.col("order_id") != pl.col("id")).then("order_id"),
    )
    columns = {
        "thing": grid.text(t("search.thing"), width=100),
        "id": grid.text(t("search.id"), width=220),
        "order": grid.text(t("col.order_no"), width=190),
        "buyer": grid.text(t("col.buyer"), width=110),
        "province": grid.text(t("col.province"), width=130),
        "paid_at": grid.moment(t("col.paid_at")),
        "amount_cents": grid.number(t("col.paid"), form="¥%.2f", width=90),
        "status": grid.text(t("col.status"), width=90),
        "at": grid.moment(t("col.at")),
    }
    chosen = grid.show(t, shown, columns, key="finds", height=HEIGHT, selection="single-row")
    if chosen:
        row = things.row(chosen[0], named=True)
        open_thing(row)
        st.rerun()


def open_thing(row: dict[str, Any]) -> None:
    """Put a find into the address bar: its order where it has one."""
    thing, thing_id = ("order", row["order_id"]) if row["order_id"] is not None else (row["thing"], row["id"])
    st.query_params["thing"], st.query_params["id"] = thing, thing_id


def one(t: Words, thing: str, thing_id: str, trail: pl.DataFrame, now: datetime) -> None:
    """A thing that has a story of its own."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="thing-title"):
        st.badge(t.of("thing", thing), color="blue")
        st.markdown(f"##### {plain(thing_id)}", width="content")
        if thing in PAGES:
            st.page_link(f"../pages/{PAGES[thing]}.py", label=t.of("page", PAGES[thing]), icon=":material/open_in_new:")
    if trail.is_empty():
        st.caption(t("search.no_trail"))
        return
    trail_table.draw(t, trail_table.told(t, trail, {}), now, key="trail", height=HEIGHT)
