"""One wave: where it goes and when, what must not be picked, and its four lists; printing and CSV."""

from urllib.parse import quote

import streamlit as st

from dashboard import reads, sentences, state
from dashboard.components.floor import floor_tables, wave_tables
from dashboard.state import WavesView
from dashboard.wording import LANGUAGES, NOTHING, Words, plain, words
from engine.errors import NotFound
from engine.usecases.floor.wave_sheet import WaveSheet

HEIGHT = 560


def draw(t: Words, view: WavesView) -> None:
    """The wave of the address bar, or the sentence that there is none."""
    try:
        sheet = reads.wave_sheet(view.wave)
    except NotFound as refusal:
        st.info(plain(sentences.said(t, str(refusal))))
        _back(t, view.node)
        return
    _head(t, sheet)
    _doors(t, sheet)
    _warnings(t, sheet)
    _choice(t, view)
    if view.sheet == "pick":
        wave_tables.picks(t, sheet, height=HEIGHT)
    elif view.sheet == "sort":
        wave_tables.slots(t, sheet, height=HEIGHT)
    elif view.sheet == "kits":
        wave_tables.kits(t, sheet, height=HEIGHT)
    else:
        wave_tables.packing(t, sheet, height=HEIGHT)


def facts(t: Words, sheet: WaveSheet) -> tuple[tuple[str, str], ...]:
    """Label and figure of what stands over a wave, on the screen and on paper."""
    head = sheet.head
    live = sum(slot.live for slot in sheet.slots)
    walk = NOTHING if sheet.metres is None else t("wave.metres", n=t.count(round(sheet.metres)))
    return (
        (t("wave.parcels"), t.count(live)),
        (t("wave.units"), t.count(sheet.units)),
        (t("wave.kg"), t("wave.kg_of", n=t.count(round(sum(slot.kg for slot in sheet.slots))))),
        (t("wave.stops"), t.count(len(sheet.stops))),
        (t("wave.walk"), walk),
        (t("wave.leaves"), t.stamp(head["leaves_at"])[5:16]),
        (t("wave.due"), t.stamp(head["due_at"])[5:16]),
    )


def notes(t: Words, sheet: WaveSheet) -> list[str]:
    """What this room does not know, and what that means for the lists."""
    told = []
    if sheet.metres is None:
        told.append(t("wave.no_bins"))
    if not sheet.materials_known:
        told.append(t("wave.no_materials"))
    return told


def _head(t: Words, sheet: WaveSheet) -> None:
    head = sheet.head
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="wave-head"):
        colour = "orange" if head["reason"] == "pressed" else "blue"
        st.badge(t.of("wave_reason", head["reason"]), color=colour)
        st.markdown(f"**{plain(head['wave_id'])} · {plain(floor_tables.route_line(t, head))}**", width="content")
        st.caption(
            plain(
                t("wave.released", node=t.name(head, "node"), at=t.stamp(head["released_at"]), by=head["released_by"])
            ),
            width="content",
        )
    figures = facts(t, sheet)
    for column, (label, value) in zip(st.columns(len(figures), gap="small"), figures, strict=True):
        column.metric(label, value, border=True)


def _doors(t: Words, sheet: WaveSheet) -> None:
    wave, node = quote(sheet.head["wave_id"], safe=""), sheet.head["node"]
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="wave-doors"):
        _back(t, node)
        for language in LANGUAGES:
            st.link_button(
                t("wave.print", language=words(language)("language.name")),
                f"/floor/waves/{wave}?lang={language}",
                icon=":material/print:",
            )
        st.link_button(t("wave.pick_csv"), f"/floor/waves/{wave}/pick.csv", icon=":material/download:")
        st.link_button(t("wave.pack_csv"), f"/floor/waves/{wave}/pack.csv", icon=":material/download:")


def _back(t: Words, node: str) -> None:
    if st.button(t("wave.back"), icon=":material/arrow_back:", key="wave-back"):
        st.query_params.from_dict({state.LANGUAGE: t.language, "node": node, "panel": "released"})
        st.rerun()


def _warnings(t: Words, sheet: WaveSheet) -> None:
    for note in notes(t, sheet):
        st.info(note, icon=":material/info:")
    if sheet.stopped:
        units = sum(line.qty for line in sheet.stopped)
        st.error(t("wave.stopped", n=t.count(units)), icon=":material/front_hand:")
        wave_tables.stopped(t, sheet)


def _choice(t: Words, view: WavesView) -> None:
    st.segmented_control(
        t("wave.sheet"),
        WavesView.SHEETS,
        default=view.sheet,
        format_func=lambda sheet: t.of("wave_sheet", sheet),
        key="wave_sheet",
        label_visibility="collapsed",
        required=True,
        on_change=_choose_sheet,
    )


def _choose_sheet() -> None:
    st.query_params["sheet"] = st.session_state["wave_sheet"]
