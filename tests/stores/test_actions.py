"""An action is proposed, previewed, approved, executed, undone: each kind, on both databases, and what goes wrong."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from dashboard.wording import words
from engine.allocation.steering import Change, ChangeKind
from engine.errors import BadRequest, NotAllowed, NotEnoughStock, NotFound
from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.model.actions import ActionKind, ActionState
from engine.model.roles import Role
from engine.response.preview import Difference, preview_of
from engine.store import tables
from engine.store.action_screens import open_intercepts
from engine.store.database import Database
from engine.usecases import propose_delays
from engine.usecases.action_kinds import KINDS
from engine.usecases.action_policy import load_action_policy
from engine.usecases.allocate_orders import allocate_waiting
from engine.usecases.approve_action import approve_action, execute_action, execute_unattended
from engine.usecases.carry_out import ActionReceipt
from engine.usecases.change_orders import OrderChange, change_orders
from engine.usecases.delay_records import stagger_policy
from engine.usecases.expected_stock import settle_expected
from engine.usecases.judge_actions import judge_actions
from engine.usecases.propose_action import Because, preview_action, propose_action
from engine.usecases.record_waybills import Waybill, record_waybills
from engine.usecases.reject_action import expire_actions, reject_action
from engine.usecases.room import Room
from engine.usecases.steer import steer
from engine.usecases.top_up_pool import top_up_pool
from engine.usecases.track import track
from engine.usecases.undo_action import undo_action
from engine.usecases.verify import verify
from tests.certified import certified, use_planner
from tests.worlds import OPENING, SHOW, Clock, order, order_id, pool, statuses, take

POOL = {"show_id": SHOW, "sku": "RICE", "units": 100}
BY_HAND = Because("somebody asked")


@dataclass(frozen=True)
class Case:
    """One kind in the busy world: what to ask for, what must come before, what stands after it and after its undo."""

    params: dict[str, Any]
    state: Callable[[Room], object]
    after: object
    back: object
    before: Callable[[Room], object] = lambda room: None


def quota(room: Room) -> int:
    [(quantity,)] = room.database.read(
        "SELECT quantity FROM quota_balance WHERE show_id = $show AND province = '上海市'", {"show": SHOW}
    ).rows()
    return int(quantity)


def fenced(room: Room, lot: str) -> int:
    return int(room.database.read("SELECT sum(quarantined) FROM stock_balance WHERE lot = $lot", {"lot": lot}).item())


def fence(room: Room) -> None:
    steer(room, Change(kind=ChangeKind.LOT_QUARANTINED, lot="GIFT-1"), actor="lin", reason="a smell")


def close_dp(room: Room) -> None:
    steer(room, Change(kind=ChangeKind.NODE_CLOSED, node="DP"), actor="lin", reason="a flood")


def sell_out(room: Room) -> None:
    take(room, order(9, ("RICE", 8)))


def state_of(table: str, key: str) -> Callable[[Room], object]:
    """The state of one thing in a table of states; None where it has none."""

    def asked(room: Room) -> object:
        found = room.database.read(f"SELECT state FROM {table} WHERE {key}")
        return None if found.is_empty() else found.item()

    return asked


def shipping_from(room: Room, node: str = "WH") -> int:
    found = room.database.read(
        "SELECT count(DISTINCT order_id) FROM boards.standing_picks WHERE node = $n", {"n": node}
    )
    return int(found.item())


def shelf(room: Room) -> tuple[int, int]:
    """Units of GIFT at WH, and those that are expected anywhere."""
    [(here,)] = room.database.read("SELECT on_hand FROM stock_balance WHERE node = 'WH' AND lot = 'GIFT-1'").rows()
    [(coming,)] = room.database.read("SELECT coalesce(sum(units), 0)::BIGINT FROM expected_stock").rows()
    return here, coming


NIGHT_RICE = {"show_id": SHOW, "sku": "RICE"}
MOVED = {"lot": "GIFT-1", "node": "WH", "to_node": "DP", "units": 50}


def propose_waits(room: Room) -> None:
    """Eight orders wait, throughput is dear, and all their buyers may be asked."""
    with pytest.MonkeyPatch.context() as patch:
        use_planner(patch, certified())
        take(room, *(order(n, ("GRAIN", 1)) for n in range(20, 23)))
        allocate_waiting(room)
        take(room, *(order(n, ("GRAIN", 1)) for n in range(23, 31)))
        policy = stagger_policy()
        tiers = tuple(replace(tier, max_share=1.0) for tier in policy.tiers)
        generous = replace(policy, max_share_of_orders=1.0, relief_share=1.0, tiers=tiers)
        patch.setattr(propose_delays, "stagger_policy", lambda: generous)
        assert propose_delays.propose_delays(room, actor="test").offered > 3


def open_gateway(room: Room) -> None:
    """The brand's own way to its buyers; and two buyers who found nothing left."""
    with room.database.transaction(actor="test", verb="plant") as tx:
        tx.execute(tables.notice_channels.insert().values(**GATEWAY))
    sell_out(room)
    take(room, order(10), order(11))


GATEWAY = {
    "channel": "gateway", "kind": "gateway", "desks": "{}", "configured": True, "state": "ready", "state_at": OPENING,
    "failures": 0, "version": 1,
}  # fmt: skip


def label_oil(room: Room) -> None:
    [parcel] = room.database.read("SELECT parcel_id FROM boards.standing_picks WHERE sku = 'OIL'")["parcel_id"].unique()
    record_waybills(room, [Waybill(parcel, "SF1000001", room.now(), None)], actor="wms")


def propose_change(room: Room) -> None:
    with room.database.transaction(actor="test", verb="plant") as tx:
        tx.execute(
            tables.improvements.insert().values(
                improvement_id="i1", kind="packaging", sku="OIL", carrier="CHEAP", area="31", material="STRONG",
                units=400, damaged=40, share=0.1, low=0.08, high=0.12, limit_share=0.08, share_after=0.02,
                saving_cents=90_000, options="[]", proposed_at=room.now(), version=tx.version, state="proposed",
                state_at=room.now())
        )  # fmt: skip


def counted(sql: str) -> Callable[[Room], object]:
    return lambda room: room.database.read(sql).item()


CASES: dict[ActionKind, Case] = {
    ActionKind.TOP_UP_POOL: Case(POOL, lambda room: pool(room, "RICE")[0], 110, 10),
    ActionKind.CHANGE_QUOTA: Case({"show_id": SHOW, "province": "上海市", "places": 1500}, quota, 1500, 1000),
    ActionKind.QUARANTINE_LOT: Case({"lot": "OIL-1"}, lambda room: fenced(room, "OIL-1"), 1000, 0),
    ActionKind.RELEASE_LOT: Case({"lot": "GIFT-1"}, lambda room: fenced(room, "GIFT-1"), 0, 1000, before=fence),
    ActionKind.CLOSE_NODE: Case({"node": "WH"}, state_of("node_states", "node = 'WH'"), "closed", "open"),
    ActionKind.REOPEN_NODE: Case(
        {"node": "DP"}, state_of("node_states", "node = 'DP'"), "open", "closed", before=close_dp
    ),
    ActionKind.SWITCH_CARRIER: Case(
        {"carrier": "CHEAP", "region": "31", "percent": 100},
        state_of("carrier_stops", "carrier = 'CHEAP' AND region = '31'"),
        "stopped",
        "resumed",
    ),
    ActionKind.REALLOCATE_ORDERS: Case({"node": "WH", "region": "31"}, shipping_from, 0, 0),
    ActionKind.TRANSFER_STOCK: Case(MOVED, shelf, (450, 50), (500, 0)),
    ActionKind.PAUSE_SKU: Case(NIGHT_RICE, state_of("pool_states", "sku = 'RICE'"), "paused", "open"),
    ActionKind.PRE_SALE: Case(
        NIGHT_RICE | {"units": 30, "days": 3}, lambda room: pool(room, "RICE")[0], 40, 10, before=sell_out
    ),
    ActionKind.DELAY_SHIPPING: Case(
        {"most": 3}, counted("SELECT count(*) FROM delay_offers WHERE state = 'approved'"), 3, 0, before=propose_waits
    ),
    ActionKind.SEND_NOTICES: Case(
        NIGHT_RICE | {"notice": "refund_first"}, counted("SELECT count(*) FROM notices"), 2, 2, before=open_gateway
    ),
    ActionKind.COMPENSATE: Case(
        {"lot": "OIL-1", "complaint": "quality", "severity": "small", "remedy": "coupon"},
        counted("SELECT count(*) FROM compensations WHERE state = 'approved'"),
        1,
        0,
    ),
    ActionKind.INTERCEPT_PARCELS: Case(
        {"lot": "OIL-1"}, counted("SELECT count(*) FROM intercepts WHERE state = 'asked'"), 1, 0, before=label_oil
    ),
    ActionKind.ASK_SUPPLIER: Case(
        {"sku": "RICE", "units": 500, "hours": 24},
        counted("SELECT count(*) FROM supplier_requests WHERE state = 'asked'"),
        1,
        0,
    ),
    ActionKind.CHANGE_PACKAGING: Case(
        {"improvement": "i1"},
        counted("SELECT count(*) FROM improvements WHERE state = 'approved'"),
        1,
        0,
        before=propose_change,
    ),
}


def build(room: Room) -> None:
    """Three allocated orders, one of them of two bottles of oil, and one that waits."""
    take(room, order(1), order(2, ("OIL", 2)), order(3, ("GRAIN", 1)))
    allocate_waiting(room)
    take(room, order(4))


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


def test_every_kind_is_tried_here() -> None:
    assert set(CASES) == set(ActionKind) == set(KINDS)


IN_ONE_ROOM = (
    ActionKind.DELAY_SHIPPING, ActionKind.PRE_SALE, ActionKind.SEND_NOTICES, ActionKind.CHANGE_QUOTA,
    ActionKind.TOP_UP_POOL, ActionKind.TRANSFER_STOCK, ActionKind.ASK_SUPPLIER, ActionKind.COMPENSATE,
    ActionKind.CHANGE_PACKAGING, ActionKind.SWITCH_CARRIER, ActionKind.REALLOCATE_ORDERS, ActionKind.INTERCEPT_PARCELS,
    ActionKind.RELEASE_LOT, ActionKind.REOPEN_NODE, ActionKind.CLOSE_NODE, ActionKind.QUARANTINE_LOT,
    ActionKind.PAUSE_SKU,
)  # fmt: skip
"""An order in which every kind can be done one after the other."""


def there_and_back(busy: Room, kind: ActionKind) -> None:
    """Preview, proposal, approval and undo of one kind, with everything that must be true between them."""
    case = CASES[kind]
    case.before(busy)
    at_first, version = case.state(busy), busy.database.data_version()
    preview = preview_action(busy, kind, case.params)
    assert (busy.database.data_version(), case.state(busy)) == (version, at_first), "a preview writes nothing"
    action_id = proposed(busy, kind, **case.params)
    [(kept,)] = busy.database.read("SELECT preview FROM actions WHERE action_id = $id", {"id": action_id}).rows()
    assert preview_of(kept) == preview
    receipt = approved(busy, action_id, seen=preview.inputs)
    assert (receipt.refused, receipt.differences) == ("", ())
    assert receipt.happened == preview.promised
    for t in (words("zh"), words("en")):
        assert [name for name in preview.promised if f"figure.{name}" not in t.texts] == []
    assert case.state(busy) == case.after
    sound(busy)
    spec = KINDS[kind]
    if spec.undo is None:
        with pytest.raises(NotAllowed, match=re.escape(spec.no_undo)):
            undo_action(busy, action_id, actor="wang", reason="it was a mistake")
        return
    undo_action(busy, action_id, actor="wang", reason="it was a mistake")
    assert case.state(busy) == case.back
    assert states(busy, action_id) == ["proposed", "approved", "executed", "undone"]
    told = busy.database.read("SELECT verb, actor FROM audit WHERE subject = $id ORDER BY version", {"id": action_id})
    assert told.rows() == [("approve_action", "lin"), ("undo_action", "wang")]
    with pytest.raises(NotAllowed, match="undone already, by wang"):
        undo_action(busy, action_id, actor="wang", reason="again")
    sound(busy)


@ON_DUCKDB
@pytest.mark.parametrize("kind", IN_ONE_ROOM)
def test_a_kind_goes_from_proposal_to_undo_and_does_what_its_preview_said(kind: ActionKind, busy: Room) -> None:
    there_and_back(busy, kind)


@pytest.mark.parametrize("room_in", ["postgres"], indirect=True)
def test_all_kinds_go_there_and_back_in_one_room_on_the_server(busy: Room) -> None:
    for kind in IN_ONE_ROOM:  # a room of its own for each would take a second more
        there_and_back(busy, kind)


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
        patch.setattr(f"engine.usecases.{module}.load_action_policy", lambda: made)


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
