"""One action as a card: why, what it would change and is worth, what an undo brings back, who may say yes, until when.

One element a card: an inbox of fifty must refresh like a tile.
"""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

from dashboard import action_words, sentences
from dashboard.wording import NOTHING, Words
from engine.response.preview import Preview, preview_of

PRESSING_SECONDS = 300
"""A card that runs out within five minutes is worth a red figure: somebody has to be called."""
MOST_LEVELS = 4
"""Levels named on a card; a closed node moves hundreds, and the rest is counted."""

Names = Mapping[str, tuple[str, str]]


def html(t: Words, card: Mapping[str, Any], names: Names, now: datetime) -> str:
    """The card of a row of `open_actions`."""
    left = (card["expires_at"] - now).total_seconds()
    until = t("inbox.until", span=t.duration(max(left, 0)))
    tone = ' class="act-hot"' if left < PRESSING_SECONDS else ""
    title = f"{t.of('action', card['kind'])} · {action_words.subject(t, names, card['subject'])}"
    by = t("inbox.by", who=card["proposed_by"], age=t.age((now - card["proposed_at"]).total_seconds()))
    trouble = f'<p class="act-hot">{escape(sentences.said(t, card["trouble"]))}</p>' if card["trouble"] else ""
    return (
        f'<div class="act"><div class="act-head"><b>{escape(title)}</b>'
        f"<span>{escape(t.of('desk', card['desk']))} · {escape(by)} · <span{tone}>{escape(until)}</span></span></div>"
        f"<p>{escape(sentences.said(t, card['why']))}</p>{trouble}"
        f"{body(t, preview_of(card['preview']), names, card['kind'], card['reversibility'], card['approver'])}</div>"
    )


def body(t: Words, seen: Preview, names: Names, kind: str, reversibility: str, approver: str | None) -> str:
    """What a preview says: six figures, then the levels that move and what is impossible."""
    gain = NOTHING if seen.gain_cents is None else t.money(seen.gain_cents)
    cells = [
        (t("inbox.orders"), t.count(seen.orders)),
        (t("inbox.stake"), t.big_money(seen.stake_cents)),
        (t("inbox.cost"), t.money(seen.cost_cents)),
        (t("inbox.gain"), gain),
        (t("inbox.undo"), t.of("reversibility", reversibility)),
    ]
    if seen.on_time is not None:
        cells.insert(4, (t("inbox.on_time"), " → ".join(t.share(share) for share in seen.on_time)))
    if approver is not None:
        cells.append((t("inbox.approver"), t.of("role", approver)))
    shown = "".join(f"<div><small>{escape(label)}</small><b>{escape(value)}</b></div>" for label, value in cells)
    lines = "".join(f"<li>{escape(line)}</li>" for line in _lines(t, seen, names, kind))
    return f'<div class="act-figures">{shown}</div><ul class="act-lines">{lines}</ul>'


def _lines(t: Words, seen: Preview, names: Names, kind: str) -> list[str]:
    moved = [one for one in seen.levels if one.before != one.after]
    told = [
        t("inbox.level", what=t.of("level", one.what), subject=action_words.subject(t, names, one.subject),
          before=t.count(one.before), after=t.count(one.after))
        for one in moved[:MOST_LEVELS]
    ]  # fmt: skip
    if len(moved) > MOST_LEVELS:
        told.append(t("inbox.more_levels", n=t.count(len(moved) - MOST_LEVELS)))
    told += [t("inbox.impossible", n=t.count(one.count), why=impossible(t, one.reason)) for one in seen.impossible]
    return [*told, t.of("action_undo", kind)]


def impossible(t: Words, reason: str) -> str:
    """Why something cannot be done: steering has words of its own."""
    told = t.of("why_stuck", reason)
    return t.of("impossible", reason) if told == reason else told
