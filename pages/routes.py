"""Routes: the stops of a store's own riders and clerks in order, on a map, on paper and as CSV; planning them anew."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages
from dashboard.components.road import route_board

t = state.language()
board = reads.route_nodes()
view = state.RoutesView.read(st.query_params)

ages.strip(t, board.stamp, reads.now())
if board.nodes.is_empty():
    st.info(t("routes.nothing"), icon=":material/info:")
else:
    node = route_board.choose(t, board, view)
    route_board.plan_button(t, node)
    route_board.draw(t, reads.node_plan(node), node)
