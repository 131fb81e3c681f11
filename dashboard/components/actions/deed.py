"""The last step of every deed, on whatever page it is thought of: what it would do, why, and one button.

Whose role reaches what is at stake does it with that button, in one commit; for others it puts a card before whoever
may. There is no other way from a page to the world.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.commands import actions as action_commands
from dashboard.components import outcomes
from dashboard.components.actions import action_card
from dashboard.components.actions.action_card import Names
from dashboard.permits import Told, permit
from dashboard.wording import Words, plain
from engine.model.actions import ActionKind
from engine.response.preview import Preview
from engine.usecases.actions.kinds import KINDS

_TOLD = "deed_told"
MOST_WHY = 200
"""Characters of a reason."""


def told() -> None:
    """What the last deed came to; stands where the page calls this, once."""
    outcomes.tell(_TOLD)


def tell(outcome: Told) -> None:
    """Keep this for `told`, and draw the page anew."""
    st.session_state[_TOLD] = outcome
    st.rerun()


def look(t: Words, kind: ActionKind, params: Mapping[str, Any]) -> Preview | Told:
    """What it would do, or why that cannot be looked at."""
    may = permit(t, "preview_action")
    if may["disabled"]:
        return Told(done=False, text=may["help"])
    seen: Preview | Told = action_commands.preview(t, kind, params)
    return seen


def at_once(t: Words, kind: ActionKind, params: Mapping[str, Any], *, why: str) -> Told:
    """Look and do in one, for each of several that were chosen together."""
    seen = look(t, kind, params)
    return seen if isinstance(seen, Told) else action_commands.act(t, kind, params, why=why, seen=seen)


def shown(t: Words, kind: ActionKind, seen: Preview, names: Names) -> None:
    """What it would do, as on its card."""
    approver = action_commands.approver(kind, seen).value
    body = action_card.body(t, seen, names, kind, KINDS[kind].reversibility, approver)
    st.html(f'<div class="act">{body}</div>')


def line(t: Words, kind: ActionKind, seen: Preview) -> None:
    """The same in one line, under a preview that a page draws in its own way."""
    told = [
        f"{t('inbox.stake')} {t.big_money(seen.stake_cents)}",
        f"{t('inbox.approver')} {t.of('role', action_commands.approver(kind, seen).value)}",
        t.of("action_undo", kind),
    ]
    if seen.on_time is not None:
        told.insert(1, f"{t('inbox.on_time')} {' → '.join(t.share(share) for share in seen.on_time)}")
    st.caption(plain(" · ".join(told)))


def button(
    t: Words, kind: ActionKind, params: Mapping[str, Any], seen: Preview, *, key: str, why: str = "", cause: str = ""
) -> Told | None:
    """Why (`why` stands there already), and the button; what came of a click, or None. cause: of an action that answers
    an alert."""
    approver = action_commands.approver(kind, seen)
    may = action_commands.can_approve(approver)
    label = t("inbox.act_do") if may else t("inbox.act_ask", role=t.of("role", approver))
    with st.form(key, border=False):
        reason, go = st.columns([4, 1.4], vertical_alignment="bottom")
        said = reason.text_input(t("inbox.why"), value=why[:MOST_WHY], max_chars=MOST_WHY, key=f"{key}_why")
        pressed = go.form_submit_button(
            label,
            type="primary",
            icon=":material/bolt:" if may else ":material/add_task:",
            width="stretch",
            **permit(t, "act_now"),
        )
    return action_commands.act(t, kind, params, why=said, seen=seen, cause=cause) if pressed else None
