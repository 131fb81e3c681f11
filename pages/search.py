"""Search: one box for an order, a waybill, a buyer, goods, a ticket, a card; and all that happened to what it finds."""

import streamlit as st

from dashboard import reads, search_reads, state
from dashboard.components.orders import order_card
from dashboard.components.search import search_board
from dashboard.views.search import SearchView

t = state.language()
view = SearchView.read(st.query_params)

search_board.box(t, view)
if view.id:
    thing, thing_id = view.thing, view.id
elif view.words:
    found = search_reads.finds(view.words)
    targets = found.things.select("thing", "id", "order_id").rows()
    orders = {order_id for _, _, order_id in targets if order_id is not None}
    if len(orders) == 1 and all(order_id is not None for *_, order_id in targets):
        [thing_id] = orders
        thing = "order"
    elif len(targets) == 1:
        [(thing, thing_id, _)] = targets
    else:
        thing = thing_id = ""
        search_board.finds(t, view, found)
else:
    thing = thing_id = ""
    st.caption(t("search.help"))

if thing == "order":
    file = search_reads.order_file(thing_id)
    if file.head.height:
        order_card.draw(t, file, reads.now())
    else:
        st.info(t("order.none"))
elif thing:
    search_board.one(t, thing, thing_id, search_reads.trail(thing, thing_id), reads.now())
