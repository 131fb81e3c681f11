"""The board of alerts: how many of what weight, the list to take from, their history, and the plans for emergencies."""

from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard.boards.alerts import Alerts
from dashboard.commands import alerts as commands
from dashboard.components import grid, outcomes
from dashboard.components.ages import Freshness
from dashboard.components.panels import tile
from dashboard.permits import Told, permit
from dashboard.state import AlertsView
from dashboard.wording import NOTHING, Words, plain
from engine.model.alerts import Condition, Playbook
from engine.response.answers import answers

HEIGHT = 460
_LAID, _ROUND, _TOLD = "alerts_laid", "alerts_round", "alerts_told"


def figures(t: Words, board: Alerts) -> None:
    """Critical, warnings, what nobody took in time, and what rang nobody."""
    standing = board.standing
    shown = {
        "critical": (standing.filter(pl.col("severity") == "critical").height, "red"),
        "warning": (standing.filter(pl.col("severity") == "warning").height, "orange"),
        "escalated": (standing.filter(pl.col("state") == "escalated").height, "red"),
        "silenced": (standing.filter(pl.col("silence").is_not_null()).height, "gray"),
    }
    fresh = Freshness("", stale=False, known=True)
    for column, (name, (number, colour)) in zip(st.columns(len(shown), gap="small"), shown.items(), strict=True):
        with column:
            paint = colour if number else "gray"
            tile(f"alerts-{name}", t(f"alerts.{name}"), t.count(number), t(f"alerts.{name}_note"), fresh, colour=paint)


def changed(board: Alerts) -> int:
    """How many alerts came, went or moved since the list was laid."""
    laid = st.session_state.get(_LAID)
    keys = ("alert_id", "state", "severity", "under")
    return 0 if laid is None else len(set(laid.select(keys).rows()) ^ set(board.standing.select(keys).rows()))


def lay_anew() -> None:
    """Take the list as it is now; earlier choices are gone."""
    st.session_state.pop(_LAID, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def told() -> None:
    """What the last click came to."""
    outcomes.tell(_TOLD)


def desk(t: Words, board: Alerts, view: AlertsView) -> None:
    """The panel that is open."""
    st.segmented_control(
        t("alerts.what"), AlertsView.PANELS, default=view.panel, key="alerts_panel", label_visibility="collapsed",
        format_func=lambda panel: t.of("alerts_panel", panel), required=True, on_change=_choose,
    )  # fmt: skip
    if view.panel == "log":
        _log(t, board)
    elif view.panel == "books":
        _books(t, board)
    else:
        _standing(t, board)


def _choose() -> None:
    st.query_params["panel"] = st.session_state["alerts_panel"]


def sentence(t: Words, board: Alerts, condition: str, facts: str) -> str:
    """What is known of an alert, in a sentence; codes of nodes, carriers and articles by their names."""
    known: dict[str, Any] = {name: NOTHING if value is None else value for name, value in orjson.loads(facts).items()}
    for name in ("sku", "node", "carrier", "place"):
        if name in known:
            known[name] = _called(t, board, known[name])
    for apart in (" / ", ", "):  # a lot with its SKU; carrier, node and region of a mass delay
        if "name" in known and apart in known["name"]:
            known["name"] = apart.join(_called(t, board, part) for part in known["name"].split(apart))
    if "name" in known:
        known["name"] = _called(t, board, known["name"])
    if "layer" in known:
        known["layer"] = t.of("layer", known["layer"])
    if "tiers" in known:
        known["tiers"] = "、".join(
            _called(t, board, tier) or t("partners.all_tiers") for tier in known["tiers"].split(", ")
        )
    words = {
        "watch_word": t.of("watch", known.get("watch")),
        "feed_word": t.of("feed", known.get("feed")),
        "invariant_word": t.of("invariant", known.get("invariant")),
    }
    return t.of("alert_facts", condition).format(**known, **words)


def _called(t: Words, board: Alerts, code: str) -> str:
    zh, en = board.names.get(code, (code, code))
    if zh == en:
        return t.of("province", zh) if code in board.names else code
    return zh if t.language == "zh" else en


def _standing(t: Words, board: Alerts) -> None:
    if board.standing.is_empty():
        st.info(t("alerts.none"), icon=":material/check_circle:")
        return
    laid: pl.DataFrame = st.session_state.setdefault(_LAID, board.standing)
    chosen = laid[_table(t, board, laid, key=f"alerts-{st.session_state.get(_ROUND, 0)}")]
    open_ones = chosen.filter(pl.col("state") != "acknowledged")
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="alerts-doors"):
        take = st.button(
            t("alerts.take", n=open_ones.height), type="primary", icon=":material/back_hand:", key="alerts-take",
            **permit(t, "take_alerts", disabled=open_ones.is_empty()),
        )  # fmt: skip
        st.caption(t("alerts.choose"), width="content")
    if chosen.height == 1:
        _answers(t, board, chosen.row(0, named=True))
    if take:
        _end(commands.take_alerts(t, open_ones["alert_id"].to_list()))


def _answers(t: Words, board: Alerts, alert: dict[str, Any]) -> None:
    """What the plan of this alert answers it with: each leads to its preview, filled in with what the alert knows."""
    kinds = answers(board.rules[Condition(alert["condition"])], board.plans)
    if not kinds:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="alerts-answers"):
        st.markdown(f"**{t('alerts.answer')}**", width="content")
        for kind in kinds:
            if st.button(t.of("action", kind), key=f"answer-{kind}", **permit(t, "preview_action")):
                asked = {"lang": t.language, "panel": "ask", "kind": kind.value, "alert": alert["alert_id"]}
                st.switch_page("../pages/inbox.py", query_params=asked)


def _end(outcome: Told) -> None:
    st.session_state[_TOLD] = outcome
    lay_anew()
    st.rerun()


def _table(t: Words, board: Alerts, laid: pl.DataFrame, *, key: str) -> list[int]:
    rules = [board.rules[Condition(name)] for name in laid["condition"]]
    facts = [sentence(t, board, name, known) for name, known in laid.select("condition", "facts").iter_rows()]
    books = [NOTHING if rule.playbook is None else t.of("playbook", rule.playbook.value) for rule in rules]
    links = [None if action is None else f"/inbox?lang={t.language}&action={action}" for action in laid["action_id"]]
    shown = laid.with_columns(
        *grid.beijing("raised_at"),
        *grid.yuan("cents"),
        grid.mapped(t, "alert_severity", "severity"),
        grid.mapped(t, "alert_condition", "condition"),
        grid.mapped(t, "alert_state", "state"),
        grid.mapped(t, "alert_condition", "root"),
        grid.mapped(t, "alert_silence", "silence"),
        pl.Series("what", facts, dtype=pl.String),
        pl.Series("desk", [t.of("staff_desk", rule.desk.value) for rule in rules], dtype=pl.String),
        pl.Series("book", books, dtype=pl.String),
        pl.Series("link", links, dtype=pl.String),
    )
    columns = {
        "severity": grid.text(t("alerts.weight"), width=65),
        "condition": grid.text(t("alerts.what"), width=130),
        "what": grid.text(t("alerts.facts"), width=370),
        "orders": grid.number(t("col.orders"), width=60),
        "cents": grid.number(t("alerts.at_stake"), form="¥%.0f", width=80),
        "raised_at": grid.moment(t("alerts.since"), form="HH:mm:ss", width=80),
        "state": grid.text(t("col.state"), width=75),
        "link": st.column_config.LinkColumn(t("alerts.card"), display_text=t("alerts.go"), width=60),
        "desk": grid.text(t("alerts.desk"), width=75),
        "book": grid.text(t("alerts.book"), width=90),
        "root": grid.text(t("alerts.under"), width=100),
        "silence": grid.text(t("alerts.silence"), width=95),
    }
    return grid.show(t, shown, columns, key=key, height=HEIGHT, selection="multi-row")


def _log(t: Words, board: Alerts) -> None:
    said = [sentence(t, board, name, known) for name, known in board.story.select("condition", "facts").iter_rows()]
    shown = board.story.with_columns(
        *grid.beijing("at"),
        grid.mapped(t, "alert_condition", "condition"),
        grid.mapped(t, "alert_state", "kind"),
        grid.mapped(t, "alert_severity", "severity"),
        grid.mapped(t, "alert_reason", "reason"),
        pl.Series("what", said, dtype=pl.String),
    )
    columns = {
        "at": grid.moment(t("col.at")),
        "condition": grid.text(t("alerts.what"), width=150),
        "what": grid.text(t("alerts.facts"), width=430),
        "severity": grid.text(t("alerts.weight"), width=70),
        "kind": grid.text(t("col.state"), width=90),
        "reason": grid.text(t("alerts.reason"), width=110),
        "actor": grid.text(t("alerts.actor"), width=110),
    }
    grid.show(t, shown, columns, key="alert-log", height=HEIGHT)


def _books(t: Words, board: Alerts) -> None:
    for playbook in Playbook:
        plan = board.plans[playbook]
        head = f"{plain(plan.title.of(t.language))} · {plain(plan.when.of(t.language))}"
        with st.expander(head, icon=":material/menu_book:"):
            rows = [
                (n, step.says.of(t.language), t.of("staff_desk", step.owner.value),
                 t("alerts.within", n=step.within_minutes),
                 NOTHING if step.action is None else t.of("action", step.action),
                 f"/{'' if step.page == 'overview' else step.page}?lang={t.language}")
                for n, step in enumerate(plan.steps, start=1)
            ]  # fmt: skip
            columns = {
                "n": grid.number("#", width=40),
                "says": grid.text(t("alerts.steps"), width=520),
                "owner": grid.text(t("alerts.owner"), width=110),
                "within": grid.text(t("alerts.time"), width=110),
                "action": grid.text(t("alerts.card"), width=130),
                "page": st.column_config.LinkColumn(t("alerts.place"), display_text=t("alerts.go"), width=80),
            }
            frame = pl.DataFrame(rows, schema=list(columns), orient="row")
            grid.show(t, frame, columns, key=f"book-{playbook}")
            st.markdown(f"**{t('alerts.buyers')}**　{plain(plan.buyers.of(t.language))}")
            st.markdown(f"**{t('alerts.staff')}**　{plain(plan.staff.of(t.language))}")
