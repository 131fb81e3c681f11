"""The right side of a what-if: how far the question is, and the answer, before and after, with what moved."""

from collections.abc import Sequence
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from dashboard import questions, sentences, state
from dashboard.components import grid, panels
from dashboard.components.ages import Freshness
from dashboard.components.orders import what_if_words
from dashboard.components.orders.what_if_words import Names, points, signed_count, signed_yuan
from dashboard.state import WhatIfView
from dashboard.wording import NOTHING, Words, plain
from engine.allocation.change_words import say_change
from engine.allocation.comparison import Comparison, Moved
from jobs.what_if_states import CopyNote, Phase, Standing

TABLE = 390
OTHERS = 250
WHOLE_YUAN = 1000
"""Costs from here on are told in whole yuan; below, a few orders differ by cents."""
MOST_PRICES = 8
"""Shadow prices told in words; the files hold them all."""


def progress(t: Words, standing: Standing) -> None:
    """What is being done and for how long."""
    steps = list(Phase)
    with st.container(border=True, key="what-if-progress"):
        st.progress(
            (steps.index(standing.phase) + 0.5) / steps.index(Phase.DONE),
            text=t(
                "what_if.working",
                step=t.of("what_if_phase", standing.phase),
                span=t.duration(standing.seconds),
            ),
        )
        st.caption(t("what_if.aside"))


def ended_without(t: Words, standing: Standing) -> None:
    """A question that has no answer, and why."""
    if standing.phase is Phase.REFUSED:
        st.error(plain(sentences.said(t, standing.sentence)))
    else:
        st.warning(t.of("what_if_phase", standing.phase))


def answer(t: Words, view: WhatIfView, standing: Standing, by: Names) -> None:
    """Figures before and after, parcels by carrier and node, shadow prices, and the files to repeat it."""
    told, copy = standing.comparison, standing.copy
    assert told is not None and copy is not None, "an answer has both"
    _copy_line(t, copy, standing.seconds)
    _tiles(t, told, Freshness(t.clock(copy.taken_at), stale=False, known=True))
    st.markdown(_what_moved(t, told))
    left, right = st.columns([1, 1.2], gap="medium")
    with left:
        st.markdown(f"**{t('what_if.carriers')}**")
        _parcels(t, told.carriers, by.carriers, t("col.carrier"), key="what-if-carriers")
        st.markdown(f"**{t('what_if.prices')}**")
        _prices(t, told, by)
    with right:
        st.markdown(f"**{t('what_if.nodes')}**")
        _parcels(t, told.nodes, by.nodes, t("col.node"), key="what-if-nodes")
        others(t, view, by)
    st.download_button(
        t("what_if.download"),
        lambda: questions.files(view.question),
        file_name=f"what-if-{copy.taken_at:%Y%m%d-%H%M%S}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        help=t("what_if.download_help"),
        key="what_if_download",
    )


def _copy_line(t: Words, copy: CopyNote, seconds: float) -> None:
    parts = [t("what_if.copy", at=t.clock(copy.taken_at), planned=t.count(copy.planned), waiting=t.count(copy.waiting))]
    if copy.in_scope > copy.planned + copy.sharing:
        parts.append(t("what_if.newest", n=t.count(copy.in_scope)))
    if copy.sharing:
        parts.append(t("what_if.sharing", n=t.count(copy.sharing)))
    if copy.planned:
        parts.append(t("what_if.as_planned", money=f"¥{copy.as_planned_yuan:,.0f}"))
    parts.append(t("what_if.took", span=t.duration(seconds)))
    st.caption(plain(" ".join(parts)))


def _tiles(t: Words, told: Comparison, fresh: Freshness) -> None:
    before, after = told.before, told.after
    cost = after.cost_yuan - before.cost_yuan
    digits = 0 if max(before.cost_yuan, after.cost_yuan) >= WHOLE_YUAN else 2
    share = f" ({100 * cost / before.cost_yuan:+.1f}%)" if before.cost_yuan else ""
    each = None if before.yuan_per_order is None else (after.yuan_per_order or 0.0) - before.yuan_per_order
    unserved = after.unserved - before.unserved
    late = None if before.on_time is None or after.on_time is None else after.on_time - before.on_time
    unknown = t("what_if.on_time_unknown") if after.on_time is None else ""
    known = after.on_time_known / after.parcels if after.parcels else 0.0
    coverage = t("what_if.on_time_part", share=t.share(known)) if after.on_time is not None and known < 1 else ""
    shown: tuple[tuple[str, str, str, float | None], ...] = (
        ("cost", f"¥{after.cost_yuan:,.{digits}f}", f"{signed_yuan(cost, digits=digits)}{share}", cost),
        ("each", _yuan(after.yuan_per_order), NOTHING if each is None else signed_yuan(each, digits=2), each),
        ("unserved", t.count(after.unserved), signed_count(unserved), unserved),
        ("on_time", points(after.on_time), unknown or coverage or _in_points(t, late), None if late is None else -late),
        ("gap", points(after.gap, digits=2), "" if after.gap is not None else t("what_if.gap_unknown"), None),
    )
    was = {
        "cost": f"¥{before.cost_yuan:,.{digits}f}",
        "each": _yuan(before.yuan_per_order),
        "unserved": t.count(before.unserved),
        "on_time": points(before.on_time),
        "gap": points(before.gap, digits=2),
    }
    for column, (name, value, note, worse) in zip(st.columns(len(shown), gap="small"), shown, strict=True):
        with column:
            moved = worse is not None and abs(worse) >= (0.0005 if name == "on_time" else 0.005)
            panels.tile(
                f"what-if-{name}",
                t(f"what_if.{name}"),
                value,
                _was(t, was[name], note),
                fresh,
                colour="gray" if not moved else "red" if worse is not None and worse > 0 else "green",
            )


def _was(t: Words, before: str, difference: str) -> str:
    parts = ([] if before == NOTHING else [t("what_if.was", before=before)]) + ([difference] if difference else [])
    return " · ".join(parts)


def _yuan(value: float | None) -> str:
    return NOTHING if value is None else f"¥{value:,.2f}"


def _in_points(t: Words, late: float | None) -> str:
    return NOTHING if late is None else t("what_if.points", n=f"{100 * late:+.1f}")


def _what_moved(t: Words, told: Comparison) -> str:
    parts = [
        t(
            "what_if.moved",
            rerouted=t.count(told.rerouted),
            served=t.count(told.newly_served),
            unserved=t.count(told.newly_unserved),
        )
    ]
    if told.before.shares_broken or told.after.shares_broken:
        parts.append(t("what_if.shares", before=told.before.shares_broken, after=told.after.shares_broken))
    return " ".join(parts)


def _parcels(t: Words, moves: Sequence[Moved], called: dict[str, str], label: str, *, key: str) -> None:
    frame = pl.DataFrame(
        {
            "name": [called.get(move.key, move.key) for move in moves],
            "before": [move.before for move in moves],
            "after": [move.after for move in moves],
            "difference": [move.after - move.before for move in moves],
        },
        schema={"name": pl.String, "before": pl.Int64, "after": pl.Int64, "difference": pl.Int64},
    )
    columns = {
        "name": grid.text(label, width="medium"),
        "before": grid.number(t("col.before"), width=90),
        "after": grid.number(t("col.after"), width=90),
        "difference": grid.number(t("col.difference"), form="%+d", width=90),
    }
    grid.show(t, frame, columns, key=key, height=TABLE)


def _prices(t: Words, told: Comparison, by: Names) -> None:
    if told.prices is None:
        st.caption(t("what_if.prices_unknown"))
    elif not told.prices:
        st.caption(t("what_if.prices_same"))
    else:
        st.markdown("\n".join(f"- {plain(what_if_words.price(t, move, by))}" for move in told.prices[:MOST_PRICES]))
        if len(told.prices) > MOST_PRICES:
            st.caption(t("what_if.prices_more", n=len(told.prices) - MOST_PRICES))


def others(t: Words, view: WhatIfView, by: Names) -> None:
    """Every scenario answered from the same copy, so that they compare; each is a link. Nothing where there is none."""
    answered = questions.answers(view.scope)
    if not answered:
        return
    st.markdown(f"**{t('what_if.others')}**")
    rows = []
    for standing in answered:
        told = standing.comparison
        if told is None:
            continue
        lines = [("change", say_change(change)) for change in standing.question.changes]
        link = urlencode([("lang", t.language), ("scope", state.scope_link(view.scope)), *lines])
        rows.append(
            (
                "; ".join(what_if_words.change(t, change, by) for change in standing.question.changes),
                signed_yuan(told.after.cost_yuan - told.before.cost_yuan),
                signed_count(told.after.unserved - told.before.unserved),
                points(told.after.on_time),
                f"/what_if?{link}",
            )
        )
    names = ("changes", "cost", "unserved", "on_time", "link")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    columns = {
        "link": st.column_config.LinkColumn("", display_text=":material/open_in_new:", width=40),
        "changes": grid.text(t("col.changes"), width="large"),
        "cost": grid.text(t("col.cost"), width=80),
        "unserved": grid.text(t("what_if.unserved"), width=125),
        "on_time": grid.text(t("what_if.on_time"), width=125),
    }
    grid.show(t, frame, columns, key="what-if-others", height=OTHERS)
