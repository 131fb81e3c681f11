"""Switches of carrier are planned by the real planner, within the legal window, kept, withdrawn and expired."""

from datetime import timedelta

import orjson
import pytest

from engine.errors import NotAllowed
from engine.store import tables
from engine.store.screens import partners as partner_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.road.score_partners import score_partners
from engine.usecases.road.service_policy import load_standards
from engine.usecases.room.room import Room
from engine.usecases.room.verify import questions
from engine.usecases.steering.plan_switch import plan_switch
from engine.usecases.steering.propose_switch import (
    expire_switches,
    propose_for_warnings,
    propose_switch,
    withdraw_switch,
)
from tests.parcel_worlds import carry, way
from tests.worlds import OPENING, Clock, order, take

STANDARDS = load_standards()
SUZHOU = {"province": "江苏省", "city": "苏州市", "district": "姑苏区", "street": "平江街道", "detail": "******"}
GOOD, BAD = (2, 6, 10, 24, 30), (2, 60, 70, 90, 130)


@pytest.fixture
def degraded(room: Room) -> Room:
    """30 orders planned with CHEAP, 24 to Shanghai and 6 to Suzhou; CHEAP was on time until two weeks ago and is late
    with six of ten parcels since, FAST is as it was."""
    take(room, *[order(n, ("GRAIN", 1), address=SUZHOU if n > 24 else order(n)["address"]) for n in range(1, 31)])
    allocate_waiting(room)
    for name, days, bad in (("old", 40, 0), ("new", 8, 120)):
        start = OPENING - timedelta(days=days)
        carry(
            room.database,
            [
                way(f"{name}{carrier}{n}", carrier=carrier, planned_at=start,
                    destination="310104" if n % 2 else "320508",
                    hours=BAD if carrier == "CHEAP" and n < bad else GOOD)
                for carrier in ("FAST", "CHEAP") for n in range(200)
            ],
        )  # fmt: skip
    return room


def upload(room: Room, number: int, *, picked_up: bool) -> None:
    [parcel] = room.database.read(
        "SELECT DISTINCT parcel_id FROM allocations WHERE order_id = $order", {"order": f"douyin:N{number:08}"}
    )["parcel_id"]
    at = room.now()
    assert record_waybills(room, [Waybill(parcel, f"B{number}", at, at if picked_up else None)], actor="wms").recorded


def facts_hold(room: Room) -> bool:
    return room.database.read(questions()["switches_follow_from_facts"][1]).is_empty()


def test_a_switch_tells_who_takes_over_at_what_cost_and_what_is_regretted(degraded: Room) -> None:
    upload(degraded, 1, picked_up=True)
    upload(degraded, 2, picked_up=False)
    made = plan_switch(degraded, "CHEAP", "31", share=1.0, standards=STANDARDS)
    assert (made.orders, made.edits, made.fixed, made.waiting) == (23, 1, 0, 0), "of 24, one has been picked up"
    [taker] = made.takers
    assert (taker.carrier, taker.orders, taker.parcels) == ("FAST", 23, 23)
    assert taker.capacity_left < 10_000
    assert made.extra_cents == pytest.approx(23 * 300, abs=23 * 60), "FAST asks 3 yuan more a parcel"
    by_measure = {one.measure.value: one for one in made.expected}
    assert by_measure["pick_up"].before == pytest.approx(23 * 0.6, abs=2.5)
    assert by_measure["pick_up"].after < 1.5
    assert made.saved_cents > 0
    assert made.regret_cents == pytest.approx(made.extra_cents + made.edit_risk_cents, abs=200), "its record was good"
    assert degraded.database.read("SELECT count(*) FROM switch_proposals").item() == 0, "a plan writes nothing"
    assert set(degraded.database.read("SELECT DISTINCT carrier FROM boards.standing_picks")["carrier"]) <= {
        "CHEAP",
        "FAST",
    }


def test_a_part_of_a_region_is_cities_that_an_operator_can_stop_one_by_one(degraded: Room) -> None:
    made = plan_switch(degraded, "CHEAP", "", share=0.3, standards=STANDARDS)
    assert made.prefixes == ("3205",), "6 of 30 orders; Shanghai alone would be 24"
    assert made.orders == 6
    for share in (0.0, 1.1):
        with pytest.raises(NotAllowed, match="name one above 0"):
            plan_switch(degraded, "CHEAP", "31", share=share, standards=STANDARDS)


def test_proposals_are_kept_replaced_withdrawn_and_expired(degraded: Room, clock: Clock) -> None:
    first = propose_switch(degraded, "CHEAP", "31", share=1.0, actor="lin")
    second = propose_switch(degraded, "CHEAP", "31", share=1.0, actor="lin")
    [standing] = partner_screens.standing_switches(degraded.database).iter_rows(named=True)
    assert (standing["proposal_id"], standing["orders"]) == (second, 24)
    assert orjson.loads(standing["prefixes"]) == ["31"]
    assert orjson.loads(standing["takers"])[0]["carrier"] == "FAST"
    with pytest.raises(NotAllowed, match="stands no more"):
        withdraw_switch(degraded, first, actor="lin", reason="doubled")
    with pytest.raises(NotAllowed, match="Say in a few words"):
        withdraw_switch(degraded, second, actor="lin", reason=" ")
    withdraw_switch(degraded, second, actor="lin", reason="the carrier called")
    third = propose_switch(degraded, "CHEAP", "32", share=1.0, actor="lin")
    clock.pass_(minutes=STANDARDS.switch.valid_minutes)
    assert (expire_switches(degraded, actor="partners"), expire_switches(degraded, actor="partners")) == (1, 0)
    states = dict(degraded.database.read("SELECT proposal_id, state FROM switch_proposals").iter_rows())
    assert states == {first: "withdrawn", second: "withdrawn", third: "expired"}
    assert facts_hold(degraded)
    with pytest.raises(NotAllowed, match="can still move"):
        plan_switch(degraded, "FAST", "65", share=1.0, standards=STANDARDS)


def test_the_room_proposes_for_a_warning_only_where_it_pays(degraded: Room) -> None:
    score_partners(degraded.database, now=degraded.now(), actor="partners")
    assert propose_for_warnings(degraded, actor="partners") == 0, "3 yuan more a parcel is more than its lateness costs"
    with degraded.database.transaction(actor="test", verb="seed_brand") as tx:
        dear = tables.tariffs.c.carrier == "FAST"
        tx.execute(tables.tariffs.update().where(dear).values(fixed_yuan=5.5))
    assert propose_for_warnings(degraded, actor="partners") == 1
    [standing] = partner_screens.standing_switches(degraded.database).iter_rows(named=True)
    assert (standing["carrier"], standing["region"], standing["made_by"]) == ("CHEAP", "31", "partners")
    assert standing["saved_cents"] > standing["extra_cents"] + standing["edit_risk_cents"]
    assert standing["cause"].endswith("/near")
    assert propose_for_warnings(degraded, actor="partners") == 0, "one a carrier and region"
