"""kill -9 in the midst of carrying out an action, and two processes that approve the same card: once, and not lost."""

import random

import polars as pl
import pytest

from engine.store.database import Database
from engine.usecases.room.verify import verify
from tests.acting import GO_ON, WRITES, Acting, acting
from tests.worlds import OPENING, SHOW

TOP_UP = ("top_up_pool", {"show_id": SHOW, "sku": "RICE", "units": 1})
MOVE = ("transfer_stock", {"lot": "GIFT-1", "node": "WH", "to_node": "DP", "units": 1})
RACES = 8
WRITES_OF_A_TOP_UP = 4  # the fact and the level of the pool, the steps of the action, and its state


def looked_at(url: str) -> tuple[pl.DataFrame, dict[str, int]]:
    """Every action with how often it was carried out; and what pools and shelves say of that."""
    database = Database.open(url)
    actions = database.read(
        "SELECT a.action_id, a.kind, a.state, count(*) FILTER (e.state = 'executed') AS times FROM actions a "
        "JOIN action_events e USING (action_id) GROUP BY ALL"
    )
    [(pool,)] = database.read("SELECT quantity FROM pool_balance WHERE show_id = 'night' AND sku = 'RICE'").rows()
    [(shelf,)] = database.read("SELECT on_hand FROM stock_balance WHERE node = 'WH' AND lot = 'GIFT-1'").rows()
    [(way,)] = database.read("SELECT coalesce(sum(units), 0)::BIGINT FROM expected_stock").rows()
    report = verify(database)
    database.close()
    assert report.clean, [(check.name, check.examples) for check in report.checks if check.breaches]
    return actions, {"pool": pool - 10, "shelf": 500 - shelf, "way": way}


def check_once(actions: pl.DataFrame, done: dict[str, int]) -> None:
    """The record and the world say the same, and neither says it twice."""
    assert set(actions["state"]) <= {"proposed", "executed"}, "all of an action, or nothing"
    assert actions.filter((pl.col("state") == "executed") != (pl.col("times") == 1)).is_empty()
    count = dict(actions.filter(pl.col("state") == "executed").group_by("kind").len().iter_rows())
    moved = count.get("transfer_stock", 0)
    assert done == {"pool": count.get("top_up_pool", 0), "shelf": moved, "way": moved}


def killed_amid(room: Acting, action_id: str, *, before: int, moment: float) -> bool:
    """Approve it and kill the room before this write of the commit, or a moment after the last went on, in the commit
    itself. Returns whether it had acknowledged by then."""
    room.line.send(("approve", action_id))
    for _ in range(before - 1):
        assert room.hear() == WRITES
        room.line.send(GO_ON)
    if before <= WRITES_OF_A_TOP_UP:
        assert room.hear() == WRITES
    acknowledged = before > WRITES_OF_A_TOP_UP and room.line.poll(moment)
    room.kill()
    return bool(acknowledged)


@pytest.mark.parametrize("room_url", ["duckdb", "postgres"], indirect=True)
def test_a_room_killed_in_the_midst_of_an_action_has_done_it_wholly_or_not_at_all(room_url: str) -> None:
    rng = random.Random(11)
    promised: set[str] = set()
    fatal = [*rng.sample(range(1, WRITES_OF_A_TOP_UP + 1), 2), WRITES_OF_A_TOP_UP + 1, WRITES_OF_A_TOP_UP + 1]
    for before in fatal:
        with acting(room_url, OPENING) as room:
            whole, torn = (room.ask("propose", *what) for what in (MOVE, TOP_UP))
            assert room.ask("approve", whole) == "executed"
            acknowledged = killed_amid(room, torn, before=before, moment=rng.uniform(0.0, 0.004))
        promised |= {whole, torn} if acknowledged else {whole}
        actions, done = looked_at(room_url)
        check_once(actions, done)
        executed = set(actions.filter(pl.col("state") == "executed")["action_id"])
        assert promised <= executed, "what was acknowledged is done"
        assert torn not in executed or before > WRITES_OF_A_TOP_UP, "what was not committed is not done"
        assert torn in set(actions["action_id"]), "the card is still there"
    left = [str(one) for one in actions.filter(pl.col("state") == "proposed")["action_id"]]
    with acting(room_url, OPENING) as room:
        assert {room.ask("approve", one) for one in left} <= {"executed"}, "what was not done can still be done"
        assert "is executed already" in room.ask("approve", min(promised))
    actions, done = looked_at(room_url)
    check_once(actions, done)
    assert set(actions["state"]) == {"executed"}


def both_approve(pair: dict[str, Acting], action_id: str) -> dict[str, str]:
    """Both approve it at once; returns what each was told."""
    for room in pair.values():
        room.line.send(("approve", action_id))
    told: dict[str, str] = {}
    while len(told) < len(pair):
        for name, room in pair.items():
            if name not in told and room.line.poll(0.001):
                said = room.hear()
                if said == WRITES:
                    room.line.send(GO_ON)
                else:
                    told[name] = said
    return told


@pytest.mark.parametrize("room_url", ["postgres"], indirect=True)
def test_of_two_processes_that_approve_the_same_card_one_wins_and_the_other_is_told(room_url: str) -> None:
    with acting(room_url, OPENING, "lin") as lin, acting(room_url, OPENING, "wang") as wang:
        winners = []
        for n in range(RACES):
            action_id = lin.ask("propose", *(TOP_UP, MOVE)[n % 2])
            told = both_approve({"lin": lin, "wang": wang}, action_id)
            [winner] = [name for name, what in told.items() if what == "executed"]
            loser = "wang" if winner == "lin" else "lin"
            assert told[loser] == f"{action_id} is executed already, by {winner}: it cannot become approved."
            winners.append(winner)
    actions, done = looked_at(room_url)
    check_once(actions, done)
    assert (actions.height, set(actions["state"])) == (RACES, {"executed"})
