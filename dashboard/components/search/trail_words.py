"""A timeline in the reader's words: what happened, to what, with which figures, who did it. Knows where words of each
source stand; what it has no word for is shown as the engine has it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dashboard import sentences
from dashboard.wording import Words
from engine.model.personal import masked_json, masked_words
from engine.store.database import as_json

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "wave": ("wave_reason",),
    "scan": ("scan", "trouble"),
    "stop": ("stop_state",),
    "alarm": ("alarm_state",),
    "clause": ("clock",),
    "cold": ("breach",),
    "request": ("track_wish",),
    "request_event": ("track_request",),
    "option": ("buyer_option",),
    "ticket": ("claim",),
    "label": ("complaint",),
    "compensation": ("remedy",),
    "compensation_event": ("compensation_state",),
    "owed": ("form",),
    "notice": ("notice_kind",),
    "notice_event": ("notice_state",),
    "moved": ("change",),
    "steering": ("change",),
    "stuck": ("why_stuck",),
    "outcome": ("verdict",),
    "action": ("action_state",),
    "alert": ("alert_state",),
    "incident_event": ("incident_state",),
    "audit": ("verb",),
}
"""By the source of a row, the families of words that its kind is a member of; all others are of the family "trail"."""

Names = Mapping[str, str]


def what(t: Words, source: str, kind: str) -> str:
    """`Ticket: refund`."""
    told = t.of("told", source)
    for family in FAMILIES.get(source, ()):
        if f"{family}.{kind}" in t.texts:
            return t("search.what", source=told, kind=t.of(family, kind))
    word = t.of("trail", kind)
    return told if not word or word == told else t("search.what", source=told, kind=word)


def detail(t: Words, row: Mapping[str, Any], names: Names) -> str:
    """The sentence, what somebody wrote, and the figures of a row."""
    words = row["words"] or ""
    if row["source"] == "audit":
        words = as_json(masked_json(words)) if words not in ("", "{}") else ""
    elif row["source"] == "alarm":
        words = t.of("watch", words)
    elif words:
        words = sentences.said(t, masked_words(words))
    figures = _figures(t, row["source"], (row["figures"] or "").split("|"), names) if row["figures"] else ""
    return " · ".join(part for part in (figures, words) if part)


def _figures(t: Words, source: str, parts: list[str], names: Names) -> str:
    if source == "planned":
        node, carrier, cents = parts
        return " · ".join((names.get(node, node), names.get(carrier, carrier), t.money(int(cents))))
    if source == "forecast":
        pick_up, delivery, eta = parts
        when = t.stamp(datetime.fromtimestamp(int(eta), UTC))[5:16]
        return t("search.forecast", pick=t.share(float(pick_up)), late=t.share(float(delivery)), eta=when)
    if source == "clause":
        return t("search.clause", chance=t.share(float(parts[0])), money=t.money(int(parts[1])))
    if source == "alarm":
        return t("search.alarm", n=t.count(int(parts[0])), money=t.money(int(parts[1])))
    if source == "cold":
        return t("search.cold", peak=f"{float(parts[0]):.1f}", n=t.count(round(float(parts[1]))))
    if source in ("compensation", "owed", "option"):
        return t.money(int(parts[0]))
    if source == "movement":
        return t("search.movement", on_hand=f"{int(parts[0]):+,}", fenced=f"{int(parts[1]):+,}")
    return f"{int(parts[0]):+,}" if source == "pool" else t.count(int(parts[0]))
