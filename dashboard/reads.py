"""The only cache of the dashboard: each board is asked once per data version, for all viewers of this process.

A board is asked again when a commit has happened since, but not more often than twice a refresh; and, because some
figures age by themselves, every few refreshes without a commit. Whoever just wrote something gets a board that
includes it. One thread asks, the others who want the same board wait for its answer.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import polars as pl

from dashboard import state
from dashboard.boards import actions as action_boards
from dashboard.boards import alerts as alert_boards
from dashboard.boards import clocks as clock_boards
from dashboard.boards import compensation as compensation_boards
from dashboard.boards import floor as floor_boards
from dashboard.boards import four as boards
from dashboard.boards import incidents as incident_boards
from dashboard.boards import logistics as logistics_boards
from dashboard.boards import notices as notice_boards
from dashboard.boards import partners as partner_boards
from dashboard.boards import pick_stops as pick_stop_boards
from dashboard.boards import returns as returns_boards
from dashboard.boards import routes as route_boards
from dashboard.boards import stagger as stagger_boards
from dashboard.boards import ticket_models as ticket_model_boards
from dashboard.boards import tickets as ticket_boards
from dashboard.boards import waybills as waybill_boards
from dashboard.read_times import READ_TIMES
from dashboard.runtime import board_settings, room
from dashboard.shared_answers import SharedAnswers
from dashboard.views import tickets as ticket_views
from engine.store.database import Database
from engine.store.screens import floor as floor_screens
from engine.store.screens import room as screens
from engine.usecases.clocks.due_waybills import due_csv, due_waybills
from engine.usecases.floor.wave_sheet import WaveSheet

B = TypeVar("B")
_SHARED: "WeakKeyDictionary[Database, SharedAnswers]" = WeakKeyDictionary()
_SLOW: "WeakKeyDictionary[Database, SharedAnswers]" = WeakKeyDictionary()
_SHARED_LOCK = threading.Lock()
SLOW_SECONDS = 600
"""As refreshes of boards go: five minutes after an answer, a commit makes it be asked again."""

_FIGURES: dict[tuple[str, str], tuple[object, Any]] = {}


def _answers(database: Database) -> SharedAnswers:
    with _SHARED_LOCK:
        return _SHARED.setdefault(database, SharedAnswers(refresh_seconds=board_settings().refresh_seconds))


def _board(name: str, ask: Callable[[Database, datetime], B]) -> B:
    here = room()

    def timed() -> B:
        with READ_TIMES.asking(name):
            return ask(here.database, here.now())

    return _answers(here.database).get(
        name,
        timed,
        version=here.database.data_version,
        at_least=state.seen_version(),
    )


def shared(name: str, ask: Callable[[Database, datetime], B]) -> B:
    """A board by its name, asked once a data version for all viewers; for modules of reads beside this one."""
    return _board(name, ask)


def _slowly(name: str, ask: Callable[[Database, datetime], B]) -> B:
    """What is dear to ask and changes in days: asked again minutes after a commit, or for whoever has just written."""
    here = room()
    with _SHARED_LOCK:
        answers = _SLOW.setdefault(here.database, SharedAnswers(refresh_seconds=SLOW_SECONDS))
    return answers.get(
        name,
        lambda: ask(here.database, here.now()),
        version=here.database.data_version,
        at_least=state.seen_version(),
    )


def now() -> datetime:
    """The room's clock, for ages."""
    return room().now()


def refresh_seconds() -> int:
    """Seconds between two refreshes of a board."""
    return board_settings().refresh_seconds


def overview() -> boards.Overview:
    """The wall."""
    return _board("overview", boards.overview)


def orders() -> boards.Orders:
    """The orders board."""
    return _board("orders", boards.orders)


def inventory() -> boards.Inventory:
    """The inventory board."""
    return _board("inventory", boards.inventory)


def logistics() -> logistics_boards.Logistics:
    """Parcels on their way."""
    return _board("logistics", logistics_boards.logistics)


def network() -> boards.Network:
    """Nodes, carriers, and what could not move."""
    return _board("network", boards.network)


def inbox() -> action_boards.Inbox:
    """Actions."""
    return _board("inbox", action_boards.inbox)


def review() -> boards.Review:
    """The review desk."""
    return _board("review", boards.review)


def system() -> boards.System:
    """The engine room."""
    return _board("system", boards.system)


def certificate() -> stagger_boards.Certificate:
    """What the last plan proves of itself."""
    return _board("certificate", stagger_boards.certificate)


def stagger() -> stagger_boards.Stagger:
    """The desk of offers to wait."""
    return _board("stagger", stagger_boards.stagger)


def notices() -> notice_boards.Notices:
    """The outbox and its channels."""
    return _board("notices", notice_boards.notices)


def waybills() -> waybill_boards.Waybills:
    """When to upload waybills."""
    rules = room().rules
    return _board("waybills", lambda database, as_of: waybill_boards.waybills(database, as_of, rules))


def due_waybills_csv() -> str:
    """Parcels due for upload now, as CSV; asked each time."""
    return due_csv(due_waybills(room().database, now=now()))


def partners() -> partner_boards.Partners:
    """Carriers and nodes."""
    return _board("partners", partner_boards.partners)


def mass_delays() -> partner_boards.MassDelays:
    """Delays of many parcels."""
    return _board("mass_delays", partner_boards.mass_delays)


def held_up(incident_id: str) -> partner_boards.HeldUp:
    """The lists of one incident that there is."""
    return _board(f"held_up.{incident_id}", lambda database, _: partner_boards.held_up(database, incident_id))


def tickets(view: ticket_views.TicketsView) -> ticket_boards.Tickets:
    """The queue of the service desk, as somebody filters it."""
    return _board(f"tickets.{view}", lambda database, as_of: ticket_boards.tickets(database, as_of, view))


def ticket_file(ticket_id: str) -> ticket_boards.TicketFile:
    """What has happened to one ticket, and what it is about; asked each time."""
    return ticket_boards.ticket_file(room().database, ticket_id)


def after_sales() -> ticket_boards.AfterSales:
    """The after-sales board."""
    return _board("after_sales", ticket_boards.after_sales)


def incidents() -> incident_boards.Incidents:
    """Complaints with one cause."""
    return _board("complaint_incidents", incident_boards.incidents)


def one_incident(incident_id: str) -> incident_boards.OneIncident:
    """Whom one of them concerns, and what was said."""
    return _board(
        f"complaint_incident.{incident_id}",
        lambda database, as_of: incident_boards.one_incident(database, incident_id, now=as_of),
    )


def compensations() -> compensation_boards.Compensations:
    """The desk of compensations."""
    return _board("compensations", compensation_boards.compensations)


def returns() -> returns_boards.Returns:
    """Returns, damage, changes and ratings."""
    known = _slowly("outcomes", returns_boards.outcomes)
    return _board("returns", lambda database, as_of: returns_boards.returns(database, as_of, known))


def low_ratings() -> tuple[returns_boards.TracedRating, ...]:
    """Low ratings, each with what failed."""
    return _board("low_ratings", returns_boards.low_ratings)


def change_effects() -> dict[str, returns_boards.Effect]:
    """What came of changes."""
    return _slowly("change_effects", returns_boards.effects)


def route_nodes() -> route_boards.RouteNodes:
    """Where a store's own people have stops."""
    return _board("route_nodes", route_boards.route_nodes)


def node_plan(node: str) -> route_boards.NodePlan:
    """The plan of routes of one node."""
    return _board(f"node_plan.{node}", lambda database, _: route_boards.node_plan(database, node))


def alerts() -> alert_boards.Alerts:
    """What is wrong now."""
    return _board("alerts", alert_boards.alerts)


def pick_stops() -> pick_stop_boards.PickStops:
    """What must stay, at every node."""
    return _board("pick_stops", pick_stop_boards.pick_stops)


def floor() -> floor_boards.Floor:
    """What waits for a wave, at every node."""
    return _board("floor", floor_boards.floor)


def clocks() -> clock_boards.Clocks:
    """Promise clocks, lock-out gauges, alarms and the promise ledger."""
    platforms = room().platforms
    return _board("clocks", lambda database, as_of: clock_boards.clocks(database, as_of, platforms))


def released_waves(node: str) -> pl.DataFrame:
    """The newest waves of a node that has some."""
    return _board(f"released_waves.{node}", lambda database, _: floor_screens.released_waves(database, node))


def wave_sheet(wave_id: str) -> WaveSheet:
    """One wave as it stands now; asked each time. Raises NotFound."""
    return floor_boards.wave_sheet(room().database, wave_id)


def ticket_model() -> ticket_model_boards.TicketModel:
    """The complaint classifier: its card, its words, its corrections."""
    return _board("ticket_model", ticket_model_boards.ticket_model)


def orders_meant(asked: str) -> pl.DataFrame:
    """Orders somebody means; asked each time, because few look."""
    return screens.orders_meant(room().database, asked)


def changeable() -> boards.Changeable:
    """What a what-if can change."""
    return _board("changeable", boards.changeable)


def provinces() -> dict[str, str]:
    """The first two digits of each province's division codes, and its name."""
    found = room().gazetteer.regions.filter(pl.col("level") == "province").sort("adcode")
    return dict(found.select(pl.col("adcode").str.slice(0, 2), "province").iter_rows())


def figure(name: str, source: object, language: str, build: Callable[[], B]) -> B:
    """A figure built once for `source` (a board) and language, then shared. Treat it as read-only."""
    known = _FIGURES.get((name, language))
    if known is not None and known[0] is source:
        return known[1]  # type: ignore[no-any-return]
    made = build()
    _FIGURES[name, language] = (source, made)
    return made
