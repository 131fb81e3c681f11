"""One complaint incident: its curve, whom it concerns at which stage, what may be done at which cost, words, rivals."""

from datetime import datetime
from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.incidents import Incidents, OneIncident
from dashboard.commands import incidents as incident_commands
from dashboard.components import grid, outcomes
from dashboard.components import palette as p
from dashboard.components.charts import counts
from dashboard.components.service import incident_charts
from dashboard.components.service.incident_board import about, cause, chance
from dashboard.permits import permit
from dashboard.views.incidents import IncidentView
from dashboard.wording import NOTHING, Words, plain
from engine.usecases.incidents.incident_scope import AffectedStage

_TOLD = "incident_told"


def one(t: Words, board: Incidents, found: OneIncident, incident: dict[str, Any], now: datetime) -> None:
    """The curve beside the stages, and under them the responses."""
    curve, stages = st.columns([1.4, 1], gap="small")
    with curve, st.container(border=True, key="panel-incident-curve"):
        told = cause(t, board, incident["level"], incident["cause"])
        st.markdown(f"**{plain(told)} · {plain(about(t, incident['complaint']))}**")
        st.caption(_summary(t, incident, found))
        figure = reads.figure(
            f"incident.{incident['incident_id']}", found, t.language,
            lambda: incident_charts.against_expectation(t, incident, found.times, now),
        )  # fmt: skip
        st.echarts_chart(figure, height=250, key="chart-incident-curve", theme=None)
    with stages, st.container(border=True, key="panel-incident-stages"):
        orders = len(found.scope.order_ids())
        st.markdown(f"**{t('incidents.affected', n=t.count(orders))}**")
        st.caption(t.of("incident_scope", incident["level"]))
        numbers = [found.scope.count(stage) for stage in AffectedStage]
        st.echarts_chart(
            counts([t.of("affected", s) for s in AffectedStage], numbers, [t.count(n) for n in numbers], p.ORANGE),
            height=40 * len(numbers), key="chart-incident-stages", theme=None,
        )  # fmt: skip
    _responses(t, found)


def _summary(t: Words, incident: dict[str, Any], found: OneIncident) -> str:
    if incident["level"] == "topic":
        return t("incidents.summary_topic", n=t.count(incident["tickets"]))
    further = found.scope.further
    return t(
        "incidents.summary", buyers=t.count(incident["buyers"]), expected=f"{incident['expected']:.1f}",
        p=chance(incident["p_value"]), further=f"{further.expected:.0f}", low=t.count(further.low),
        high=t.count(further.high),
    )  # fmt: skip


def _responses(t: Words, found: OneIncident) -> None:
    rows = [
        (t.of("response", one.response), t.of("response_text", one.response).format(n=t.count(one.touches)),
         NOTHING if one.cost_cents is None else t.money(one.cost_cents), round(one.spares, 1), t.money(one.saved_cents))
        for one in found.scope.proposals
    ]  # fmt: skip
    if not rows:
        return
    frame = pl.DataFrame(rows, schema=["response", "what", "cost", "spares", "saved"], orient="row")
    columns = {
        "response": grid.text(t("incidents.col.response"), width=170),
        "what": grid.text(t("incidents.col.what"), width=430),
        "cost": grid.text(t("incidents.col.cost"), width=110),
        "spares": grid.number(t("incidents.col.spares"), form="%.1f", width=130),
        "saved": grid.text(t("incidents.col.saved"), width=120),
    }
    with st.container(border=True, key="panel-incident-responses"):
        st.markdown(f"**{t('incidents.responses')}**")
        grid.show(t, frame, columns, key="incident-responses", height=220)


def lists(t: Words, board: Incidents, found: OneIncident, incident: dict[str, Any], view: IncidentView) -> None:
    """Its buyers, their words, or what else looked like the cause."""
    names = list(IncidentView.PANELS)
    chosen = st.segmented_control(
        t("incidents.panel.label"), names, default=view.panel, format_func=lambda name: t(f"incidents.panel.{name}"),
        key="incident_panel", label_visibility="collapsed",
    )  # fmt: skip
    if chosen == "words":
        _words(t, found)
    elif chosen == "rivals":
        _rivals(t, board, orjson.loads(incident["rivals"]))
    else:
        _orders(t, found, incident["incident_id"])


def _orders(t: Words, found: OneIncident, incident_id: str) -> None:
    frame = found.scope.orders.with_columns(
        buyer=pl.col("buyer").str.slice(0, 1) + "***" + pl.col("buyer").str.slice(-4)
    )
    if frame.is_empty():
        st.caption(t("incidents.no_orders"))
        return

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = frame.with_columns(
            *grid.beijing("planned_at", "signed_at"),
            grid.mapped(t, "province", "province"),
            grid.mapped(t, "affected", "affected"),
            grid.links(t, frame),
        )
        columns = {
            "link": grid.link(t),
            "affected": grid.text(t("incidents.col.affected"), width=130),
            "buyer": grid.text(t("col.buyer"), width=95),
            "province": grid.text(t("col.province"), width=90),
            "city": grid.text(t("mass_delay.city"), width=90),
            "units": grid.number(t("incidents.col.units"), width=65),
            "parcel_id": grid.text(t("incidents.col.parcel"), width=150),
            "waybill_no": grid.text(t("incidents.col.waybill"), width=150),
            "planned_at": grid.moment(t("incidents.col.planned_at"), form="MM-DD HH:mm", width=105),
            "signed_at": grid.moment(t("incidents.col.signed_at"), form="MM-DD HH:mm", width=105),
        }
        return shown, columns

    grid.live(t, frame, build, key="incident-orders", height=320)
    # For the gateway that tells buyers and the carrier that stops parcels: numbers and stage, nobody's name.
    out = frame.select("platform", "order_no", "parcel_id", "waybill_no", "affected")
    st.download_button(
        t("incidents.download", n=t.count(out.height)), out.write_csv(), f"{incident_id}.csv", "text/csv",
        icon=":material/download:", key="incident_csv",
    )  # fmt: skip


def _words(t: Words, found: OneIncident) -> None:
    frame = found.words

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = frame.with_columns(*grid.beijing("asked_at"), said=pl.col("said").str.slice(0, 300))
        columns = {
            "asked_at": grid.moment(t("incidents.col.asked_at"), form="MM-DD HH:mm", width=105),
            "buyer": grid.text(t("col.buyer"), width=95),
            "said": grid.text(t("incidents.col.said"), width=520),
            "sku": grid.text(t("incidents.col.sku"), width=110),
            "lot": grid.text(t("incidents.col.lot"), width=130),
            "carrier": grid.text(t("col.carrier"), width=80),
        }
        return shown, columns

    grid.live(t, frame, build, key="incident-words", height=320)


def _rivals(t: Words, board: Incidents, rivals: list[dict[str, Any]]) -> None:
    if not rivals:
        st.caption(t("incidents.no_rivals"))
        return
    rows = [
        (cause(t, board, rival["level"], rival["cause"]), f"× {rival['ratio']:.1f}", f"× {rival['beside']:.1f}")
        for rival in rivals
    ]
    frame = pl.DataFrame(rows, schema=["cause", "alone", "beside"], orient="row")
    columns = {
        "cause": grid.text(t("mass_delay.rival"), width=320),
        "alone": grid.text(t("mass_delay.ratio"), width=120),
        "beside": grid.text(t("mass_delay.ratio_beside"), width=170),
    }
    grid.show(t, frame, columns, key="incident-rivals", height=220)


def decide(t: Words, board: Incidents, incident: dict[str, Any]) -> None:
    """Say that it is over, with a reason."""
    outcomes.tell(_TOLD)
    if incident["state"] != "open":
        reason = incident["end_reason"]
        words = t.of("incident_end", reason) if reason in ("silence", "wider") else reason
        st.caption(t("incidents.ended", by=plain(incident["ended_by"]), reason=plain(words)))
        return
    with st.form("incident-end", border=True):
        st.caption(t("incidents.end_help", days=round(board.rules.incident.accepted_days)))
        reason = st.text_input(t("review.reason"), max_chars=200, key="incident_reason")
        if st.form_submit_button(t("incidents.end"), icon=":material/check:", **permit(t, "resolve_incident")):
            st.session_state[_TOLD] = incident_commands.resolve(t, incident["incident_id"], reason=reason)
            st.rerun()
