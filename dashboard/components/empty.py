"""What an empty room says: how to get orders in, three ways. A sentence, not a wall of zeros."""

import streamlit as st

from dashboard.wording import Words

_ADDRESS = "http://127.0.0.1:8501"
_WAYS = {
    "demo": "python -m jobs demo",
    "file": f"python -m engine import ORDERS.csv --to {_ADDRESS}",
    "api": (
        f"curl {_ADDRESS}/api/orders -H 'Content-Type: application/json' \\\n"
        '  -d \'{"format":"canonical","source":"me","rows":[ ... ]}\''
    ),
}


def no_orders(t: Words) -> None:
    """Three ways in, side by side."""
    st.subheader(t("empty.title"), anchor=False)
    st.text(t("empty.text"))
    for column, (way, command) in zip(st.columns(3), _WAYS.items(), strict=True):
        with column, st.container(border=True, key=f"panel-way-{way}"):
            st.markdown(f"**{t(f'empty.{way}')}**")
            st.caption(t(f"empty.{way}_text"))
            st.code(command, language="shell", wrap_lines=True)
