"""The page of the complaint classifier: who speaks, how good and honest it is, what it listens to, what was wrong."""

from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.ticket_models import OneText, TicketModel, try_text
from dashboard.components import ages, grid, panels
from dashboard.components.service import complaint_charts
from dashboard.wording import Words, plain

UPPER, LOWER = 262, 330
STALE_DAYS = 14
"""A model that learned nothing for so long is grey: either nobody corrects it, or its job stands still."""
DAY = 86_400
"""Seconds."""
_TRIED = "ticket_model_tried"


def figures(t: Words, board: TicketModel, now: datetime) -> None:
    """Five tiles: who speaks, how often it is right, what it answers alone, what people corrected, left open."""
    speaking, judged, totals = board.speaking, board.standing, board.totals
    overruled = board.corrections.filter(pl.col("machine").ne_missing(pl.col("complaint"))).height
    trained = ages.of_time(t, speaking["trained_at"] if speaking else None, now, limit=STALE_DAYS * DAY)
    # Who speaks is known from the start: before the first training it is what ships.
    spoken = trained if speaking else ages.of_time(t, board.stamp.as_of, now, limit=DAY)
    read = ages.of_time(t, totals["newest"], now, limit=DAY)
    certain = judged.get("certain", {})
    judged_on = t.of("ticket_model_judged", board.card["judged_on"]) if board.card else ""
    shown = (
        ("speaks", speaking["model_id"] if speaking else t("ticket_model.shipped"), _learned(t, board), spoken, "gray"),
        ("accuracy", t.share(judged.get("accuracy")),
         t("ticket_model.accuracy_note", f1=_places(judged.get("macro_f1")), on=judged_on), trained, "gray"),
        ("alone", t.share(certain.get("coverage")),
         t("ticket_model.alone_note", right=t.share(certain.get("accuracy")), line=t.share(board.certain)), trained,
         "gray"),
        ("corrected", t.count(totals["corrected"]), t("ticket_model.corrected_note", n=t.count(overruled)), read,
         "gray"),
        ("unsure", t.share(totals["unsure"] / totals["read"] if totals["read"] else None),
         t("ticket_model.unsure_note", n=t.count(totals["unsure"])), read, "gray"),
    )  # fmt: skip
    for column, (name, value, said, fresh, colour) in zip(st.columns(5, gap="small"), shown, strict=True):
        with column:
            panels.tile(f"ticket-model-{name}", t(f"ticket_model.{name}"), value, said, fresh, colour=colour)


def _learned(t: Words, board: TicketModel) -> str:
    if board.speaking is None:
        return t("ticket_model.shipped_note")
    return t(
        "ticket_model.learned_note",
        n=t.count(board.speaking["shipped"]),
        more=t.count(board.speaking["corrections"] - board.speaking["tested"]),
    )


def card(t: Words, board: TicketModel, now: datetime) -> None:
    """Scores by complaint, whether confidence is true, what abstaining buys; or why there is none of it."""
    if board.newest is None:
        st.info(t("ticket_model.none_yet"), icon=":material/hourglass_top:")
        return
    fresh = ages.of_time(t, board.newest["trained_at"], now, limit=STALE_DAYS * DAY)
    judged, other = board.standing, board.other
    left, middle, right = st.columns([4, 3, 3], gap="small")
    with left, panels.panel("complaint-scores", t("ticket_model.scores"), fresh, height=UPPER + 60):
        _scores(t, board)
        st.caption(t("ticket_model.challenge", n=t.count(board.least_corrections)))
    with middle, panels.panel("complaint-reliability", t("ticket_model.reliability"), fresh, height=UPPER + 60):
        figure = reads.figure(
            "complaint-reliability",
            board.models,
            t.language,
            lambda: complaint_charts.reliability(t, judged["reliability"]),
        )
        st.echarts_chart(figure, height=UPPER, key="chart-complaint-reliability", theme=None)
    with right, panels.panel("complaint-abstaining", t("ticket_model.abstaining"), fresh, height=UPPER + 60):
        figure = reads.figure(
            "complaint-abstaining",
            board.models,
            t.language,
            lambda: complaint_charts.abstaining(
                t, judged["abstaining"], other.get("abstaining", []), judged["accuracy"]
            ),
        )
        st.echarts_chart(figure, height=UPPER, key="chart-complaint-abstaining", theme=None)


def _scores(t: Words, board: TicketModel) -> None:
    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame = board.by_complaint.with_columns(
            grid.mapped(t, "complaint", "complaint"),
            **{name: 100 * pl.col(name) for name in ("precision", "recall", "f1")},
        )
        columns = {
            "complaint": grid.text(t("ticket_model.col_complaint")),
            "texts": grid.number(t("ticket_model.col_texts"), width=70),
            **{
                name: grid.number(t(f"ticket_model.col_{name}"), form="%.1f%%", width=80)
                for name in ("precision", "recall", "f1")
            },
        }
        return frame, columns

    grid.live(t, board.by_complaint, build, key="complaint-scores")


def listens_to(t: Words, board: TicketModel, now: datetime) -> None:
    """The words that speak loudest for each complaint, and the models there were."""
    if board.newest is None:
        return
    fresh = ages.of_time(t, board.newest["trained_at"], now, limit=STALE_DAYS * DAY)

    def words() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame = board.words.with_columns(grid.mapped(t, "complaint", "complaint"))
        columns = {
            "complaint": grid.text(t("ticket_model.col_complaint"), width=100),
            "words": grid.text(t("ticket_model.col_words")),
        }
        return frame, columns

    def models() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame = board.models.with_columns(
            *grid.beijing("trained_at"),
            grid.mapped(t, "model_state", "state"),
            grid.mapped(t, "training_verdict", "why"),
            **{name: 100 * pl.col(name) for name in ("accuracy", "champion_accuracy")},
        )
        columns = {
            "model_id": grid.text(t("ticket_model.col_model"), width=110),
            "state": grid.text(t("model_card.col_state"), width=90),
            "trained_at": grid.moment(t("model_card.col_trained"), form="MM-DD HH:mm", width=100),
            "corrections": grid.number(t("ticket_model.col_corrections"), width=86),
            "tested": grid.number(t("model_card.col_tested"), width=60),
            "accuracy": grid.number(t("ticket_model.col_accuracy"), form="%.1f%%", width=80),
            "champion_accuracy": grid.number(t("ticket_model.champion_then"), form="%.1f%%", width=100),
            "why": grid.text(t("ticket_model.col_why")),
        }
        return frame, columns

    left, right = st.columns([2, 3], gap="small")
    with left, panels.panel("complaint-words", t("ticket_model.words"), fresh, height=250):
        grid.live(t, board.words, words, key="complaint-words")
    with right, panels.panel("complaint-models", t("ticket_model.models"), fresh, height=250):
        grid.live(t, board.models, models, key="complaint-models", height=190)


def corrections(t: Words, board: TicketModel, now: datetime) -> None:
    """What operators said last, beside what the classifier had said."""
    newest = None if board.corrections.is_empty() else board.corrections["at"][0]
    with panels.panel("complaint-corrections", t("ticket_model.newest"), ages.of_time(t, newest, now, limit=DAY)):
        if newest is None:
            st.caption(t("ticket_model.no_corrections"))
            return

        def build() -> tuple[pl.DataFrame, dict[str, Any]]:
            frame = board.corrections.with_columns(
                *grid.beijing("at"),
                grid.mapped(t, "complaint", "complaint"),
                pl.when(pl.col("machine").is_null())
                .then(pl.lit(t("ticket_model.was_unsure")))
                .otherwise(grid.mapped(t, "complaint", "machine"))
                .alias("machine"),
                confidence=100 * pl.col("confidence"),
                words=pl.col("words").str.slice(0, 300),
            )
            columns = {
                "at": grid.moment(t("ticket_model.col_at"), form="MM-DD HH:mm", width=100),
                "words": grid.text(t("ticket_model.col_said"), width=620),
                "machine": grid.text(t("ticket_model.col_machine"), width=100),
                "confidence": grid.number(t("ticket_model.col_confidence"), form="%.0f%%", width=80),
                "complaint": grid.text(t("ticket_model.col_person"), width=100),
                "actor": grid.text(t("ticket_model.col_actor"), width=110),
            }
            return frame, columns

        grid.live(t, board.corrections, build, key="complaint-corrections", height=LOWER)


def trial(t: Words) -> None:
    """A box to try a text in: nothing is stored."""
    with st.container(border=True, key="panel-try"):
        st.markdown(f"**{t('ticket_model.try')}**")
        with st.form("try-text", border=False):
            said = st.text_area(
                t("ticket_model.try"), height=80, max_chars=10_000, label_visibility="collapsed",
                placeholder=t("ticket_model.try_example"), key="ticket_model_text",
            )  # fmt: skip
            if st.form_submit_button(t("ticket_model.try_go"), icon=":material/psychology:"):
                st.session_state[_TRIED] = try_text(said)
        tried = st.session_state.get(_TRIED)
        if isinstance(tried, OneText):
            _answer(t, tried)


def _answer(t: Words, tried: OneText) -> None:
    said = t.of("complaint", tried.best)
    sentence = t("ticket_model.would_say", what=said, share=t.share(tried.confidence))
    if tried.complaint is None:
        sentence = t("ticket_model.would_ask", what=said, share=t.share(tried.confidence))
    st.markdown(plain(sentence))
    words = " · ".join(f"{words} ({weight:+.1f})" for words, weight in tried.evidence)
    st.text(t("ticket_model.because", words=words) if words else t("ticket_model.no_words"))


def _places(number: float | None) -> str:
    return f"{number:.3f}" if number is not None else "—"
