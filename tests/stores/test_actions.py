"""What can go wrong with an action on its way, on both databases; each kind's way itself is in test_action_path.py."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from dashboard.wording import words
from engine.errors import BadRequest, NotAllowed, NotEnoughStock, NotFound
from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.model.actions import ActionKind, ActionState
from engine.model.roles import Role
from engine.response.preview import Difference
from engine.store.database import Database
from engine.store.screens.actions import open_intercepts
from engine.usecases.actions.action_policy import load_action_policy
from engine.usecases.actions.approve_action import approve_action, execute_action, execute_unattended
from engine.usecases.actions.carry_out import ActionReceipt
from engine.usecases.actions.judge_actions import judge_actions
from engine.usecases.actions.propose_action import Because, propose_action
from engine.usecases.actions.reject_action import expire_actions, reject_action
from engine.usecases.actions.undo_action import undo_action
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.road.track import track
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from engine.usecases.stock.expected_stock import settle_expected
from engine.usecases.stock.top_up_pool import top_up_pool
from tests.action_cases import BY_HAND, CASES, IN_ONE_ROOM, MOVED, NIGHT_RICE, POOL, build, label_oil, sell_out, shelf
from tests.worlds import SHOW, Clock, order, order_id, pool, statuses, take

ON_DUCKDB = pytest.mark.parametrize("room_in", ["duckdb"], indirect=True)
"""For what no database decides."""


@pytest.fixture
def busy(room_in: Callable[[str, Callable[[Room], object]], Room]) -> Room:
    return room_in("actions", build)


def proposed(room: Room, kind: ActionKind = ActionKind.TOP_UP_POOL, because: Because = BY_HAND, **params: Any) -> str:
    return propose_action(room, kind, params or POOL, because=because, actor="room")


def approved(room: Room, action_id: str, role: Role = Role.ADMIN, **more: Any) -> ActionReceipt:
    return approve_action(room, action_id, actor="lin", role=role, **more)


def states(room: Room, action_id: str) -> list[str]:
    """Every state it was in, the first included."""
    found = room.database.read("SELECT state FROM action_events WHERE action_id = $id ORDER BY step", {"id": action_id})
    [(now,)] = room.database.read("SELECT state FROM actions WHERE action_id = $id", {"id": action_id}).rows()
    listed = found["state"].to_list()
    assert listed[-1] == now
    return listed


def sound(room: Room) -> None:
    report = verify(room.database)
    assert report.clean, [(check.name, check.examples) for check in report.checks if check.breaches]


def test_the_gate_sells_what_an_action_put_into_the_pool(busy: Room) -> None:
    take(busy, order(5, ("RICE", 50)))
    assert statuses(busy)["5"] == "sold_out"
    action_id = proposed(busy)
    approved(busy, action_id)
    take(busy, order(6, ("RICE", 50)))
    assert statuses(busy)["6"] == "reserved"
    receipt = undo_action(busy, action_id, actor="lin", reason="too many")
    assert receipt.happened == {"units": 58}, "what is sold stays with its order"
    take(busy, order(7, ("RICE", 1)))
    assert statuses(busy)["7"] == "sold_out"
    sound(busy)


def test_of_two_who_approve_at_once_one_wins_and_the_other_is_told(busy: Room) -> None:
    action_id = proposed(busy)
    ready = threading.Barrier(2)
    told: dict[str, object] = {}

    def press(name: str) -> None:
        ready.wait()
        try:
            told[name] = approve_action(busy, action_id, actor=name, role=Role.MANAGER).state
        except NotAllowed as refusal:
            told[name] = str(refusal)

    both = [threading.Thread(target=press, args=(name,)) for name in ("lin", "wang")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    winner = next(name for name, what in told.items() if what == ActionState.EXECUTED)
    loser = "wang" if winner == "lin" else "lin"
    assert told[loser] == f"{action_id} is executed already, by {winner}: it cannot become approved."
    assert pool(busy, "RICE")[0] == 110
    assert states(busy, action_id) == ["proposed", "approved", "executed"]


def test_an_approval_after_the_expiry_is_refused_and_the_card_is_closed(busy: Room, clock: Clock) -> None:
    action_id, other = proposed(busy), proposed(busy)
    clock.pass_(minutes=20)
    with pytest.raises(NotAllowed, match="ran out at 2026-11-11T12:50:00"):
        approved(busy, action_id)
    assert states(busy, action_id) == ["proposed", "expired"]
    assert pool(busy, "RICE")[0] == 10
    assert expire_actions(busy, actor="actions") == 1
    assert states(busy, other) == ["proposed", "expired"]
    assert expire_actions(busy, actor="actions") == 0


class Crash(BaseException):
    """The process dies here."""


@contextmanager
def crash_at_the_commit(room: Room, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything was written, the record of it included, and the commit does not happen."""
    whole = Database.transaction

    @contextmanager
    def torn(self: Database, **named: Any) -> Iterator[Any]:
        with whole(self, **named) as tx:
            yield tx
            raise Crash

    with patch.context() as within:
        within.setattr(Database, "transaction", torn)
        yield


def test_a_crash_between_doing_and_recording_does_nothing_twice_and_loses_nothing(
    busy: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    action_id = proposed(busy)
    with crash_at_the_commit(busy, monkeypatch), pytest.raises(Crash):
        approved(busy, action_id)
    assert (states(busy, action_id), pool(busy, "RICE")[0]) == (["proposed"], 10)
    approved(busy, action_id)
    with crash_at_the_commit(busy, monkeypatch), pytest.raises(Crash):
        undo_action(busy, action_id, actor="lin", reason="a mistake")
    assert (states(busy, action_id)[-1], pool(busy, "RICE")[0]) == ("executed", 110)
    undo_action(busy, action_id, actor="lin", reason="a mistake")
    assert (states(busy, action_id)[-1], pool(busy, "RICE")[0]) == ("undone", 10)
    sound(busy)


@ON_DUCKDB
def test_what_came_out_otherwise_than_promised_is_said(busy: Room) -> None:
    action_id = proposed(busy)
    top_up_pool(busy, SHOW, "RICE", 5, actor="somebody", reason="meanwhile")
    assert approved(busy, action_id).differences == (Difference("pool_after", 110, 115),)


def test_what_is_no_longer_possible_fails_with_its_reason_changes_nothing_and_can_be_tried_again(busy: Room) -> None:
    action_id = proposed(busy, units=900, show_id=SHOW, sku="RICE")
    top_up_pool(busy, "shelf", "RICE", 900, actor="somebody", reason="meanwhile")
    receipt = approved(busy, action_id)
    assert receipt.state is ActionState.FAILED
    assert "units are free of other claims" in receipt.refused
    assert (states(busy, action_id), pool(busy, "RICE")[0]) == (["proposed", "approved", "failed"], 10)
    assert approved(busy, action_id).state is ActionState.FAILED
    reject_action(busy, action_id, actor="lin", reason="there is no more")
    assert states(busy, action_id)[-1] == "rejected"
    sound(busy)


@ON_DUCKDB
def test_one_cause_makes_one_action_that_is_kept_up_to_date_until_somebody_decides(busy: Room, clock: Clock) -> None:
    because = Because("RICE sells out in 4 minutes", "alert:1")
    action_id = proposed(busy, because=because)
    clock.pass_(minutes=5)
    assert proposed(busy, because=because, **(POOL | {"units": 120})) == action_id
    with pytest.raises(NotAllowed, match="planned anew since you looked"):
        approved(busy, action_id, seen="what stood there before")
    assert approved(busy, action_id).happened["units"] == 120
    assert proposed(busy, because=because) == action_id, "a cause that was answered is not asked about twice"
    assert proposed(busy, because=replace(because, cause="alert:2")) != action_id


@ON_DUCKDB
def test_approved_now_and_carried_out_later_by_somebody_else(busy: Room) -> None:
    action_id = proposed(busy)
    with pytest.raises(NotAllowed, match="proposed already, by room: it cannot become executed"):
        execute_action(busy, action_id, actor="wang")
    assert approved(busy, action_id, now=False).state is ActionState.APPROVED
    assert pool(busy, "RICE")[0] == 10
    assert execute_action(busy, action_id, actor="wang").state is ActionState.EXECUTED
    assert pool(busy, "RICE")[0] == 110


@ON_DUCKDB
def test_value_and_reversibility_say_who_may_approve(busy: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    dear = proposed(busy, units=800, show_id=SHOW, sku="RICE")  # ¥24,000 of rice
    for role in (Role.ANALYST, Role.OPERATOR):
        tighten(monkeypatch, operator_yuan=23_999)
        dear = proposed(busy, units=800, show_id=SHOW, sku="RICE")
        with pytest.raises(NotAllowed, match="¥24,000 are at stake: this needs the role manager"):
            approved(busy, dear, role)
    tighten(monkeypatch, operator_yuan=24_000)
    cheap = proposed(busy, units=800, show_id=SHOW, sku="RICE")
    with pytest.raises(NotAllowed, match="needs the role operator, not analyst"):
        approved(busy, cheap, Role.ANALYST)
    assert approved(busy, cheap, Role.OPERATOR).state is ActionState.EXECUTED
    assert approved(busy, dear, Role.MANAGER).refused, "the units are gone by then"


def tighten(patch: pytest.MonkeyPatch, *, autonomous: float = 0.0, **limits: float) -> None:
    """Let the room go by other numbers than those shipped."""
    policy = load_action_policy()
    made = replace(
        policy,
        limits={one: replace(found, **limits) for one, found in policy.limits.items()},
        kinds={one: replace(rule, autonomous_yuan=autonomous) for one, rule in policy.kinds.items()},
    )
    for module in ("propose_action", "approve_action"):
        patch.setattr(f"engine.usecases.actions.{module}.load_action_policy", lambda: made)


@ON_DUCKDB
def test_nothing_goes_without_a_person_unless_the_policy_says_so(busy: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = proposed(busy, units=1, show_id=SHOW, sku="RICE"), proposed(busy)
    assert execute_unattended(busy, actor="autonomy") == []
    tighten(monkeypatch, autonomous=30.0)
    [receipt] = execute_unattended(busy, actor="autonomy")
    assert (receipt.action_id, receipt.state) == (small, ActionState.EXECUTED)
    assert states(busy, large) == ["proposed"]


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        (POOL | {"units": 0}, BadRequest, "a whole number of at least 1"),
        (POOL | {"units": True}, BadRequest, "a whole number"),
        (POOL | {"sku": "  "}, BadRequest, "needs sku, a text"),
        (POOL | {"colour": "red"}, BadRequest, "takes no colour"),
        (POOL | {"sku": "SALT"}, NotFound, "night has no pool of SALT"),
        (POOL | {"units": 10_000}, NotEnoughStock, "10000 were asked for"),
    ],
)
@ON_DUCKDB
def test_what_makes_no_sense_is_not_proposed(
    params: dict[str, Any], error: type[Exception], words: str, busy: Room
) -> None:
    version = busy.database.data_version()
    with pytest.raises(error, match=words):
        propose_action(busy, ActionKind.TOP_UP_POOL, params, because=BY_HAND, actor="x")
    assert busy.database.data_version() == version


@ON_DUCKDB
def test_a_paused_article_sells_nothing_and_keeps_its_units(busy: Room) -> None:
    action_id = proposed(busy, ActionKind.PAUSE_SKU, **NIGHT_RICE)
    approved(busy, action_id)
    take(busy, order(5), order(6, ("OIL", 1)), order(7, ("FAMILY", 1)))
    assert [statuses(busy)[n] for n in "567"] == ["sold_out", "reserved", "sold_out"], "a kit needs its rice too"
    [(why,)] = busy.database.read("SELECT reason FROM orders WHERE order_no = 'N00000005'").rows()
    assert orjson.loads(why) == [{"rule": "paused", "detail": "RICE is paused in night"}]
    undo_action(busy, action_id, actor="lin", reason="the batch is fine")
    take(busy, order(8))
    assert statuses(busy)["8"] == "reserved"
    sound(busy)


@ON_DUCKDB
def test_a_pre_sale_sells_only_to_orders_that_can_wait_for_the_goods(busy: Room, clock: Clock) -> None:
    sell_out(busy)
    approved(busy, proposed(busy, ActionKind.PRE_SALE, **NIGHT_RICE, units=30, days=3))
    late = (clock.at + timedelta(days=4)).isoformat()
    take(busy, order(5, promise_at=late), order(6))
    assert [statuses(busy)[n] for n in "56"] == ["reserved", "sold_out"]
    sound(busy)
    clock.pass_(days=3)
    assert settle_expected(busy, actor="actions") == 1
    assert pool(busy, "RICE")[0] == pool(busy, "RICE")[1], "what did not come is offered no longer"
    sound(busy)


@ON_DUCKDB
def test_what_is_transferred_arrives_and_cannot_be_stopped_once_it_left(busy: Room, clock: Clock) -> None:
    action_id = proposed(busy, ActionKind.TRANSFER_STOCK, **MOVED)
    approved(busy, action_id)
    clock.pass_(minutes=60)
    with pytest.raises(NotAllowed, match=r"It left WH at .*: transfer it back instead"):
        undo_action(busy, action_id, actor="lin", reason="wrong lot")
    assert settle_expected(busy, actor="actions") == 0
    clock.pass_(days=2)
    assert settle_expected(busy, actor="actions") == 1
    [(there,)] = busy.database.read("SELECT on_hand FROM stock_balance WHERE node = 'DP' AND lot = 'GIFT-1'").rows()
    assert (there, shelf(busy)) == (550, (450, 0))
    sound(busy)


@pytest.mark.parametrize("room_in", ["postgres"], indirect=True)
def test_every_kind_is_judged_once_when_its_horizon_has_passed(busy: Room, clock: Clock) -> None:
    assert set(IN_ONE_ROOM) == set(ActionKind)
    for kind in IN_ONE_ROOM:
        CASES[kind].before(busy)
        assert approved(busy, proposed(busy, kind, **CASES[kind].params)).refused == "", kind
    horizons = sorted(rule.horizon_minutes for rule in load_action_policy().kinds.values())
    clock.pass_(minutes=horizons[0])
    assert judge_actions(busy, actor="actions") == horizons.count(horizons[0])
    clock.pass_(minutes=horizons[-1])
    settle_expected(busy, actor="actions")
    assert judge_actions(busy, actor="actions") == len(horizons) - horizons.count(horizons[0])
    assert judge_actions(busy, actor="actions") == 0
    for measure, verdict in busy.database.read("SELECT measure, verdict FROM action_outcomes").rows():
        for t in (words("zh"), words("en")):
            assert f"measured.{measure}" in t.texts
            assert t.of("verdict", verdict) != verdict
    sound(busy)


@ON_DUCKDB
def test_what_was_sold_beyond_the_old_pool_is_what_the_top_up_brought(busy: Room, clock: Clock) -> None:
    action_id = proposed(busy)
    approved(busy, action_id)
    take(busy, order(5, ("RICE", 30)))
    change_orders(busy, [OrderChange(order_id(1), "refunded", clock.at)], actor="test")
    clock.pass_(minutes=60)
    judge_actions(busy, actor="actions")
    [told] = busy.database.read("SELECT verdict, effect, low, high, concerned FROM action_outcomes").rows()
    assert told == ("worked", 21, 21, 22, 100), "31 of the pool are sold and 10 it had; one more was sold and refunded"


@ON_DUCKDB
def test_a_carrier_finds_what_to_bring_back_until_it_is_on_its_way(busy: Room, clock: Clock) -> None:
    label_oil(busy)
    approved(busy, proposed(busy, ActionKind.INTERCEPT_PARCELS, lot="OIL-1"))
    assert open_intercepts(busy.database)["waybill_no"].to_list() == ["SF1000001"]
    assert open_intercepts(busy.database, carrier="NOBODY").is_empty()
    clock.pass_(hours=3)
    scans = [
        {"waybill_no": "SF1000001", "scan": scan, "at": (clock.at - timedelta(hours=ago)).isoformat()}
        for scan, ago in (("picked_up", 2), ("returning", 1))
    ]
    track(busy, parse_canonical_tracking(scans), actor="carrier")
    assert open_intercepts(busy.database).is_empty()


@ON_DUCKDB
def test_a_quota_is_not_set_below_what_is_taken_nor_set_back_over_somebody_elses_change(busy: Room) -> None:
    with pytest.raises(NotAllowed, match="has 4 orders of this show already: its quota cannot be 3"):
        proposed(busy, ActionKind.CHANGE_QUOTA, show_id=SHOW, province="上海市", places=3)
    first = proposed(busy, ActionKind.CHANGE_QUOTA, show_id=SHOW, province="上海市", places=4)
    approved(busy, first)
    take(busy, order(5, ("GRAIN", 1)))
    assert statuses(busy)["5"] == "sold_out", "the gate honours the new quota"
    approved(busy, proposed(busy, ActionKind.CHANGE_QUOTA, show_id=SHOW, province="上海市", places=9))
    with pytest.raises(NotAllowed, match="changed again since, to 9"):
        undo_action(busy, first, actor="lin", reason="back")
    sound(busy)


@ON_DUCKDB
def test_reasons_are_asked_for_and_unknown_actions_refused(busy: Room) -> None:
    action_id = proposed(busy)
    for act in (reject_action, undo_action):
        with pytest.raises(NotAllowed, match="Say in a few words"):
            act(busy, action_id, actor="lin", reason=" ")
        with pytest.raises(NotFound, match="There is no action 'a0'"):
            act(busy, "a0", actor="lin", reason="x")
    with pytest.raises(NotAllowed, match="Say why"):
        proposed(busy, because=Because(" "))
    with pytest.raises(NotAllowed, match="is proposed already, by room: it cannot become undone"):
        undo_action(busy, action_id, actor="lin", reason="x")
    kept = busy.database.read("SELECT detail FROM action_events")["detail"].to_list()
    assert [orjson.loads(one) for one in kept] == [{}]
