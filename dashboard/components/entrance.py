"""The door: who may not come in reads why, and what to do. Past it, the head says who is here."""

import streamlit as st

from dashboard import logins
from dashboard.people import Person, Standing
from dashboard.wording import Words, plain


def door(t: Words, here: Person) -> None:
    """What somebody without a role sees instead of a page."""
    with st.container(key="entrance", horizontal_alignment="center"):
        st.space("large")
        st.markdown(f"### {t('entrance.title')}", width="content")
        if here.standing is Standing.STRANGER:
            st.warning(t("entrance.stranger", name=plain(here.name)), icon=":material/block:", width=560)
        elif here.standing is Standing.FAR:
            st.warning(t("standing.far"), icon=":material/block:", width=560)
        elif here.standing is Standing.ENDED:
            st.info(t("entrance.ended"), icon=":material/schedule:", width=560)
        else:
            st.caption(t("entrance.logged_out"), width="content")
        if here.standing in (Standing.LOGGED_OUT, Standing.ENDED):
            st.button(t("entrance.log_in"), type="primary", icon=":material/login:", key="log-in", on_click=st.login)
        elif here.standing is Standing.STRANGER:
            st.button(t("entrance.log_out"), icon=":material/logout:", key="log-out", on_click=st.logout)


def who(t: Words, here: Person) -> None:
    """Name and role in the head; the way out where there was a way in."""
    with st.popover(f"{plain(here.shown)} · {t.of('role', here.role)}", type="tertiary", icon=":material/person:"):
        st.caption(t("entrance.as", name=plain(here.name), role=t.of("role", here.role)))
        st.caption(t.of("role_may", here.role))
        if logins.configured():
            st.button(t("entrance.log_out"), icon=":material/logout:", key="log-out", on_click=st.logout)
