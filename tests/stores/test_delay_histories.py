"""Whatever operators, buyers, time and allocation do in whatever order, no promise slips that no buyer let slip."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store import tables
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.answer_delays import DelayAnswer, answer_delays
from engine.usecases.allocation.propose_delays import propose_delays
from engine.usecases.allocation.review_delays import approve_delays, close_delays
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.certified import certified, use_planner
from tests.worlds import Clock, opened, order, order_id, take

ORDERS = range(1, 31)
Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "propose",
                "approve",
                "approve",
                "sent",
                "accepted",
                "accepted",
                "declined",
                "close",
                "allocate",
                "pass",
                "refund",
            ]
        ),
        st.integers(0, 30),
    ),
    min_size=3,
    max_size=14,
)


def ids(room: Room, state: str) -> list[str]:
    return room.database.read(
        "SELECT offer_id FROM delay_offers WHERE state = $state ORDER BY offer_id", {"state": state}
    )["offer_id"].to_list()


def propose(room: Room, _: int) -> None:
    # A fresh certificate, so that time that has passed does not end the story.
    with room.database.transaction(actor="test", verb="test") as tx:
        tx.execute(tables.allocation_rounds.update().values(at=tx.at))
    propose_delays(room, actor="test")


def approve(room: Room, n: int) -> None:
    if found := ids(room, "proposed")[: n % 4 + 1]:
        approve_delays(room, found, actor="test")


def answered(what: str) -> Callable[[Room, int], None]:
    def act(room: Room, n: int) -> None:
        found = ids(room, "approved") + ids(room, "sent")
        if found:
            answer_delays(room, [DelayAnswer(found[n % len(found)], what, room.now())], actor="test")

    return act


def refund(room: Room, n: int) -> None:
    change_orders(room, [OrderChange(order_id(n % 30 + 1), "refunded", room.now())], actor="test")


def pass_time(room: Room, n: int) -> None:
    clock = room.now
    assert isinstance(clock, Clock)
    clock.pass_(hours=n)


ACTS: dict[str, Callable[[Room, int], object]] = {
    "propose": propose,
    "approve": approve,
    "sent": answered("sent"),
    "accepted": answered("accepted"),
    "declined": answered("declined"),
    "close": lambda room, _: close_delays(room),
    "allocate": lambda room, n: allocate_waiting(room, limit=n + 1),
    "pass": pass_time,
    "refund": refund,
}


@pytest.fixture(scope="module")
def crowded(seeded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world with a certificate that says WH is dear, and thirty orders that wait."""
    path = tmp_path_factory.mktemp("crowded") / "room.duckdb"
    shutil.copy(seeded_file, path)
    room = opened(f"duckdb:///{path}", Clock())
    with pytest.MonkeyPatch.context() as patch:
        use_planner(patch, certified())
        take(room, order(99, ("GRAIN", 1)))
        allocate_waiting(room)
        take(room, *(order(n, ("GRAIN", 1)) for n in ORDERS))
    room.close()
    return path


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_history_keeps_every_invariant(crowded: Path, steps: list[Step]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        use_planner(patch, certified())
        shutil.copy(crowded, Path(folder) / "room.duckdb")
        room = opened(f"duckdb:///{folder}/room.duckdb", Clock())
        try:
            promised = dict(room.database.read("SELECT order_id, promise_at FROM orders").rows())
            for name, n in [("propose", 0), ("approve", 3), *steps]:
                ACTS[name](room, n)
                assert [check for check in verify(room.database).checks if check.breaches] == [], (name, n)
            moved = set(room.database.read("SELECT order_id FROM promise_moves")["order_id"])
            now = dict(room.database.read("SELECT order_id, promise_at FROM orders").rows())
            assert {order for order in now if now[order] != promised[order]} == moved
            accepted = set(room.database.read("SELECT order_id FROM delay_offers WHERE state = 'accepted'")["order_id"])
            assert moved == accepted
        finally:
            room.close()
