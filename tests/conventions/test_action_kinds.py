"""No kind of action is half made: rule, words in both languages, audit verb, preview, way back or refusal."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from dashboard.wording import LANGUAGES, words
from engine.model.actions import ActionKind
from engine.model.roles import Role
from engine.response.answers import answers
from engine.response.notice_templates import Templates
from engine.usecases.actions.action_policy import load_action_policy
from engine.usecases.actions.kinds import KINDS
from engine.usecases.actions.kinds.spec import ActionSpec
from engine.usecases.alerts.alert_policy import load_alert_policy
from engine.usecases.alerts.playbooks import load_playbooks
from engine.usecases.notices.notice_policy import load_notice_templates
from engine.usecases.room.permissions import load_permissions

MOVES = ("propose", "approve", "execute", "reject", "undo", "renew")
"""What happens to an action; each leaves an audit row under its verb, and `act_now` does three of them at once."""
FAMILIES = ("action", "action_help", "action_undo")


def made_of() -> dict[str, Any]:
    """Everything that a kind needs, by where it stands."""
    return {
        "specs": dict(KINDS),
        "rules": dict(load_action_policy().kinds),
        "texts": {language: set(words(language).texts) for language in LANGUAGES},
        "chat": load_notice_templates(),
        "answers": {kind for rule in load_alert_policy().rules.values() for kind in answers(rule, load_playbooks())},
        "least": dict(load_permissions().least),
    }


def lacking(kind: ActionKind, made: Mapping[str, Any]) -> list[str]:
    """What of this kind is missing, in words."""
    spec: ActionSpec | None = made["specs"].get(kind)
    if spec is None:
        return ["no module"]
    found = []
    if kind not in made["rules"]:
        found.append("no rule in actions.toml")
    if made["least"].get("act_now") is not Role.OPERATOR or "undo_action" not in made["least"]:
        found.append("nobody may do or undo it")
    for language in LANGUAGES:
        texts = made["texts"][language]
        needed = [f"{family}.{kind}" for family in FAMILIES]
        needed += [f"param.{one.name}" for one in spec.parameters]
        needed += [f"choice.{word}" for one in spec.parameters for word in one.choices]
        needed += [f"verb.{move}_action" for move in MOVES] + [
            "verb.act_now",
            "verb.action_failed",
            "verb.expire_actions",
        ]
        found += [f"no {key} in {language}" for key in needed if key not in texts]
    chat: Templates = made["chat"]
    said = chat.words["what"].get(kind, {})
    found += [f"no word for a chat in {language}" for language in LANGUAGES if language not in said]
    if not callable(spec.plan) or not callable(spec.apply) or not callable(spec.measure):
        found.append("no preview, execution or outcome")
    if spec.undo is None and not spec.no_undo:
        found.append("no way back, and nothing that says why")
    if kind not in made["answers"]:
        found.append("no alert leads to it")
    return found


@pytest.mark.parametrize("kind", ActionKind)
def test_every_kind_is_whole(kind: ActionKind) -> None:
    assert lacking(kind, made_of()) == []


def without_way_back(made: dict[str, Any]) -> None:
    spec = replace(KINDS[ActionKind.CLOSE_NODE])
    object.__setattr__(spec, "undo", None)
    made["specs"][ActionKind.CLOSE_NODE] = spec


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda made: made["specs"].pop(ActionKind.CLOSE_NODE), "no module"),
        (lambda made: made["rules"].pop(ActionKind.CLOSE_NODE), "no rule in actions.toml"),
        (lambda made: made["texts"]["zh"].remove("action.close_node"), "no action.close_node in zh"),
        (lambda made: made["texts"]["en"].remove("verb.undo_action"), "no verb.undo_action in en"),
        (lambda made: made["answers"].remove(ActionKind.CLOSE_NODE), "no alert leads to it"),
        (lambda made: made["least"].pop("undo_action"), "nobody may do or undo it"),
        (without_way_back, "no way back, and nothing that says why"),
    ],
)
def test_a_half_made_kind_is_found(spoil: Callable[[dict[str, Any]], object], told: str) -> None:
    made = made_of()
    spoil(made)
    assert lacking(ActionKind.CLOSE_NODE, made) == [told]


def test_a_kind_with_neither_way_back_nor_refusal_cannot_even_be_written_down() -> None:
    with pytest.raises(AssertionError, match="a way back, or says why"):
        replace(KINDS[ActionKind.CLOSE_NODE], undo=None)
