"""One order by its link: what it is, all that happened to it, where it ships from and why. The search finds others."""

import streamlit as st

from dashboard import reads, search_reads, state
from dashboard.components.orders import order_card

t = state.language()
view = state.OrderView.read(st.query_params)

if not view.order_id:
    st.switch_page("../pages/search.py", query_params={"lang": t.language, **({"q": view.words} if view.words else {})})
file = search_reads.order_file(view.order_id)
if file.head.height:
    order_card.draw(t, file, reads.now())
else:
    st.info(t("order.none"))
st.page_link("../pages/search.py", label=t("search.another"), icon=":material/search:")
