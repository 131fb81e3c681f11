"""verify finds every breach that is planted, names it, and finds nothing in a healthy room."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.allocation.stagger_policy import StaggerPolicy
from engine.allocation.steering import Change, ChangeKind
from engine.floor.policy import FloorPolicy
from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.store import tables
from engine.usecases.allocation import propose_delays
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.answer_delays import DelayAnswer, answer_delays
from engine.usecases.allocation.delay_records import stagger_policy
from engine.usecases.allocation.review_delays import approve_delays, reject_delays
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.floor.release_waves import release_waves
from engine.usecases.road.track import track
from engine.usecases.room.room import Room
from engine.usecases.room.verify import questions, record_report, verify
from engine.usecases.steering.steer import steer
from tests.after_sales import asked, complain, ticket_id
from tests.certified import certified, use_planner
from tests.worlds import OPENING, SHOW, Clock, order, order_id, small_room, take


def incident(state: str) -> list[sa.Executable]:
    """An incident of complaints, with the event that opened it."""
    row = {
        "incident_id": "i1", "level": "sku", "cause": '["RICE"]', "complaint": "quality", "began_at": OPENING,
        "opened_at": OPENING, "version": 1, "ground": "excess", "state": state, "state_at": OPENING, "buyers": 3,
        "expected": 0.5, "p_value": 0.01, "quiet_runs": 0, "delay_stages": 1, "delay_days": 2.0, "rivals": "[]",
    }  # fmt: skip
    return [tables.incidents.insert().values(**row), incident_event(1, "open")]


def incident_event(version: int, state: str) -> sa.Executable:
    return tables.incident_events.insert().values(
        version=version, at=OPENING, incident_id="i1", state=state, reason="x", actor="incidents")  # fmt: skip


Plant = Callable[[], list[sa.Executable]]


def update(table: sa.Table, key: str, value: object, **changes: object) -> sa.Executable:
    return table.update().where(table.c[key] == value).values(**changes)


def spoken(show_id: str = SHOW) -> sa.Executable:
    return tables.spoken_promises.insert().values(
        promise_id="s1", version=1, show_id=show_id, words="w", said_at=OPENING, binds_from=OPENING, hours=24.0,
        logged_at=OPENING, logged_by="lin")  # fmt: skip


def compensation(compensation_id: str, **changes: object) -> sa.Executable:
    plain = {
        "compensation_id": compensation_id, "order_id": order_id(1), "budget_key": SHOW, "complaint": "damaged",
        "severity": "small", "ground": "{}", "remedy": "coupon", "pay_cents": 500, "cost_cents": 500,
        "expected_cents": 400, "nothing_cents": 700, "options": "[]", "abuse_score": 0, "abuse": "[]",
        "approver": "operator", "why_manager": "[]", "proposed_at": OPENING, "version": 1, "state": "proposed",
        "state_at": OPENING,
    }  # fmt: skip
    return tables.compensations.insert().values(**(plain | changes))


def alarm(alarm_id: str) -> sa.Executable:
    return tables.clock_alarms.insert().values(
        alarm_id=alarm_id, watch="late", carrier="FAST", place="WH", desk="warehouse", raised_at=OPENING, version=1,
        state="raised", state_at=OPENING)  # fmt: skip


def alarmed(alarm_id: str, version: int, kind: str) -> sa.Executable:
    return tables.clock_alarm_events.insert().values(
        version=version, at=OPENING, alarm_id=alarm_id, kind=kind, orders=1, pressing=0, cents=0)  # fmt: skip


def action(action_id: str, state: str = "proposed", cause: str = "") -> sa.Executable:
    return tables.actions.insert().values(
        action_id=action_id, kind="top_up_pool", subject="night/RICE", params="{}", cause=cause, why="w",
        desk="inventory", reversibility="until", proposed_at=OPENING, proposed_by="lin",
        expires_at=OPENING + timedelta(minutes=20), preview="{}", orders=0, stake_cents=0, cost_cents=0, inputs="",
        approver="operator", version=1, state=state, state_at=OPENING)  # fmt: skip


def acted(action_id: str, *states: str, minutes: int = 0) -> list[sa.Executable]:
    return [
        tables.action_events.insert().values(
            action_id=action_id, step=step, version=1, at=OPENING + timedelta(minutes=minutes), state=state,
            reason="r", actor="lin", detail="{}")
        for step, state in enumerate(states, start=1)
    ]  # fmt: skip


def notice(notice_id: str, **changes: object) -> sa.Executable:
    plain: dict[str, object] = {
        "notice_id": notice_id, "cause": "c", "audience": "staff", "channel": "ops", "kind": "alert", "critical": False,
        "fields": "{}", "created_at": OPENING, "version": 1, "state": "queued", "state_at": OPENING,
        "next_at": OPENING, "give_up_at": OPENING, "attempts": 0}  # fmt: skip
    return tables.notices.insert().values(**(plain | changes))


def noticed(notice_id: str, version: int, state: str) -> sa.Executable:
    return tables.notice_events.insert().values(
        version=version, at=OPENING, notice_id=notice_id, channel="ops", state=state, sent_as=notice_id, detail="",
        actor="x")  # fmt: skip


PLANTS: dict[str, tuple[Plant, str]] = {
    "an action that was executed twice": (
        lambda: [action("a1", "executed"), *acted("a1", "proposed", "approved", "executed", "approved", "executed")],
        "actions_follow_from_facts",
    ),
    "an action that was undone and never executed": (
        lambda: [action("a1", "undone"), *acted("a1", "proposed", "undone")],
        "actions_follow_from_facts",
    ),
    "an action approved after it had run out": (
        lambda: [action("a1", "approved"), *acted("a1", "proposed", "approved", minutes=20)],
        "actions_follow_from_facts",
    ),
    "an action whose execution left no trace": (
        lambda: [action("a1", "executed"), *acted("a1", "proposed")],
        "actions_follow_from_facts",
    ),
    "two actions of one cause": (
        lambda: [action("a1", cause="alert:1"), action("a2", cause="alert:1"), *acted("a1", "proposed"),
                 *acted("a2", "proposed")],
        "one_action_a_cause",
    ),
    "goods that are expected and were never announced": (
        lambda: [tables.expected_stock.insert().values(
            expected_id="x1", kind="announced", sku="RICE", show_id=SHOW, units=5, cost_cents=0, made_at=OPENING,
            ready_at=OPENING, version=1, state="expected", state_at=OPENING)],
        "expected_follows_from_facts",
    ),
    "an order out of a pool that was paused": (
        lambda: [tables.pool_changes.insert().values(
            version=1, at=OPENING, show_id=SHOW, sku="RICE", state="paused", reason="r", actor="lin")],
        "paused_pools_sell_nothing",
    ),
    "an outcome of what was never done": (
        lambda: [tables.action_outcomes.insert().values(
            action_id="a1", version=1, judged_at=OPENING, verdict="cannot_tell", measure="m", method="m", concerned=0,
            compared=0, detail="{}")],
        "outcomes_of_executed_actions",
    ),
    "an accepted row that is stored nowhere": (
        lambda: [
            tables.intake_batches.update().values(
                accepted=tables.intake_batches.c.accepted + 1, read=tables.intake_batches.c.read + 1
            )
        ],
        "no_row_lost",
    ),
    "a second order under one number": (
        lambda: [update(tables.orders, "order_id", order_id(2), order_no="N00000001")],
        "no_order_twice",
    ),
    "two orders in one place of the queue": (
        lambda: [update(tables.orders, "order_id", order_id(2), arrival=1)],
        "no_order_twice",
    ),
    "an order without lines": (
        lambda: [tables.order_lines.delete().where(tables.order_lines.c.order_id == order_id(1))],
        "one_outcome",
    ),
    "a status that no event explains": (
        lambda: [update(tables.orders, "order_id", order_id(5), status="sold_out")],
        "status_follows_from_facts",
    ),
    "a kit that lost a component": (
        lambda: [tables.order_lines.delete().where(tables.order_lines.c.sku == "GRAIN")],
        "kits_whole",
    ),
    "a pool that counts a unit too few": (
        lambda: [update(tables.pool_balance, "sku", "OIL", reserved=tables.pool_balance.c.reserved - 1)],
        "pool_never_oversold",
    ),
    "a pool that grew by itself": (
        lambda: [update(tables.pool_balance, "sku", "OIL", quantity=99)],
        "pool_follows_from_facts",
    ),
    "a province that took an order too many": (
        lambda: [update(tables.quota_balance, "province", "上海市", reserved=tables.quota_balance.c.reserved - 1)],
        "quota_never_exceeded",
    ),
    "stock that appeared from nowhere": (
        lambda: [update(tables.stock_balance, "sku", "OIL", on_hand=777)],
        "stock_follows_from_facts",
    ),
    "a lot whose reservation is forgotten": (
        lambda: [tables.stock_balance.update().values(reserved=0)],
        "lot_never_oversold",
    ),
    "a pool that promises what no shelf holds": (
        lambda: [
            update(tables.pool_balance, "sku", "BERRY", quantity=5000),
            update(tables.pool_movements, "sku", "BERRY", delta=5000),
        ],
        "promises_have_stock",
    ),
    "a parcel with half an order": (
        lambda: [update(tables.allocations, "sku", "OIL", qty=tables.allocations.c.qty - 1)],
        "allocated_whole",
    ),
    "a chilled parcel": (lambda: [tables.parcels.update().values(layer="chilled")], "right_lot_node_carrier"),
    "a lot with too few days left": (
        lambda: [update(tables.skus, "sku", "OIL", shelf_life_days=365), tables.lots.update().values(
            expires_on=sa.text("DATE '2026-12-20'"))],
        "near_expiry_never_shipped",
    ),
    "a bound above the cost it bounds": (
        lambda: [tables.allocation_rounds.update().values(lower_bound_cents=tables.allocation_rounds.c.cost_cents + 1)],
        "certificate_holds",
    ),
    "a price of no round": (
        lambda: [tables.shadow_prices.update().values(version=1)],
        "certificate_holds",
    ),
    "an order that is asked a second time": (
        lambda: [update(tables.delay_offers, "state", "proposed", order_id=order_id(6))],
        "one_open_delay_offer",
    ),
    "an offer that answered itself": (
        lambda: [update(tables.delay_offers, "state", "proposed", state="declined")],
        "delay_state_follows_from_facts",
    ),
    "an asked order that allocation may take": (
        lambda: [update(tables.delay_offers, "state", "approved", hold_until=None)],
        "delay_state_follows_from_facts",
    ),
    "an accepted order that comes back too late": (
        lambda: [update(tables.delay_offers, "state", "accepted", ship_from=tables.delay_offers.c.promise_after)],
        "promise_stays_in_reach",
    ),
    "an order held beyond the last moment for its promise": (
        lambda: [update(tables.delay_offers, "state", "approved", hold_until=tables.delay_offers.c.promise_before)],
        "promise_stays_in_reach",
    ),
    "a promise that moved by itself": (
        lambda: [update(tables.orders, "order_id", order_id(6), promise_at=OPENING)],
        "promise_follows_from_facts",
    ),
    "a promise that moved without a buyer": (
        lambda: [tables.promise_moves.update().values(offer_id="nobody")],
        "promise_follows_from_facts",
    ),
    "a compensation that shrank": (
        lambda: [tables.delay_compensations.update().values(cents=1)],
        "waiting_is_paid",
    ),
    "a compensation that was forgotten": (lambda: [tables.delay_compensations.delete()], "waiting_is_paid"),
    "an order planned while its buyer is asked": (
        lambda: [update(tables.order_events, "order_id", order_id(1), order_id=order_id(7),
                        ingest_time=tables.order_events.c.ingest_time + sa.text("INTERVAL '1 hour'"))],
        "asked_orders_wait",
    ),
    "a wave that lost a parcel": (
        lambda: [tables.wave_parcels.delete().where(tables.wave_parcels.c.slot == 2)],
        "waves_whole",
    ),
    "a wave of another carrier": (lambda: [tables.waves.update().values(carrier="FAST")], "waves_whole"),
    "a parcel of a wave that nobody released": (
        lambda: [tables.waves.delete().where(tables.waves.c.layer == "ambient")],
        "parcel_in_one_wave",
    ),
    "a commit that nobody signed": (
        lambda: [tables.audit.delete().where(tables.audit.c.version == 2)],
        "every_commit_audited",
    ),
    "a warning that nobody raised": (
        lambda: [
            tables.standard_warnings.insert().values(
                kind="carrier", partner="FAST", tier="", measure="pick_up", state="open", since=OPENING, adjusted=0.5,
                low=0.4, high=0.6, standard=0.9, version=1,
            )
        ],
        "warnings_follow_from_facts",
    ),
    "a chance of no forecast": (
        lambda: [
            tables.clause_chances.insert().values(
                parcel_id="p", clause="late", deadline=OPENING, chance=0.5, cents=300, version=1
            )
        ],
        "forecasts_of_parcels",
    ),
    "an option of no incident": (
        lambda: [
            tables.buyer_options.insert().values(
                incident_id="m1", order_id=order_id(1), option="wait", parcel_id="p", compensation_cents=300,
                offered_at=OPENING, offered_by="lin", version=1, state="open", state_at=OPENING,
            )
        ],
        "incidents_follow_from_facts",
    ),
    "an event of no proposal": (
        lambda: [
            tables.switch_events.insert().values(
                version=1, at=OPENING, proposal_id="w1", state="expired", reason="too old", actor="partners"
            )
        ],
        "switches_follow_from_facts",
    ),
}  # fmt: skip


PLANTS |= {
    "an incident of complaints that nobody resolved": (
        lambda: incident("resolved"),
        "complaint_incidents_follow_from_facts",
    ),
    "a ticket that joined an incident that was over": (
        lambda: [
            *incident("resolved"),
            incident_event(2, "resolved"),
            sa.text("INSERT INTO incident_tickets SELECT ticket_id, 'i1', asked_at, 3 FROM tickets LIMIT 1"),
        ],
        "complaint_incidents_follow_from_facts",
    ),
    "a ticket that says what no platform told": (
        lambda: [tables.tickets.update().values(said="x")],
        "tickets_follow_from_reports",
    ),
    "a ticket that was never received": (
        lambda: [update(tables.ticket_events, "kind", "received", kind="changed")],
        "tickets_follow_from_reports",
    ),
    "a ticket that resolved itself": (
        lambda: [tables.tickets.update().values(state="resolved")],
        "ticket_state_follows_from_facts",
    ),
    "an open ticket that nobody owes an answer": (
        lambda: [tables.tickets.update().values(due_at=None)],
        "ticket_state_follows_from_facts",
    ),
    "a label that nobody gave": (
        lambda: [tables.tickets.update().values(complaint="quality", labelled_by="operator")],
        "ticket_label_follows_from_facts",
    ),
    "a machine that overruled a person": (
        lambda: [
            tables.ticket_labels.insert().values(version=v, at=OPENING, ticket_id=ticket_id(1), complaint=complaint,
                                                 labelled_by=by, evidence="[]", actor="x")
            for v, complaint, by in ((1, "quality", "operator"), (2, "other", "classifier"))
        ] + [tables.tickets.update().values(complaint="other", labelled_by="classifier")],
        "ticket_label_follows_from_facts",
    ),
    "a ticket whose goods are another order's": (
        lambda: [tables.ticket_goods.update().values(order_id=order_id(1))],
        "ticket_goods_are_of_its_order",
    ),
    "a linked ticket without goods": (lambda: [tables.ticket_goods.delete()], "ticket_goods_are_of_its_order"),
    "an incident of nothing": (
        lambda: [tables.incident_tickets.insert().values(
            ticket_id=ticket_id(1), incident_id="i1", at=OPENING, version=1)],
        "incident_tickets_exist",
    ),
    "a proposal to upload that no round made": (
        lambda: [
            tables.waybill_proposals.insert().values(
                version=1, node="WH", carrier="FAST", platform="douyin", cohort=1, parcels=1, orders=1,
                promise_at=OPENING, best_cents=0, pick_up_cents=0, refund_cents=0, trace_cents=0, late_cents=0,
                lock_out_cents=0, curve="{}",
            )
        ],
        "proposals_are_of_one_round",
    ),
    "an hour of weather heard before it was issued": (
        lambda: [
            tables.weather.insert().values(
                place="410100", valid_at=OPENING, issued_at=OPENING, ingest_time=OPENING - timedelta(hours=1),
                kind="observed", precipitation_mm=1.0, source="x", version=1,
            )
        ],
        "weather_is_told_once",
    ),
    "a sensor whose last reading nobody has": (
        lambda: [
            tables.cold_probes.insert().values(
                probe_id="s", device="s", carried="vehicle", subject="v", layer="chilled", newest_at=OPENING,
                state="inside", memory="{}", gaps=0, version=1,
            )
        ],
        "probes_follow_from_readings",
    ),
    "a rider who stands where nobody saw it": (
        lambda: [
            tables.courier_positions.insert().values(
                version=1, courier="r1", event_time=OPENING, ingest_time=OPENING, lon=121.4, lat=31.2, datum="wgs84"
            )
        ],
        "riders_where_last_seen",
    ),
    "a stop that nobody gave": (
        lambda: [
            tables.courier_tasks.insert().values(
                task_id="t1", courier="r1", seq=1, lon=121.4, lat=31.2, place="", state="open", assigned_at=OPENING,
                version=1,
            )
        ],
        "tasks_follow_from_facts",
    ),
    "a parcel that says signed though nobody signed": (
        lambda: [update(tables.parcel_tracks, "waybill_no", "SF1", stage="signed")],
        "tracks_follow_from_facts",
    ),
    "a scan that was forgotten": (
        lambda: [update(tables.tracking_events, "scan", "hub_in", scan="note")],
        "tracks_follow_from_facts",
    ),
    "a first hub that nobody saw": (
        lambda: [update(tables.parcel_tracks, "waybill_no", "YT0000001", first_hub_at=OPENING)],
        "tracks_follow_from_facts",
    ),
    "an uploaded waybill that is tracked nowhere": (
        lambda: [tables.parcel_tracks.delete().where(tables.parcel_tracks.c.waybill_no == "SF1")],
        "tracks_follow_from_facts",
    ),
    "something taken back that was never told": (
        lambda: [tables.tracking_retractions.insert().values(event_key="x", version=1, at=OPENING, reason="none")],
        "retractions_are_of_events",
    ),
    "a pick-up that steering does not know of": (
        lambda: [update(tables.waybills, "waybill_no", "SF1", picked_up_at=None)],
        "carriers_scan_reaches_the_waybill",
    ),
    "an alert that nobody raised": (
        lambda: [
            tables.alerts.insert().values(
                alert_id="w1", condition="oversold", cause="[]", raised_at=OPENING, version=1, state="open",
                state_at=OPENING, severity="warning", measure=1.0, orders=0, cents=0, facts="{}",
            )
        ],
        "alerts_follow_from_facts",
    ),
    "a pick-stop that stopped by itself": (
        lambda: [tables.pick_stops.delete()],
        "pick_stops_follow_from_facts",
    ),
    "a parcel that left and is still on the books": (
        lambda: [tables.departures.delete()],
        "what_left_is_off_the_books",
    ),
    "a parcel whose scan was taken back and that is off the books all the same": (
        lambda: [update(tables.parcel_tracks, "waybill_no", "SF1", picked_up_at=None, stage="labelled")],
        "what_left_is_off_the_books",
    ),
    "a node that says closed though nobody closed it": (
        lambda: [update(tables.node_states, "node", "DP", state="closed")],
        "steering_follows_from_facts",
    ),
    "an order planned with a stopped carrier that no list mentions": (
        lambda: [tables.stuck_orders.delete()],
        "nothing_goes_behind_a_barrier",
    ),
    "a unit of a quarantined lot that got over the fence": (
        lambda: [
            tables.stock_balance.update().where(tables.stock_balance.c.lot == "GIFT-1").values(quarantined=499),
            tables.stock_movements.update().where(
                tables.stock_movements.c.lot == "GIFT-1", tables.stock_movements.c.kind == "quarantine"
            ).values(quarantined_delta=499),
        ],
        "quarantined_lot_all_fenced",
    ),
    "an order that left its parcel and went nowhere": (
        lambda: [tables.reallocations.delete()],
        "nobody_lost_on_the_way",
    ),
    "a parcel changed after its scan": (
        lambda: [tables.waybills.update().values(parcel_id=sa.select(tables.reallocations.c.from_parcel).where(
            tables.reallocations.c.order_id == order_id(2)).scalar_subquery(), version=1, picked_up_at=OPENING)],
        "legal_window_kept",
    ),
    "a parcel changed after its upload without an edit": (
        lambda: [tables.waybills.update().values(parcel_id=sa.select(tables.reallocations.c.from_parcel).where(
            tables.reallocations.c.order_id == order_id(2)).scalar_subquery(), version=1, picked_up_at=None)],
        "legal_window_kept",
    ),
    "a waybill number on two parcels": (
        lambda: [tables.waybills.insert().values(
            version=1, parcel_id="another", waybill_no="SF1", uploaded_at=OPENING, ingest_time=OPENING)],
        "one_waybill_one_parcel",
    ),
    "a shortage below nothing": (
        lambda: [tables.shortage_movements.insert().values(
            version=1, at=OPENING, sku="OIL", delta=-1, reason="none")],
        "shortages_are_real",
    ),
    "an order that promises more than the anchor did": (
        lambda: [spoken(), update(tables.orders, "order_id", order_id(1), promise_at=OPENING + timedelta(hours=40))],
        "spoken_promises_bind",
    ),
    "a promise moved by words of another show": (
        lambda: [spoken(show_id="shelf"), tables.promise_moves.insert().values(
            version=1, event_time=OPENING, ingest_time=OPENING, order_id=order_id(1), promise_before=OPENING,
            promise_after=OPENING, offer_id="spoken:s1", actor="nobody")],
        "spoken_promises_bind",
    ),
    "two alarms of one cause": (
        lambda: [alarm("a1"), alarm("a2")],
        "one_alarm_a_cause",
    ),
    "an alarm that came back to life": (
        lambda: [alarm("a1"), *(alarmed("a1", version, kind) for version, kind in enumerate(
            ("raised", "cleared", "raised"), start=1))],
        "one_alarm_a_cause",
    ),
    "a link that leads to no order": (
        lambda: [tables.track_links.insert().values(link_id="x", order_id="nobody", made_at=OPENING, version=1)],
        "links_lead_to_orders",
    ),
    "a buyer's request that answered itself": (
        lambda: [tables.buyer_requests.insert().values(
            request_id="b1-1", order_id=order_id(1), wish="refund", detail="{}", asked_at=OPENING, version=1,
            state="done", state_at=OPENING)],
        "buyer_requests_follow_from_facts",
    ),
    "a plan of routes that counts a stop too many": (
        lambda: [tables.route_plans.insert().values(
            version=1, node="WH", planned_at=OPENING, starts_at=OPENING, planned_by="x", routes=0, stops=1, missed=0)],
        "routes_whole",
    ),
    "a notice that says it was sent": (
        lambda: [notice("n1", state="sent", next_at=None), noticed("n1", 1, "queued")],
        "notices_follow_from_facts",
    ),
    "an attempt that was not counted": (
        lambda: [notice("n1", state="sending"), noticed("n1", 1, "queued"), noticed("n1", 2, "sending")],
        "notices_follow_from_facts",
    ),
    "a notice that is told twice": (
        lambda: [notice("n1", state="sent", next_at=None, attempts=2), *(
            noticed("n1", version, state) for version, state in enumerate(
                ("queued", "sending", "sent", "sending", "sent"), start=1))],
        "notices_told_once",
    ),
    "a change in force that nobody approved": (
        lambda: [tables.improvements.insert().values(
            improvement_id="m1", kind="packaging", sku="OIL", carrier="FAST", area="31", material="X", units=9,
            damaged=3, share=0.3, low=0.1, high=0.5, limit_share=0.08, share_after=0.1, saving_cents=1, options="[]",
            proposed_at=OPENING, version=1, state="approved", state_at=OPENING)],
        "improvements_follow_from_facts",
    ),
    "a rating that nobody gave": (
        lambda: [tables.ratings.insert().values(
            order_id=order_id(1), first_at=OPENING, version=1, stars=1, words="", rated_at=OPENING)],
        "ratings_follow_from_facts",
    ),
    "two compensations of one ticket": (
        lambda: [compensation("c1", ticket_id="t"), compensation("c2", ticket_id="t")],
        "one_compensation_a_ticket",
    ),
    "a payment that nobody approved": (
        lambda: [compensation("c1", state="paid"), tables.compensation_events.insert().values(
            version=1, event_time=OPENING, ingest_time=OPENING, compensation_id="c1", kind="paid", reason="",
            actor="a")],
        "compensation_follows_from_facts",
    ),
    "a report that was written over": (
        lambda: [
            tables.reports.insert().values(
                show_id=SHOW, report_no=1, version=1, data_version=0, made_at=OPENING, made_by="x", occasion="asked",
                digest="0", content="{}")
        ],
        "reports_stay_as_they_were",
    ),
    "money given away that no budget knows of": (
        lambda: [compensation("c1", state="approved")],
        "compensation_budgets_hold",
    ),
}  # fmt: skip


def steered(room: Room) -> None:
    """Order 1 is with a carrier that was stopped afterwards, order 2 was moved to another; DP was closed once."""
    [parcel] = room.database.read("SELECT parcel_id FROM allocations WHERE order_id = $o", {"o": order_id(1)})[
        "parcel_id"
    ].to_list()
    record_waybills(room, [Waybill(parcel, "SF1", room.now(), room.now())], actor="wms")
    events = [
        {"waybill_no": "YT0000001", "scan": scan, "at": (room.now() - timedelta(hours=hours)).isoformat()}
        for scan, hours in (("hub_in", 5), ("picked_up", 9), ("signed", 1))
    ]
    track(room, parse_canonical_tracking(events), actor="carrier")
    track(room, parse_canonical_tracking([{**events[2], "retracted": True}]), actor="carrier")
    for kind, named in (
        (ChangeKind.NODE_CLOSED, {"node": "DP"}),
        (ChangeKind.NODE_REOPENED, {"node": "DP"}),
        (ChangeKind.LOT_QUARANTINED, {"lot": "GIFT-1"}),
        (ChangeKind.CARRIER_STOPPED, {"carrier": "CHEAP", "region": "31"}),
    ):
        steer(room, Change(kind=kind, **named), actor="lin", reason="a test")


@pytest.fixture
def served(room_in: Callable[[str, Callable[[Room], object]], Room], monkeypatch: pytest.MonkeyPatch) -> Room:
    """The world of `serve`, a copy for every test."""
    return room_in("served", lambda room: serve(room, monkeypatch))


def serve(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders 1-4 allocated (one a kit) with a certificate, and in waves; order 5 reserved and waiting; of orders 6-8
    the buyers were asked to wait: 6 accepted, 7 may still answer, 8 is only proposed. Then it is `steered`."""
    use_planner(monkeypatch, certified())
    take(room, order(1), order(2, ("OIL", 2)), order(3, ("FAMILY", 1)), order(4, ("BERRY", 1)))
    assert allocate_waiting(room).served == 4
    assert release_waves(room.database, "WH", FloorPolicy(), actor="test").parcels == 4
    take(room, *(order(n, ("GRAIN", 1)) for n in (5, 6, 7, 8)))
    monkeypatch.setattr(propose_delays, "stagger_policy", lambda: generous(stagger_policy()))
    assert propose_delays.propose_delays(room, actor="test").offered == 4
    offers = dict(room.database.read("SELECT order_id, offer_id FROM delay_offers").rows())
    reject_delays(room, [offers[order_id(5)]], actor="test", reason="a planted world")
    approve_delays(room, [offers[order_id(6)], offers[order_id(7)]], actor="test")
    answer_delays(room, [DelayAnswer(offers[order_id(6)], "accepted", room.now())], actor="test")
    complain(room, asked(1, order_no="N00000002"))
    steered(room)


def generous(policy: StaggerPolicy) -> StaggerPolicy:
    """Everybody may be asked to wait: shares of four orders would be none."""
    tiers = tuple(replace(tier, max_share=1.0) for tier in policy.tiers)
    return replace(policy, max_share_of_orders=1.0, relief_share=1.0, tiers=tiers)


def broken(room: Room) -> set[str]:
    return {check.name for check in verify(room.database).checks if check.breaches}


def test_a_healthy_room_is_clean(served: Room) -> None:
    report = verify(served.database)
    assert report.clean
    assert report.orders == 8
    assert {check.name for check in report.checks} == set(questions())


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_breach_is_found(served: Room, plant: str) -> None:
    statements, name = PLANTS[plant]
    with served.database.transaction(actor="vandal", verb="plant") as tx:
        for statement in statements():
            tx.execute(statement)
    assert name in broken(served)


def test_every_invariant_has_a_plant_that_breaks_it() -> None:
    # every_row_ends_once is a CHECK of both databases: a batch that does not add up cannot be stored.
    assert {name for _, name in PLANTS.values()} | {"every_row_ends_once"} == set(questions())


def test_a_batch_that_does_not_add_up_cannot_be_stored(served: Room) -> None:
    with (
        pytest.raises(Exception, match=r"(?i)check"),
        served.database.transaction(actor="vandal", verb="plant") as tx,
    ):
        tx.execute(tables.intake_batches.update().values(read=1000))


def test_a_report_is_kept_for_the_system_page(served: Room) -> None:
    record_report(served.database, verify(served.database))
    kept = served.database.read("SELECT invariant, breaches FROM invariant_checks")
    assert dict(kept.rows()) == dict.fromkeys(questions(), 0)


def test_an_empty_room_is_clean(duckdb_url: str, clock: Clock) -> None:
    room = small_room(duckdb_url, clock)
    assert verify(room.database).clean
    room.close()
