"""What the last click came to: kept beside the rerun that follows a command, and told once, above what it changed."""

import streamlit as st

from dashboard.permits import Told
from dashboard.wording import plain


def tell(key: str) -> None:
    """Tell what the session keeps under `key`, and forget it: green done, blue done without effect, red refused."""
    last: Told | None = st.session_state.pop(key, None)
    if last is not None:
        (st.error if not last.done else st.info if last.nothing else st.success)(plain(last.text))
