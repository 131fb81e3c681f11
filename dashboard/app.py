"""The process: `streamlit run dashboard/app.py`. Pages, websocket, intake API and jobs, on one database.

Everything of substance lives elsewhere; Streamlit reads this file's syntax tree and wants the literal st.App call.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # `streamlit run` puts only dashboard/ there; PYTHONPATH would break hot reload

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from dashboard.api.front_door import FrontDoor  # noqa: E402
from dashboard.api.routes import ROUTES  # noqa: E402
from dashboard.lifespan import lifespan  # noqa: E402
from dashboard.logins import secrets_of_settings  # noqa: E402

app = st.App(
    ROOT / "dashboard" / "main.py",
    secrets=secrets_of_settings(),
    lifespan=lifespan,
    routes=ROUTES,
    middleware=[Middleware(FrontDoor)],
)

if __name__ == "__main__":
    app.run()
