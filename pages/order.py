"""One order: find it by its number, a parcel's number or the last four of the phone, and read its story."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import order_card, order_tables

t = state.language()
view = state.OrderView.read(st.query_params)

with st.form("find", border=False):
    box, button = st.columns([5, 1], vertical_alignment="bottom")
    asked = box.text_input(
        t("order.find"), view.words, placeholder=t("order.find_hint"), key="find_words", label_visibility="collapsed"
    ).strip()
    if button.form_submit_button(t("order.go"), type="primary", icon=":material/search:", width="stretch"):
        st.query_params["q"] = asked
        st.query_params.pop("order", None)
        st.rerun()

if view.order_id:
    file = reads.order_file(view.order_id)
    if file.head.height:
        order_card.draw(t, file, reads.now())
    else:
        st.info(t("order.none"))
elif view.words:
    found = reads.orders_meant(view.words)
    if found.height == 1:
        order_card.draw(t, reads.order_file(found["order_id"][0]), reads.now())
    elif found.height:
        st.caption(t("order.several", n=found.height))
        chosen = order_tables.found(t, found)
        if chosen:
            st.query_params["order"] = found["order_id"][chosen[0]]
            st.rerun()
    else:
        st.info(t("order.none"))
else:
    st.caption(t("order.help"))
