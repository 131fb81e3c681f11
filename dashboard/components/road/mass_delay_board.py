"""The page of mass delays: incidents, their cause and how much it explains, where parcels stand, whose they are."""

from datetime import datetime
from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.partners import HeldUp, MassDelays
from dashboard.commands import partners as partner_commands
from dashboard.commands.desk import Told
from dashboard.components import ages, charts, grid, outcomes, panels
from dashboard.components import palette as p
from dashboard.permits import permit
from dashboard.views.partners import MassDelayView
from dashboard.wording import NOTHING, Words, plain

STALE_SECONDS = 60
_TOLD = "mass_delay_told"


def figures(t: Words, board: MassDelays, now: datetime) -> None:
    """Five tiles: open incidents, parcels and orders held up, expected further, and what is watched at all."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    open_ = board.incidents.filter(pl.col("state") == "open")
    parcels, arrived = int(open_["parcels"].sum()), int(open_["arrived"].sum())
    shown = (
        ("open", t.count(open_.height), t("mass_delay.open_note", n=board.incidents.height - open_.height),
         "red" if open_.height else "green"),
        ("parcels", t.count(parcels), t("mass_delay.parcels_note", n=t.count(arrived)), "gray"),
        ("orders", t.count(open_["orders"].sum()),
         t("mass_delay.orders_note", n=t.count(open_["options"].sum())), "gray"),
        ("further", t.count(round(open_["expected_further"].sum())), t("mass_delay.further_note"),
         "orange" if open_["expected_further"].sum() >= 1 else "gray"),
        ("followed", t.count(board.followed), t("mass_delay.followed_note"), "gray"),
    )  # fmt: skip
    for column, (name, value, note, colour) in zip(st.columns(5, gap="small"), shown, strict=True):
        with column:
            panels.tile(f"mass-{name}", t(f"mass_delay.{name}"), value, note, fresh, colour=colour)


def cause(t: Words, board: MassDelays, kept: str | list[Any]) -> str:
    """`Hub Jiaxing` or `ZTO, to Shanghai`: a cause as it is kept, worded."""
    named = orjson.loads(kept) if isinstance(kept, str) else kept
    return t("mass_delay.and").join(
        t("mass_delay.cause", dimension=t.of("dimension", dimension), value=_value(t, board, dimension, value))
        for dimension, value in named
    )


def _value(t: Words, board: MassDelays, dimension: str, value: str) -> str:
    if dimension == "region":
        return t.of("province", board.provinces.get(value, value))
    if dimension in ("hour", "weather"):
        return t.of(dimension if dimension == "hour" else "bad_weather", value)
    zh, en = {"node": board.nodes, "carrier": board.carriers}.get(dimension, {}).get(value, (value, value))
    return zh if t.language == "zh" else en


def incidents(t: Words, board: MassDelays, now: datetime) -> None:
    """All incidents, the open ones first."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    with panels.panel("mass-incidents", t("mass_delay.incidents"), fresh):
        if board.incidents.is_empty():
            st.caption(t("mass_delay.none") if board.followed else t("mass_delay.nothing_followed"))
            return

        def build() -> tuple[pl.DataFrame, dict[str, Any]]:
            frame = board.incidents
            causes = [cause(t, board, kept) for kept in frame["cause"]]
            shown = frame.with_columns(
                *grid.beijing("opened_at", "seen_at"),
                *(pl.col(name) * 100 for name in ("late_share", "usual_share", "explained")),
                grid.mapped(t, "incident_state", "state"),
                cause=pl.Series("cause", causes, dtype=pl.String),
                p=pl.Series("p", [_p(value) for value in frame["p_value"]], dtype=pl.String),
            )
            columns = {
                "state": grid.text(t("col.state"), width=70),
                "cause": grid.text(t("col.cause"), width=300),
                "parcels": grid.number(t("partners.parcels"), width=75),
                "arrived": grid.number(t("mass_delay.arrived"), width=85),
                "explained": grid.number(t("mass_delay.explained"), form="%.0f %%", width=110),
                "late_share": grid.number(t("mass_delay.late_share"), form="%.0f %%", width=100),
                "usual_share": grid.number(t("mass_delay.usual_share"), form="%.1f %%", width=110),
                "expected_further": grid.number(t("mass_delay.further"), form="%.0f", width=100),
                "p": grid.text(t("mass_delay.p"), width=90),
                "options": grid.number(t("mass_delay.may_choose"), width=100),
                "opened_at": grid.moment(t("mass_delay.opened_at"), form="MM-DD HH:mm", width=100),
                "seen_at": grid.moment(t("mass_delay.seen_at"), form="MM-DD HH:mm", width=100),
            }
            return shown, columns

        grid.live(t, board.incidents, build, key="mass-incidents", height=220)


def _p(value: float) -> str:
    return "< 1e-9" if value < 1e-9 else f"{value:.1g}"


def choice(t: Words, board: MassDelays, view: MassDelayView) -> str:
    """Which incident is looked at; the first there is unless chosen."""
    lines = {
        row["incident_id"]: f"{t.of('incident_state', row['state'])} · {cause(t, board, row['cause'])}"
        for row in board.incidents.iter_rows(named=True)
    }
    names = list(lines)
    return st.selectbox(
        t("mass_delay.which"), names, index=names.index(view.incident) if view.incident in names else 0,
        format_func=lambda name: lines.get(name, name), key="mass_incident", label_visibility="collapsed",
        on_change=_choose,
    )  # fmt: skip


def _choose() -> None:
    st.query_params["incident"] = st.session_state["mass_incident"]


def one(t: Words, board: MassDelays, held: HeldUp, incident: dict[str, Any]) -> None:
    """Why this is the cause, where its parcels stand, and whose they are."""
    why, where = st.columns([1.25, 1], gap="small")
    with why, st.container(border=True, key="panel-mass-why"):
        st.markdown(f"**{plain(t('mass_delay.why', cause=cause(t, board, incident['cause'])))}**")
        st.caption(
            t(
                "mass_delay.why_text", late=t.share(incident["late_share"]), usual=t.share(incident["usual_share"]),
                explained=t.share(incident["explained"]), p=_p(incident["p_value"]),
                further=t.count(round(incident["expected_further"])),
            )
        )  # fmt: skip
        _rivals(t, board, orjson.loads(incident["rivals"]))
    with where, st.container(border=True, key="panel-mass-where"):
        st.markdown(f"**{t('mass_delay.where')}**")
        places = held.places.head(7)
        figure = reads.figure(
            f"mass.{incident['incident_id']}", held, t.language, lambda: charts.counts(
                [t("mass_delay.no_scan") if place is None else place for place in places["place"]],
                places["parcels"].to_list(),
                [t("mass_delay.of_them", n=t.count(n), arrived=t.count(arrived))
                 for n, arrived in places.select("parcels", "arrived").iter_rows()],
                p.ORANGE,
            ),
        )  # fmt: skip
        st.echarts_chart(figure, height=max(40 * places.height, 80), key="chart-mass-where", theme=None)
    _orders(t, held)
    _download(t, held, incident["incident_id"])


def _rivals(t: Words, board: MassDelays, rivals: list[dict[str, Any]]) -> None:
    """What else looked like it, and what is left of it beside the cause."""
    if not rivals:
        st.caption(t("mass_delay.no_rivals"))
        return
    rows = [
        (cause(t, board, rival["named"]), f"× {rival['ratio']:.1f}",
         t("mass_delay.same") if rival["ratio_beside"] is None else f"× {rival['ratio_beside']:.1f}")
        for rival in rivals
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["cause", "alone", "beside"], orient="row")
    columns = {
        "cause": grid.text(t("mass_delay.rival"), width=260),
        "alone": grid.text(t("mass_delay.ratio"), width=120),
        "beside": grid.text(t("mass_delay.ratio_beside"), width=170),
    }
    grid.show(t, frame, columns, key="mass-rivals", height=220)


def _orders(t: Words, held: HeldUp) -> None:
    frame = held.orders
    st.markdown(f"**{t('mass_delay.affected', n=t.count(frame['order_id'].n_unique()))}**")

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        options = [
            NOTHING if kept is None else ", ".join(t.of("buyer_option", one) for one in kept.split("|"))
            for kept in frame["options"]
        ]
        shown = frame.with_columns(
            *grid.beijing("promise_at", "last_scan_at"),
            *grid.yuan("amount_cents"),
            grid.mapped(t, "province", "province"),
            grid.mapped(t, "stage", "stage"),
            grid.links(t, frame),
            options=pl.Series("options", options, dtype=pl.String),
        )
        columns = {
            "link": grid.link(t),
            "buyer": grid.text(t("col.buyer"), width=95),
            "province": grid.text(t("col.province"), width=90),
            "city": grid.text(t("mass_delay.city"), width=90),
            "carrier": grid.text(t("col.carrier"), width=80),
            "stage": grid.text(t("mass_delay.stage"), width=90),
            "last_place": grid.text(t("mass_delay.place"), width=200),
            "last_scan_at": grid.moment(t("mass_delay.last_scan"), form="MM-DD HH:mm", width=100),
            "amount_cents": grid.number(t("col.paid"), form="¥%.2f", width=85),
            "options": grid.text(t("mass_delay.options"), width=260),
        }
        return shown, columns

    grid.live(t, frame, build, key="mass-orders", height=300)


def _download(t: Words, held: HeldUp, incident_id: str) -> None:
    """For the gateway that tells buyers: platform and order number, nothing else."""
    still = held.orders.filter(pl.col("signed_at").is_null()).select("platform", "order_no").unique(maintain_order=True)
    st.download_button(
        t("mass_delay.download", n=t.count(still.height)), still.write_csv(), f"{incident_id}.csv", "text/csv",
        icon=":material/download:", key="mass_csv",
    )  # fmt: skip


def decide(t: Words, board: MassDelays, incident: dict[str, Any]) -> None:
    """Let buyers choose, or say that it is over."""
    outcomes.tell(_TOLD)
    if incident["state"] != "open":
        return
    paid = {one.option.value: one.compensation_cents for one in board.rules.options}
    offer, end = st.columns(2, gap="small")
    with offer, st.form("mass-offer", border=True):
        st.caption(t("mass_delay.offer_help"))
        chosen = st.multiselect(
            t("mass_delay.options"), list(paid), default=list(paid),
            format_func=lambda one: t.of("buyer_option", one)
            + (f" · {t.money(paid[one])}" if paid[one] else ""), key="mass_options",
        )  # fmt: skip
        most = max((paid[one] for one in chosen), default=0) * incident["orders"]
        if st.form_submit_button(
            t("mass_delay.offer", most=t.money(most)),
            type="primary",
            icon=":material/campaign:",
            **permit(t, "offer_options"),
        ):
            _end(partner_commands.offer_options(t, incident["incident_id"], chosen))
    with end, st.form("mass-end", border=True):
        st.caption(t("mass_delay.end_help", n=board.rules.incident.quiet_runs))
        reason = st.text_input(t("review.reason"), max_chars=200, key="mass_reason")
        if st.form_submit_button(t("mass_delay.end"), icon=":material/check:", **permit(t, "end_mass_delay")):
            _end(partner_commands.end_mass_delay(t, incident["incident_id"], reason=reason))


def _end(outcome: Told) -> None:
    st.session_state[_TOLD] = outcome
    st.rerun()
