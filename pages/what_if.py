"""What-if: change carriers, nodes, tariffs or stock on a copy of the room, and see what the plan would be."""

import streamlit as st

from dashboard import questions, reads, state
from dashboard.components import panels
from dashboard.components.orders import what_if_answer, what_if_form, what_if_words

t = state.language()
view = state.WhatIfView.read(st.query_params, st.query_params.get_all("change"), minutes=questions.minutes())
board = reads.changeable()
by = what_if_words.names(t, board, reads.provinces())


def wait() -> None:
    """One look at a question that is being answered; when it is, the page is drawn anew."""
    standing = questions.look(view.question)
    if standing is None or standing.ended:
        st.rerun()
    else:
        what_if_answer.progress(t, standing)


left, right = st.columns([1, 2.6], gap="medium")
with left:
    what_if_form.scope_choice(t, board, view)
    what_if_form.adder(t, board, by)
    asked = questions.look(view.question)
    what_if_form.scenario(t, view, by, asked.figures if asked else ())
    what_if_form.buttons(t, view)
with right:
    standing = questions.look(view.question)
    if standing is None:
        st.info(t("what_if.help"), icon=":material/alt_route:")
        what_if_answer.others(t, view, by)
    elif not standing.ended:
        panels.live(t, wait)
    elif standing.comparison is None:
        what_if_answer.ended_without(t, standing)
    else:
        what_if_answer.answer(t, view, standing, by)
