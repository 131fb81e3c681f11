"""A look, a yes and the deed in one commit on both databases; and what is beyond a role waits for whoever may."""

from dataclasses import replace
from typing import Any

import pytest

from engine.allocation.steering import ChangeKind
from engine.errors import NotAllowed, NotEnoughStock
from engine.model.actions import ActionKind, ActionState
from engine.model.roles import Role
from engine.response.preview import Preview
from engine.usecases.actions.act_now import act_now
from engine.usecases.actions.action_policy import load_action_policy
from engine.usecases.actions.approve_action import approve_action
from engine.usecases.actions.carry_out import ActionReceipt
from engine.usecases.actions.kinds.steering import STEERED
from engine.usecases.actions.propose_action import Because, preview_action, propose_action
from engine.usecases.actions.undo_action import undo_action
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from engine.usecases.stock.top_up_pool import top_up_pool
from tests.worlds import SHOW, pool

RICE = {"show_id": SHOW, "sku": "RICE", "units": 100}
DEAR = RICE | {"units": 900}


def acted(
    room: Room, params: dict[str, Any], *, seen: Preview | None = None, role: Role = Role.OPERATOR, **more: str
) -> ActionReceipt:
    looked = seen or preview_action(room, ActionKind.TOP_UP_POOL, params)
    because = Because(more.get("why", "it runs dry"), more.get("cause", ""))
    return act_now(room, ActionKind.TOP_UP_POOL, params, because=because, seen=looked, actor="lin", role=role)


def standing(room: Room) -> list[tuple[str, str]]:
    return room.database.read("SELECT state, approver FROM actions ORDER BY version").rows()


def tighten(patch: pytest.MonkeyPatch, yuan: float) -> None:
    """An operator may say yes to so much."""
    policy = load_action_policy()
    made = replace(policy, limits={one: replace(limit, operator_yuan=yuan) for one, limit in policy.limits.items()})
    patch.setattr("engine.usecases.actions.act_now.load_action_policy", lambda: made)


def test_it_is_proposed_approved_and_done_in_one_commit_and_can_be_taken_back(room: Room) -> None:
    version = room.database.data_version()
    receipt = acted(room, RICE)
    assert (receipt.state, receipt.happened["units"], pool(room, "RICE")[0]) == (ActionState.EXECUTED, 100, 110)
    assert room.database.data_version() == version + 1
    steps = room.database.read("SELECT state, actor FROM action_events ORDER BY step").rows()
    assert steps == [("proposed", "lin"), ("approved", "lin"), ("executed", "lin")]
    assert room.database.read("SELECT verb, actor FROM audit ORDER BY version DESC LIMIT 1").row(0) == (
        "act_now",
        "lin",
    )
    undo_action(room, receipt.action_id, actor="wang", reason="too many")
    assert pool(room, "RICE")[0] == 10
    assert verify(room.database).clean


def test_what_is_beyond_the_role_waits_for_whoever_may(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    tighten(monkeypatch, 2_999)  # a hundred bags are worth 3,000 yuan
    receipt = acted(room, RICE)
    assert (receipt.state, pool(room, "RICE")[0]) == (ActionState.PROPOSED, 10)
    assert standing(room) == [("proposed", "manager")]
    assert approve_action(room, receipt.action_id, actor="wu", role=Role.MANAGER).state is ActionState.EXECUTED


def test_what_came_to_more_between_the_look_and_the_commit_is_not_done_by_the_old_number(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = replace(preview_action(room, ActionKind.TOP_UP_POOL, RICE), stake_cents=1)
    tighten(monkeypatch, 2_999)
    assert acted(room, RICE, seen=looked).state is ActionState.PROPOSED
    assert pool(room, "RICE")[0] == 10
    [stake] = room.database.read("SELECT stake_cents FROM actions")["stake_cents"]
    assert stake == 300_000, "the card says what it comes to now"


def test_what_is_no_longer_possible_leaves_neither_a_card_nor_a_change(room: Room) -> None:
    looked = preview_action(room, ActionKind.TOP_UP_POOL, DEAR)
    top_up_pool(room, "shelf", "RICE", 900, actor="somebody", reason="meanwhile")
    version = room.database.data_version()
    with pytest.raises(NotAllowed, match="units are free of other claims"):
        acted(room, DEAR, seen=looked)
    with pytest.raises(NotEnoughStock):
        acted(room, DEAR)
    with pytest.raises(NotAllowed, match="Say why"):
        acted(room, DEAR, seen=looked, why=" ")
    assert (room.database.data_version(), standing(room)) == (version, [])
    assert verify(room.database).clean


def test_the_card_of_an_alert_is_the_one_that_is_done(room: Room) -> None:
    because = Because("RICE sells out", "alert:w1-1")
    waiting = propose_action(room, ActionKind.TOP_UP_POOL, RICE, because=because, actor="alerts")
    assert acted(room, RICE | {"units": 120}, cause="alert:w1-1").action_id == waiting
    assert pool(room, "RICE")[0] == 130
    with pytest.raises(NotAllowed, match="is executed already, by lin"):
        acted(room, RICE, cause="alert:w1-1")
    assert pool(room, "RICE")[0] == 130


def test_every_change_of_the_network_is_made_by_an_action() -> None:
    assert set(STEERED) == set(ChangeKind)
    assert len(set(STEERED.values())) == len(STEERED)
