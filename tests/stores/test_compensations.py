"""Making good from ticket to payment, on both databases: once a ticket, never over a budget, each step a fact."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from engine.errors import BadRequest, NotAllowed, NotFound
from engine.model.compensation import CompensationState, Remedy, Severity, WhyNone
from engine.model.roles import Role
from engine.model.tickets import Complaint
from engine.store import tables
from engine.store.screens import compensation as compensation_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.making_good.answer_compensations import CompensationAnswer, answer_compensations
from engine.usecases.making_good.compensate_orders import ManyCompensations, compensate_orders, plan_compensation
from engine.usecases.making_good.propose_compensations import propose_compensations
from engine.usecases.making_good.review_compensations import (
    approve_compensations,
    reject_compensations,
    set_compensation_budget,
    withdraw_compensations,
)
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.after_sales import asked, complain, moment, ticket_id
from tests.ticket_rows import label, sorted_tickets
from tests.worlds import SHOW, order, order_id, take

DENT = [f"{ticket_id(n)}:1" for n in range(1, 6)]
BROKEN = f"{ticket_id(6)}:1"


def build(room: Room) -> None:
    """Eight allocated orders; five buyers complain of a dent, the sixth of glass, the seventh of an invoice."""
    take(room, *(order(n) for n in range(1, 9)))
    allocate_waiting(room)
    said = ["盒子有点瘪", "外箱压扁", "有划痕", "轻微变形", "磕了一下"]
    sorted_tickets(room, {
        Complaint.DAMAGED: [
            *(asked(n, claim="words", text=said[n - 1]) for n in range(1, 6)),
            asked(6, claim="return", text="油瓶全<b>壞了</b>"),
        ],
        Complaint.OTHER: [asked(7, claim="words", text="发票呢"), asked(99, order_no=None, claim="words", text="在吗")],
        None: [asked(8, claim="words", text="")],
    })  # fmt: skip


@pytest.fixture
def desk(room_in: Callable[[str, Callable[[Room], object]], Room]) -> Iterator[Room]:
    made = room_in("complained", build)
    yield made
    assert verify(made.database).clean, [check for check in verify(made.database).checks if check.breaches]


def states(room: Room) -> dict[str, str]:
    return dict(room.database.read("SELECT compensation_id, state FROM compensations").rows())


def budget(room: Room) -> tuple[int, int]:
    [found] = room.database.read(
        "SELECT cents, committed_cents FROM compensation_budgets WHERE budget_key = $show", {"show": SHOW}
    ).rows()
    return found


def approve(room: Room, ids: list[str], role: Role = Role.OPERATOR) -> int:
    return approve_compensations(room.database, ids, actor="lin", role=role).done


def answer(room: Room, compensation_id: str, what: str) -> tuple[int, int, int]:
    receipt = answer_compensations(
        room.database, [CompensationAnswer(compensation_id, what, room.now())], actor="api:gateway"
    )
    return receipt.applied, receipt.repeated, len(receipt.refused)


def test_a_ticket_is_made_good_once_whoever_looks_how_often(desk: Room) -> None:
    run = propose_compensations(desk.database, actor="test")
    assert (run.looked_at, len(run.proposed), run.none) == (7, 6, {WhyNone.PERSON: 1})
    queue = {row["compensation_id"]: row for row in compensation_screens.compensation_queue(desk.database).to_dicts()}
    assert {queue[each]["remedy"] for each in DENT} == {"coupon"}
    assert {queue[each]["cost_cents"] for each in DENT} == {500}, "15 % of 29 yuan are less than five"
    assert queue[BROKEN]["severity"] == "serious"
    assert budget(desk) == (200_000, 0), "a proposal charges nothing"
    assert propose_compensations(desk.database, actor="test").proposed == ()
    again = propose_compensations(desk.database, actor="test", ticket_ids=[ticket_id(1), ticket_id(99), ticket_id(8)])
    assert again.none == {WhyNone.HAS_ONE: 1, WhyNone.NO_ORDER: 1, WhyNone.UNLABELLED: 1}
    with pytest.raises(NotFound):
        propose_compensations(desk.database, actor="test", ticket_ids=["douyin:nothing"])


def test_what_is_rejected_comes_again_only_when_somebody_asks(desk: Room) -> None:
    propose_compensations(desk.database, actor="test")
    with pytest.raises(NotAllowed, match="Say why"):
        reject_compensations(desk.database, DENT[:1], actor="lin", role=Role.OPERATOR, reason=" ")
    reject_compensations(desk.database, DENT[:1], actor="lin", role=Role.OPERATOR, reason="photo shows nothing")
    assert propose_compensations(desk.database, actor="test").proposed == ()
    assert propose_compensations(desk.database, actor="lin", ticket_ids=[ticket_id(1)]).proposed == (
        f"{ticket_id(1)}:2",
    )


def test_approved_money_is_charged_and_comes_back_when_the_platform_refuses(desk: Room) -> None:
    propose_compensations(desk.database, actor="test")
    assert approve(desk, DENT) == 5
    assert budget(desk) == (200_000, 2500)
    assert [
        row["compensation_id"] for row in compensation_screens.compensations_to_pay(desk.database, limit=9).to_dicts()
    ] == DENT
    assert answer(desk, DENT[0], "paid") == (1, 0, 0)
    assert answer(desk, DENT[0], "sent") == (0, 1, 0), "the report of sending comes late"
    assert answer(desk, DENT[1], "failed") == (1, 0, 0)
    assert answer(desk, DENT[1], "paid") == (0, 0, 1)
    assert answer(desk, BROKEN, "paid") == (0, 0, 1), "nobody approved it"
    assert answer(desk, "nothing", "paid") == (0, 0, 1)
    with pytest.raises(BadRequest):
        answer(desk, DENT[2], "approved")
    assert withdraw_compensations(desk.database, [DENT[0], DENT[2]], actor="lin", reason="undo").done == 1
    assert budget(desk)[1] == 1500
    with pytest.raises(NotAllowed, match="somebody was faster"):
        approve(desk, [DENT[3]])


def test_a_manager_must_agree_where_the_proposal_says_so_and_an_analyst_decides_nothing(desk: Room) -> None:
    with desk.database.transaction(actor="test", verb="dear") as tx:
        tx.execute(
            tables.order_lines.update().where(tables.order_lines.c.order_id == order_id(6)).values(amount_cents=9900)
        )
        tx.execute(tables.skus.update().where(tables.skus.c.sku == "RICE").values(cost_cents=9000))
    propose_compensations(desk.database, actor="test")
    with pytest.raises(NotAllowed, match="manager"):
        approve(desk, [BROKEN])
    with pytest.raises(NotAllowed, match="analyst"):
        approve(desk, DENT, Role.ANALYST)
    review = approve_compensations(desk.database, [DENT[0], BROKEN], actor="lin", role=Role.OPERATOR)
    assert (review.done, review.for_manager) == (1, 1)
    assert approve(desk, [BROKEN], Role.MANAGER) == 1


def test_two_people_who_approve_at_once_cannot_exceed_a_budget(desk: Room) -> None:
    propose_compensations(desk.database, actor="test")
    set_compensation_budget(desk.database, SHOW, 1200, actor="boss", role=Role.MANAGER, reason="small show")
    start, done = threading.Barrier(5), []

    def one(each: str) -> None:
        start.wait()
        try:
            done.append(approve(desk, [each]))
        except NotAllowed as refusal:
            assert "too little" in str(refusal)
            done.append(0)

    people = [threading.Thread(target=one, args=(each,)) for each in DENT]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sum(done) == 2, "two coupons of 5 yuan fit into 12"
    assert budget(desk) == (1200, 1000)
    for cents, role, says in ((900, Role.MANAGER, "committed"), (5000, Role.OPERATOR, "Only a manager")):
        with pytest.raises(NotAllowed, match=says):
            set_compensation_budget(desk.database, SHOW, cents, actor="x", role=role, reason="y")
    take(desk, order(9, ("RICE", 20)))
    propose_compensations(desk.database, actor="lin", ticket_ids=[ticket_id(6)])
    assert budget(desk)[0] == 1200, "what a person set stays, whatever the show sells"


def test_a_proposal_ends_when_its_ground_falls_away(desk: Room) -> None:
    propose_compensations(desk.database, actor="test")
    complain(desk, asked(1, claim="words", text="盒子有点瘪", closed_at=moment(20), updated_at=moment(20)))
    label(desk, {ticket_id(2): Complaint.QUALITY})
    change_orders(desk, [OrderChange(order_id(3), "refunded", desk.now(), "x")], actor="test")
    assert propose_compensations(desk.database, actor="test").withdrawn == 3
    found = states(desk)
    assert [found[each] for each in DENT] == ["withdrawn"] * 3 + ["proposed"] * 2


def test_what_the_platform_paid_back_by_itself_is_not_paid_again(desk: Room) -> None:
    propose_compensations(desk.database, actor="test")
    approve(desk, [BROKEN, DENT[0]], Role.MANAGER)
    paid_back = {"refunded_at": moment(20), "updated_at": moment(20), "refund_yuan": "29.00"}
    complain(desk, asked(6, claim="return", text="油瓶全<b>壞了</b>", **paid_back),
             asked(1, claim="words", text="盒子有点瘪", **paid_back))  # fmt: skip
    waiting = compensation_screens.compensations_to_pay(desk.database, limit=9)["compensation_id"].to_list()
    assert waiting == [DENT[0]], "a coupon is no refund"
    propose_compensations(desk.database, actor="test")
    assert states(desk)[BROKEN] == "withdrawn"
    assert budget(desk)[1] == 500


def test_all_buyers_of_a_cause_are_compensated_once_and_the_preview_says_exactly_what_happens(desk: Room) -> None:
    propose_compensations(desk.database, actor="test")
    many = ManyCompensations(
        cause="lot:RICE-1", order_ids=tuple(order_id(n) for n in range(1, 9)), complaint=Complaint.QUALITY,
        severity=Severity.SERIOUS, remedy=Remedy.COUPON)  # fmt: skip
    plan = plan_compensation(desk.database, many)
    assert (plan.orders, plan.none) == ((order_id(7), order_id(8)), {WhyNone.HAS_ONE: 6})
    assert (plan.cost_cents, plan.left, plan.short) == (1000, {SHOW: 199_000}, ())
    set_compensation_budget(desk.database, SHOW, 700, actor="boss", role=Role.MANAGER, reason="x")
    assert plan_compensation(desk.database, many).short == (SHOW,)
    with pytest.raises(NotAllowed, match=r"short of ¥3\.00"):
        compensate_orders(desk.database, many, actor="lin", reason="bad lot")
    set_compensation_budget(desk.database, SHOW, 200_000, actor="boss", role=Role.MANAGER, reason="x")
    assert compensate_orders(desk.database, many, actor="lin", reason="bad lot") == plan
    assert states(desk)[f"lot:RICE-1:{order_id(8)}"] == CompensationState.APPROVED
    with pytest.raises(NotAllowed, match="Nobody is left"):
        compensate_orders(desk.database, many, actor="lin", reason="again")
    with pytest.raises(NotFound):
        plan_compensation(desk.database, replace(many, order_ids=("nothing",)))
    assert propose_compensations(desk.database, actor="lin", ticket_ids=[ticket_id(7)]).none == {WhyNone.HAS_ONE: 1}
