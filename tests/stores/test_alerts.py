"""Alerts on both databases: looked for, raised once, told, answered with an action, taken by somebody, ended."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from engine.model.actions import ActionKind
from engine.model.alerts import Condition
from engine.response.alerting import Finding, Proposal
from engine.store import tables
from engine.usecases.alerts import settle_alerts as settling
from engine.usecases.alerts.alert_policy import load_alert_policy
from engine.usecases.alerts.conditions import CONDITIONS
from engine.usecases.alerts.conditions.watched import Watched, cause
from engine.usecases.alerts.settle_alerts import acknowledge_alerts, watch_alerts
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.stores.test_pick_stops import label, refund
from tests.stores.test_tracking import tell, told
from tests.worlds import SHOW, Clock, order, take


def standing(room: Room) -> dict[str, tuple[str, str]]:
    """Condition -> state and severity of every alert that is not cleared."""
    found = room.database.read("SELECT condition, state, severity FROM alerts WHERE state <> 'cleared'")
    return {condition: (state, severity) for condition, state, severity in found.rows()}


def insert(room: Room, table: sa.Table, **values: object) -> None:
    with room.database.transaction(actor="test", verb="test") as tx:
        tx.execute(table.insert().values(version=tx.version, **values))


@pytest.fixture
def scarce(room: Room, clock: Clock) -> Iterator[Room]:
    """A show in which rice sells a unit a minute, and four units are left in its pool."""
    take(room, *(order(n, minute=n) for n in range(1, 7)))
    clock.pass_(minutes=7)
    yield room


def test_every_condition_is_looked_for() -> None:
    assert set(CONDITIONS) == set(Condition)
    assert set(load_alert_policy().rules) == set(Condition)


def test_every_look_answers_in_a_room_where_nothing_is_wrong(room: Room) -> None:
    for condition, watched in CONDITIONS.items():
        for finding in watched.look(room, room.now()):
            assert finding.condition is condition
            assert load_alert_policy().rules[condition].severity(finding.measure) is None
    assert not watch_alerts(room).any


def test_a_pool_that_sells_out_is_told_and_answered_with_a_priced_action(scarce: Room, clock: Clock) -> None:
    run = watch_alerts(scarce)
    assert (run.raised, run.proposed, run.refused) == (1, 1, ())
    assert set(standing(scarce)) == {"stock_out_ahead"}
    [card] = scarce.database.read("SELECT kind, cause, why, state FROM actions").rows()
    [alert_id] = scarce.database.read("SELECT alert_id FROM alerts")["alert_id"].to_list()
    assert (card[0], card[1], card[3]) == ("top_up_pool", f"alert:{alert_id}", "proposed")
    assert "sells out in" in card[2]
    clock.pass_(seconds=6)
    assert not watch_alerts(scarce).any, "the same cause is the same alert and the same card"


def test_nothing_is_committed_while_nothing_changes(scarce: Room, clock: Clock) -> None:
    watch_alerts(scarce)
    version = scarce.database.data_version()
    for _ in range(5):
        clock.pass_(seconds=2)
        watch_alerts(scarce)
    assert scarce.database.data_version() == version


def test_somebody_takes_an_alert_once_and_the_facts_say_who(scarce: Room) -> None:
    watch_alerts(scarce)
    ids = scarce.database.read("SELECT alert_id FROM alerts")["alert_id"].to_list()
    assert acknowledge_alerts(scarce, ids, actor="lin") == 1
    assert acknowledge_alerts(scarce, [*ids, "w9-9"], actor="wu") == 0
    assert standing(scarce)["stock_out_ahead"][0] == "acknowledged"
    said = scarce.database.read("SELECT kind, actor FROM alert_events ORDER BY version").rows()
    assert said == [("open", "alerts"), ("acknowledged", "lin")]
    assert verify(scarce.database).clean


def test_what_is_good_again_ends(scarce: Room, clock: Clock) -> None:
    watch_alerts(scarce)
    clock.pass_(hours=4)  # the show is over
    watch_alerts(scarce)
    clock.pass_(minutes=6)
    assert watch_alerts(scarce).cleared == 1
    assert standing(scarce) == {}
    assert verify(scarce.database).clean


def test_a_refund_that_left_all_the_same_is_alerted(room: Room, clock: Clock) -> None:
    take(room, order(1))
    allocate_waiting(room)
    clock.pass_(minutes=40)
    number = label(room, 1)
    refund(room, 1)
    tell(room, told("picked_up", 39, number=number))
    watch_alerts(room)
    assert standing(room)["refund_shipped"] == ("open", "warning")


def test_an_incident_of_complaints_is_alerted_with_a_quarantine_to_approve(room: Room) -> None:
    insert(
        room, tables.incidents, incident_id="i1", level="lot", cause='["RICE","RICE-1"]', complaint="quality",
        began_at=room.now(), opened_at=room.now(), delay_stages=1, delay_days=2.0, ground="excess", state="open",
        state_at=room.now(), buyers=12, expected=1.5, p_value=1e-6, quiet_runs=0, rivals="[]",
    )  # fmt: skip
    run = watch_alerts(room)
    assert standing(room)["batch_incident"] == ("open", "critical")
    assert run.proposed == 1
    assert room.database.read("SELECT kind, subject FROM actions").rows() == [("quarantine_lot", "RICE-1")]


def test_failing_jobs_budgets_and_shortages_are_alerted(room: Room) -> None:
    for _ in range(2):
        insert(
            room,
            tables.job_runs,
            job="allocate",
            started_at=room.now(),
            took_ms=5,
            outcome="failed",
            detail="KeyError",
            runs=1,
        )
    insert(room, tables.compensation_budgets, budget_key=SHOW, cents=1000, committed_cents=900, set_by="policy")
    insert(room, tables.shortage_movements, at=room.now(), sku="RICE", delta=3, reason="counted")
    watch_alerts(room)
    assert standing(room) == {
        "job_failing": ("open", "warning"), "budget_spent": ("open", "warning"), "oversold": ("open", "warning"),
    }  # fmt: skip


def test_what_the_room_cannot_plan_is_not_proposed_and_said(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Finding(
        condition=Condition.OVERSOLD, cause=cause(sku="NONE"), measure=9.0,
        proposes=Proposal(ActionKind.QUARANTINE_LOT, {"lot": "NONE"}, "because"),
    )  # fmt: skip
    monkeypatch.setattr(settling, "CONDITIONS", {Condition.OVERSOLD: Watched(lambda _, __: [found], 1)})
    run = watch_alerts(room)
    assert (run.raised, run.proposed, len(run.refused)) == (1, 0, 1)
    assert "NONE" in run.refused[0]
