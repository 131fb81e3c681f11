"""Clicks on the page of complaint incidents become use cases."""

from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.usecases.incidents.resolve_incident import resolve_incident


@command("resolve_incident")
def resolve(t: Words, incident_id: str, *, reason: str) -> Told:
    """End an incident."""
    return attempt(
        t,
        lambda: resolve_incident(room().database, incident_id, actor=operator(), reason=reason),
        t("incidents.resolved_now"),
    )
