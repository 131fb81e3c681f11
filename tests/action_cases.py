"""Every kind of action in the small world: what to ask for, what comes before, what stands after it and its undo."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from engine.allocation.steering import Change, ChangeKind
from engine.model.actions import ActionKind
from engine.model.alerts import Condition
from engine.store import tables
from engine.usecases.actions.propose_action import Because
from engine.usecases.allocation import propose_delays
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.delay_records import stagger_policy
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.room.room import Room
from engine.usecases.steering.steer import steer
from tests.certified import certified, use_planner
from tests.worlds import OPENING, SHOW, order, pool, take

POOL = {"show_id": SHOW, "sku": "RICE", "units": 100}
BY_HAND = Because("somebody asked")


@dataclass(frozen=True)
class Case:
    """One kind in the busy world: the alert that it answers, what to ask for, what must come before, what stands after
    it and after its undo."""

    alert: Condition
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


def stop_fast(room: Room) -> None:
    steer(room, Change(kind=ChangeKind.CARRIER_STOPPED, carrier="FAST", region="31"), actor="lin", reason="a strike")


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
    ActionKind.TOP_UP_POOL: Case(Condition.STOCK_OUT_AHEAD, POOL, lambda room: pool(room, "RICE")[0], 110, 10),
    ActionKind.CHANGE_QUOTA: Case(
        Condition.STOCK_OUT_AHEAD, {"show_id": SHOW, "province": "上海市", "places": 1500}, quota, 1500, 1000
    ),
    ActionKind.QUARANTINE_LOT: Case(
        Condition.BATCH_INCIDENT, {"lot": "OIL-1"}, lambda room: fenced(room, "OIL-1"), 1000, 0
    ),
    ActionKind.RELEASE_LOT: Case(
        Condition.BATCH_INCIDENT, {"lot": "GIFT-1"}, lambda room: fenced(room, "GIFT-1"), 0, 1000, before=fence
    ),
    ActionKind.CLOSE_NODE: Case(
        Condition.NODE_BACKLOG, {"node": "WH"}, state_of("node_states", "node = 'WH'"), "closed", "open"
    ),
    ActionKind.REOPEN_NODE: Case(
        Condition.NODE_BACKLOG,
        {"node": "DP"},
        state_of("node_states", "node = 'DP'"),
        "open",
        "closed",
        before=close_dp,
    ),
    ActionKind.SWITCH_CARRIER: Case(
        Condition.CARRIER_DEGRADED,
        {"carrier": "CHEAP", "region": "31", "percent": 100},
        state_of("carrier_stops", "carrier = 'CHEAP' AND region = '31'"),
        "stopped",
        "resumed",
    ),
    ActionKind.STOP_CARRIER: Case(
        Condition.CARRIER_DEGRADED,
        {"carrier": "CHEAP", "region": "3101"},
        state_of("carrier_stops", "carrier = 'CHEAP' AND region = '3101'"),
        "stopped",
        "resumed",
    ),
    ActionKind.RESUME_CARRIER: Case(
        Condition.CARRIER_DEGRADED,
        {"carrier": "FAST", "region": "31"},
        state_of("carrier_stops", "carrier = 'FAST' AND region = '31'"),
        "resumed",
        "stopped",
        before=stop_fast,
    ),
    ActionKind.CORRECT_COUNT: Case(
        Condition.OVERSOLD,
        {"node": "WH", "lot": "GIFT-1", "units": 470},
        counted("SELECT on_hand FROM stock_balance WHERE node = 'WH' AND lot = 'GIFT-1'"),
        470,
        500,
    ),
    ActionKind.REALLOCATE_ORDERS: Case(Condition.NODE_BACKLOG, {"node": "WH", "region": "31"}, shipping_from, 0, 0),
    ActionKind.TRANSFER_STOCK: Case(Condition.STOCK_OUT_AHEAD, MOVED, shelf, (450, 50), (500, 0)),
    ActionKind.PAUSE_SKU: Case(
        Condition.OVERSOLD, NIGHT_RICE, state_of("pool_states", "sku = 'RICE'"), "paused", "open"
    ),
    ActionKind.PRE_SALE: Case(
        Condition.STOCK_OUT_AHEAD,
        NIGHT_RICE | {"units": 30, "days": 3},
        lambda room: pool(room, "RICE")[0],
        40,
        10,
        before=sell_out,
    ),
    ActionKind.DELAY_SHIPPING: Case(
        Condition.LOCK_OUT_NEAR,
        {"most": 3},
        counted("SELECT count(*) FROM delay_offers WHERE state = 'approved'"),
        3,
        0,
        before=propose_waits,
    ),
    ActionKind.SEND_NOTICES: Case(
        Condition.STOCK_OUT_AHEAD,
        NIGHT_RICE | {"notice": "refund_first"},
        counted("SELECT count(*) FROM notices"),
        2,
        2,
        before=open_gateway,
    ),
    ActionKind.COMPENSATE: Case(
        Condition.BATCH_INCIDENT,
        {"lot": "OIL-1", "complaint": "quality", "severity": "small", "remedy": "coupon"},
        counted("SELECT count(*) FROM compensations WHERE state = 'approved'"),
        1,
        0,
    ),
    ActionKind.INTERCEPT_PARCELS: Case(
        Condition.COLD_CHAIN,
        {"lot": "OIL-1"},
        counted("SELECT count(*) FROM intercepts WHERE state = 'asked'"),
        1,
        0,
        before=label_oil,
    ),
    ActionKind.ASK_SUPPLIER: Case(
        Condition.OVERSOLD,
        {"sku": "RICE", "units": 500, "hours": 24},
        counted("SELECT count(*) FROM supplier_requests WHERE state = 'asked'"),
        1,
        0,
    ),
    ActionKind.CHANGE_PACKAGING: Case(
        Condition.BUDGET_SPENT,
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


IN_ONE_ROOM = (
    ActionKind.DELAY_SHIPPING, ActionKind.PRE_SALE, ActionKind.SEND_NOTICES, ActionKind.CHANGE_QUOTA,
    ActionKind.TOP_UP_POOL, ActionKind.TRANSFER_STOCK, ActionKind.ASK_SUPPLIER, ActionKind.COMPENSATE,
    ActionKind.CHANGE_PACKAGING, ActionKind.SWITCH_CARRIER, ActionKind.REALLOCATE_ORDERS, ActionKind.INTERCEPT_PARCELS,
    ActionKind.RESUME_CARRIER, ActionKind.STOP_CARRIER, ActionKind.CORRECT_COUNT, ActionKind.RELEASE_LOT,
    ActionKind.REOPEN_NODE, ActionKind.CLOSE_NODE, ActionKind.QUARANTINE_LOT,
    ActionKind.PAUSE_SKU,
)  # fmt: skip
"""An order in which every kind can be done one after the other."""
