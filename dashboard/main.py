"""The router: who may come in, language, navigation and what every page carries. Runs at the start of every script run.

`streamlit run dashboard/app.py` does not put the repository on the path, and tests run this file alone: hence the
bootstrap, here and in app.py, and nowhere else.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from dashboard import people, state  # noqa: E402
from dashboard.components import entrance  # noqa: E402
from dashboard.components.head import head  # noqa: E402
from engine.errors import WarRoomError  # noqa: E402

# Sections of the menu; what stands in the first is one click away, the others open a list. The card of an order is in
# none: links lead to it.
PAGES = {
    "": {
        "overview": ":material/monitoring:",
        "wall": ":material/tv:",
        "orders": ":material/receipt_long:",
        "inventory": ":material/inventory_2:",
        "logistics": ":material/local_shipping:",
        "aftersales": ":material/support_agent:",
        "inbox": ":material/inbox:",
        "search": ":material/search:",
    },
    "logistics": {
        "clocks": ":material/timer:",
        "courier_map": ":material/moped:",
        "cold_chain": ":material/ac_unit:",
        "waybills": ":material/barcode:",
        "model_card": ":material/model_training:",
        "weather": ":material/thunderstorm:",
        "partners": ":material/handshake:",
        "mass_delay": ":material/crisis_alert:",
        "routes": ":material/route:",
    },
    "service": {
        "tickets": ":material/forum:",
        "incidents": ":material/e911_emergency:",
        "compensation": ":material/redeem:",
        "returns": ":material/assignment_return:",
        "ticket_model": ":material/category:",
    },
    "steer": {
        "network": ":material/hub:",
        "what_if": ":material/alt_route:",
        "stagger": ":material/schedule_send:",
        "waves": ":material/conveyor_belt:",
        "pick_stops": ":material/front_hand:",
    },
    "desk": {
        "report": ":material/summarize:",
        "alerts": ":material/notifications:",
        "review": ":material/rule:",
        "notices": ":material/outbox:",
        "audit": ":material/history_edu:",
        "system": ":material/dns:",
    },
}

st.set_page_config(page_title="爆单 War Room", page_icon="🌾", layout="wide")
try:
    t = state.language()
    here = people.person()
except WarRoomError as refusal:  # the room is starting or stopping: there is no setting to read yet
    st.warning(str(refusal))
    st.stop()
if here.role is None:
    head(t, here)
    entrance.door(t, here)
    st.stop()
page = st.navigation(
    {
        t(f"section.{section}") if section else "": [
            st.Page(ROOT / "pages" / f"{name}.py", title=t(f"page.{name}"), icon=icon, default=name == "overview")
            for name, icon in pages.items()
        ]
        + ([] if section else [st.Page(ROOT / "pages" / "order.py", title=t("page.order"), visibility="hidden")])
        for section, pages in PAGES.items()
    },
    position="top",
)
head(t, here)
page.run()
