"""An operator says that a mass delay is over, before silence would."""

from engine.errors import NotAllowed, NotFound
from engine.store.database import Database
from engine.usecases.road.find_mass_delays import end_incident


def resolve_mass_delay(database: Database, incident_id: str, *, actor: str, reason: str) -> None:
    """End it; its parcels never count for another incident. Raises NotFound, or NotAllowed without a reason."""
    if not reason.strip():
        raise NotAllowed("Say in a few words why it is over: the reason is kept with the incident.")
    with database.transaction(actor=actor, verb="resolve_mass_delay", subject=incident_id) as tx:
        found = tx.rows("SELECT state, quiet_runs FROM mass_delays WHERE incident_id = :id", {"id": incident_id})
        if not found:
            raise NotFound(f"There is no incident {incident_id!r}.")
        if found[0][0] != "open":
            raise NotAllowed("This incident is over already.")
        end_incident(tx, incident_id, reason=reason.strip(), quiet_runs=int(found[0][1]))
        tx.note(reason=reason.strip())
