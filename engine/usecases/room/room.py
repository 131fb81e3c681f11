"""The open room: a workplace with its intake desk. Opened once a process, closed in order."""

from engine.channels.configured import configured
from engine.clock import type_now, utc_now
from engine.intake.brand import load_brand
from engine.intake.regions import Gazetteer, load_gazetteer
from engine.orders.holds import HoldPolicy, policy_from
from engine.settings import DATA, Settings
from engine.store.database import Database
from engine.usecases.actions.action_policy import load_action_policy
from engine.usecases.alerts.alert_policy import load_alert_policy
from engine.usecases.alerts.playbooks import load_playbooks
from engine.usecases.allocation.delay_records import stagger_policy
from engine.usecases.allocation.what_if_policy import load_what_if_policy
from engine.usecases.buyers.track_policy import track_policy
from engine.usecases.clocks.alarm_policy import load_alarm_policy
from engine.usecases.clocks.waybill_rules import waybill_policy
from engine.usecases.floor.floor_policy import load_floor_policy
from engine.usecases.floor.stop_picks import ask_for_known
from engine.usecases.forecasts.delay_policy import load_delay_policy
from engine.usecases.incidents.batch_policy import load_batch_rules
from engine.usecases.making_good.compensation_records import compensation_policy
from engine.usecases.making_good.returns_policy import returns_policy
from engine.usecases.notices.notice_policy import load_notice_policy, load_notice_templates
from engine.usecases.notices.register_channels import register_channels
from engine.usecases.orders.gate import Gate
from engine.usecases.orders.ingest_orders import ingest_requests
from engine.usecases.orders.intake_desk import IntakeDesk
from engine.usecases.reports.report_policy import load_report_policy
from engine.usecases.reports.report_words import report_words
from engine.usecases.riders.courier_policy import load_courier_policy
from engine.usecases.riders.route_policy import load_route_policy
from engine.usecases.road.cold_policy import load_cold_policy
from engine.usecases.road.mass_delay_policy import load_mass_delay_rules
from engine.usecases.road.service_policy import load_standards
from engine.usecases.road.tracks import track_known_waybills
from engine.usecases.room.permissions import load_permissions
from engine.usecases.room.rule_files import RULES, parsed_rules
from engine.usecases.room.rules import RoomRules, load_rules
from engine.usecases.room.seed_brand import seed_brand
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.answer_times import load_answer_times
from engine.usecases.service.ingest_tickets import ingest_tickets
from engine.usecases.service.ticket_language import load_language, load_ticket_policy
from engine.usecases.steering.plan_steering import load_window_policy
from engine.usecases.stock.book_out import book_out_known
from engine.usecases.stock.transfer_rules import load_transfer_rules

TICKETS_LINGER = 0.2
"""Seconds that a ticket waits for others to share its commits. Five rounds of some 90 ms a second leave half a core to
buyers at any rate; without, fifty tickets a second would take a whole one. A complaint is not in such a hurry."""


class Room(Workplace):
    """A workplace whose desks are staffed. Made by `open_room`; `close` lets them finish what they hold."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        gazetteer: Gazetteer,
        gate: Gate,
        *,
        now: type_now,
        rules: RoomRules | None = None,
    ) -> None:
        super().__init__(settings, database, gazetteer, gate, now=now, rules=rules)
        self.desk = IntakeDesk(
            lambda requests: ingest_requests(self, requests), group_rows=settings.intake.group_orders
        )
        self.tickets = IntakeDesk(
            lambda requests: ingest_tickets(self, requests),
            group_rows=settings.intake.group_orders,
            linger_seconds=TICKETS_LINGER,
        )

    def close(self) -> None:
        """Finish what the desks hold, then close the database."""
        self.desk.close()
        self.tickets.close()
        self.database.close()


def open_room(settings: Settings, *, now: type_now = utc_now) -> Room:
    """Open the database, seed the demo brand into an empty one, and load what intake needs.

    Raises DatabaseUnavailable, OutOfDate, BadSetting or BadBrand, each with what to do about it.
    """
    policy = load_hold_policy()
    rules = load_rules()
    stagger_policy()  # a wrong rule stops the start, not the first proposal
    load_courier_policy()
    waybill_policy()
    load_cold_policy()
    load_window_policy()
    load_what_if_policy()
    load_standards()
    load_mass_delay_rules()
    load_delay_policy()
    load_batch_rules()
    load_alarm_policy()
    load_alert_policy()
    load_playbooks()
    load_action_policy()
    load_transfer_rules()
    load_answer_times()
    load_floor_policy()  # read again where it is needed; a wrong number is better told at the start than at a cut-off
    track_policy()
    compensation_policy()
    returns_policy()
    load_route_policy()
    load_ticket_policy()
    load_language()
    load_notice_policy()
    load_notice_templates()
    configured(settings.channels)
    load_permissions()
    load_report_policy()
    report_words(settings.boards.language)
    gazetteer = load_gazetteer(DATA / "geo" / "regions.csv")
    database = Database.open(settings.database_url, now=now)
    try:
        if database.read("SELECT count(*) FROM skus").item() == 0:
            seed_brand(database, load_brand(DATA / "brand"), gazetteer, actor="setup")
        track_known_waybills(database)
        book_out_known(database)
        register_channels(database, settings.channels)
        ask_for_known(database)
        return Room(settings, database, gazetteer, Gate(policy), now=now, rules=rules)
    except BaseException:
        database.close()
        raise


def load_hold_policy() -> HoldPolicy:
    """The risk-hold rules of data/rules/holds.toml."""
    return policy_from(parsed_rules(RULES / "holds.toml", "hold rules"))
