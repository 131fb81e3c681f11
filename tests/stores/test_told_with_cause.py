"""What buyers are told by an action is written in its very commit: sold out, refund first, care for a lot."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.model.actions import ActionKind, ActionState
from engine.model.roles import Role
from engine.store import tables
from engine.usecases.actions.act_now import act_now
from engine.usecases.actions.propose_action import Because, preview_action
from engine.usecases.room.room import Room
from tests.action_cases import CASES, GATEWAY, NIGHT_RICE, build, open_gateway


def with_gateway(room: Room) -> None:
    with room.database.transaction(actor="test", verb="plant") as tx:
        tx.execute(tables.notice_channels.insert().values(**GATEWAY))


LOT_CARE = CASES[ActionKind.COMPENSATE].params


@pytest.mark.parametrize("room_in", ["duckdb"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "params", "before", "notice", "buyers"),
    [
        (ActionKind.SEND_NOTICES, NIGHT_RICE | {"notice": "sold_out"}, open_gateway, "sold_out", 2),
        (ActionKind.SEND_NOTICES, NIGHT_RICE | {"notice": "refund_first"}, open_gateway, "refund_first", 2),
        (ActionKind.COMPENSATE, LOT_CARE, with_gateway, "lot_care", 1),
    ],
)
def test_the_deed_and_what_buyers_are_told_of_it_are_one_commit(
    kind: ActionKind,
    params: dict[str, Any],
    before: Callable[[Room], object],
    notice: str,
    buyers: int,
    room_in: Callable[[str, Callable[[Room], object]], Room],
) -> None:
    room = room_in("actions", build)
    before(room)
    seen = preview_action(room, kind, params)
    assert room.database.read("SELECT count(*) FROM notices").item() == 0, "a preview tells nobody"
    done = act_now(room, kind, params, because=Because("it is so"), seen=seen, actor="lin", role=Role.ADMIN)
    assert done.state is ActionState.EXECUTED
    version = room.database.data_version()
    told = room.database.read("SELECT kind, audience, state, version FROM notices").rows()
    assert told == [(notice, "buyer", "queued", version)] * buyers
    [(executed,)] = room.database.read("SELECT version FROM action_events WHERE state = 'executed'").rows()
    assert executed == version
