"""The machine asks: one buyer's words at a time, the five answers as keys, the next at once."""

import orjson
import streamlit as st

from dashboard.boards.ticket_models import Question, questions
from dashboard.commands import tickets as ticket_commands
from dashboard.components import outcomes
from dashboard.permits import permit
from dashboard.wording import Words, plain
from engine.model.tickets import Complaint

_ASKED, _TOLD = "questions_asked", "questions_told"


def desk(t: Words) -> None:
    """The question on top of the list; a label or a pass brings the next. Asked anew when the list is through."""
    with st.container(border=True, key="panel-questions"):
        st.markdown(f"**{t('questions.title')}**")
        st.caption(t("questions.why"))
        outcomes.tell(_TOLD)
        waiting: list[Question] | None = st.session_state.get(_ASKED)
        if not waiting:
            start = t("questions.start") if waiting is None else t("questions.again")
            if st.button(start, icon=":material/quiz:", key="questions-start"):
                st.session_state[_ASKED] = found = questions()
                if found:
                    st.rerun()
                st.info(t("questions.none"))
            return
        _ask(t, waiting)


def _ask(t: Words, waiting: list[Question]) -> None:
    question = waiting[0]
    st.text(question.words)
    guess = t.of("complaint", question.best)
    words = " · ".join(str(said) for said, _ in orjson.loads(question.evidence))
    st.caption(plain(t("questions.guess", what=guess, share=t.share(question.confidence), words=words or "—")))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for place, complaint in enumerate(Complaint, start=1):
            may = permit(t, "label_ticket")
            if st.button(t.of("complaint", complaint), key=f"questions-{complaint}", shortcut=str(place), **may):
                st.session_state[_TOLD] = told = ticket_commands.label(t, [question.ticket_id], complaint)
                _next(waiting, on=told.done)
        if st.button(t("questions.skip"), key="questions-skip", shortcut="0"):
            _next(waiting, on=True)
        st.caption(t("questions.left", n=t.count(len(waiting))))


def _next(waiting: list[Question], *, on: bool) -> None:
    if on:
        st.session_state[_ASKED] = waiting[1:]
    st.rerun()
