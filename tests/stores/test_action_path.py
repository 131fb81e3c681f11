"""Every kind of action, on both databases: an alert, its card with a preview, a yes, the deed, and the way back."""

import re
from collections.abc import Callable

import pytest

from dashboard.wording import words
from engine.errors import NotAllowed
from engine.model.actions import ActionKind
from engine.model.roles import Role
from engine.response.alerting import Finding, Proposal
from engine.response.answers import answers, known_of
from engine.response.preview import preview_of
from engine.store.screens.actions import open_actions
from engine.store.screens.alerts import standing_alerts
from engine.usecases.actions.approve_action import approve_action
from engine.usecases.actions.kinds import KINDS
from engine.usecases.actions.propose_action import preview_action
from engine.usecases.actions.undo_action import undo_action
from engine.usecases.alerts import settle_alerts
from engine.usecases.alerts.alert_policy import load_alert_policy
from engine.usecases.alerts.conditions.watched import Watched, cause
from engine.usecases.alerts.playbooks import load_playbooks
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.action_cases import CASES, build

WHY = "something is wrong"
MISTAKE = "it was a mistake"


def test_every_kind_is_tried_here() -> None:
    assert set(CASES) == set(ActionKind) == set(KINDS)


def raise_alert(room: Room, kind: ActionKind, patch: pytest.MonkeyPatch) -> str:
    """Its condition is met, and answered with this kind; returns the id of the alert."""
    case = CASES[kind]
    rule = load_alert_policy().rules[case.alert]
    about = cause(**{name: case.params.get(name) for name in ("sku", "node", "lot", "carrier")},
                  show=case.params.get("show_id"))  # fmt: skip
    finding = Finding(
        condition=case.alert, cause=about, measure=rule.critical_at, proposes=Proposal(kind, case.params, WHY)
    )
    patch.setattr(settle_alerts, "CONDITIONS", {case.alert: Watched(lambda _, __: [finding], 0)})
    run = settle_alerts.watch_alerts(room)
    assert (run.raised, run.proposed, run.refused) == (1, 1, ())
    assert kind in answers(rule, load_playbooks()), "the plan of the condition leads to this kind as well"
    known = known_of(KINDS[kind].parameters, about, {})
    assert known.items() <= case.params.items(), "whoever asks by hand finds the alert's part filled in"
    return str(standing_alerts(room.database)["alert_id"].item())


@pytest.mark.parametrize("kind", ActionKind)
def test_alert_preview_approval_execution_and_undo(
    kind: ActionKind, room_in: Callable[[str, Callable[[Room], object]], Room], monkeypatch: pytest.MonkeyPatch
) -> None:
    room, case, spec = room_in("actions", build), CASES[kind], KINDS[kind]
    case.before(room)
    at_first = case.state(room)

    alert_id = raise_alert(room, kind, monkeypatch)
    [alert] = standing_alerts(room.database).rows(named=True)
    [card] = open_actions(room.database).rows(named=True)
    assert (card["kind"], card["cause"], card["why"]) == (kind, f"alert:{alert_id}", WHY)
    assert (alert["action_id"], alert["action_state"]) == (card["action_id"], "proposed"), "the alert leads to its card"

    version = room.database.data_version()
    preview = preview_action(room, kind, case.params)
    assert preview == preview_of(card["preview"])
    assert (room.database.data_version(), case.state(room)) == (version, at_first), "a preview writes nothing"

    receipt = approve_action(room, card["action_id"], actor="lin", role=Role.ADMIN, seen=card["inputs"])
    assert (receipt.refused, receipt.differences) == ("", ())
    assert receipt.happened == preview.promised, "it does what the preview said"
    assert case.state(room) == case.after
    for t in (words("zh"), words("en")):
        assert [name for name in preview.promised if f"figure.{name}" not in t.texts] == []

    if spec.undo is None:
        with pytest.raises(NotAllowed, match=re.escape(spec.no_undo)):
            undo_action(room, card["action_id"], actor="wang", reason=MISTAKE)
    else:
        undo_action(room, card["action_id"], actor="wang", reason=MISTAKE)
        with pytest.raises(NotAllowed, match="undone already, by wang"):
            undo_action(room, card["action_id"], actor="wang", reason="again")
    assert case.state(room) == case.back
    assert story(room, card["action_id"]) == (
        [("proposed", "alerts"), ("approved", "lin"), ("executed", "lin")]
        + ([("undone", "wang")] if spec.undo else []),
        [("propose_action", "alerts"), ("approve_action", "lin")] + ([("undo_action", "wang")] if spec.undo else []),
    )
    report = verify(room.database)
    assert report.clean, [(check.name, check.examples) for check in report.checks if check.breaches]


Told = list[tuple[str, str]]


def story(room: Room, action_id: str) -> tuple[Told, Told]:
    """Its states, and the audit's verbs, each with who brought them."""
    steps = room.database.read(
        "SELECT state, actor FROM action_events WHERE action_id = $id ORDER BY step", {"id": action_id}
    )
    audited = room.database.read(
        "SELECT verb, actor FROM audit WHERE subject = $id OR (verb = 'propose_action' AND contains(detail, $id)) "
        "ORDER BY version",
        {"id": f"{action_id}"},
    )
    return steps.rows(), audited.rows()
