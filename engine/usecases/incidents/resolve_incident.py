"""An operator says that an incident is over; the watch then takes its rate for usual for a while."""

from engine.errors import NotAllowed, NotFound
from engine.store.database import Database
from engine.usecases.incidents.find_incidents import end_incident


def resolve_incident(database: Database, incident_id: str, *, actor: str, reason: str) -> None:
    """End it; its tickets never count for another incident. Raises NotFound, or NotAllowed without a reason."""
    if not reason.strip():
        raise NotAllowed("Say in a few words why it is over: the reason is kept with the incident.")
    with database.transaction(actor=actor, verb="resolve_incident", subject=incident_id) as tx:
        found = tx.rows("SELECT state FROM incidents WHERE incident_id = :id", {"id": incident_id})
        if not found:
            raise NotFound(f"There is no incident {incident_id!r}.")
        if found[0][0] != "open":
            raise NotAllowed("This incident is over already.")
        end_incident(tx, incident_id, reason=reason.strip())
        tx.note(reason=reason.strip())
