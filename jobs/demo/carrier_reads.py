"""What the demo's carriers and packers must know of the room: its network, what is packed, what is under way.

Reads the room's own tables, as a warehouse system reads its orders to pack; writes nothing.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from engine.model.tracking import Stage
from engine.store.database import Database
from jobs.demo.carrier_network import Consignment, Network

UNDER_WAY = (
    Stage.LABELLED, Stage.PICKED_UP, Stage.IN_TRANSIT, Stage.ARRIVED, Stage.OUT_FOR_DELIVERY, Stage.LOCKER,
    Stage.REJECTED, Stage.RETURNING, Stage.LOST,
)  # fmt: skip
"""Stages after which a carrier may still tell something."""


class Packed(NamedTuple):
    """A parcel on the floor that has no waybill yet."""

    parcel_id: str
    carrier: str
    slot: int
    released_at: datetime


def read_network(database: Database) -> Network:
    """The network of the brand in the room."""
    nodes = database.read("SELECT node, adcode, name_zh, lon, lat, cutoff FROM nodes ORDER BY node")
    carriers = database.read("SELECT carrier, hours, max_km FROM carriers ORDER BY carrier")
    tariffs = database.read("SELECT carrier, origin, destination, layer, days FROM tariffs")
    regions = database.read("SELECT adcode, province, city, district, lon, lat FROM regions ORDER BY adcode")
    return Network(nodes, carriers, tariffs, regions)


def epoch_of(database: Database) -> datetime | None:
    """The room's first commit; None in an empty database."""
    found = database.read('SELECT min("at") FROM audit').item()
    return None if found is None else found.astimezone(UTC)


def read_packed(database: Database) -> list[Packed]:
    """Parcels of released waves that still go out and have no waybill, the first released first."""
    rows = database.read(
        """
        SELECT i.parcel_id, p.carrier, i.slot, w.released_at
        FROM wave_parcels i
        JOIN waves w ON w.wave_id = i.wave_id
        JOIN parcels p ON p.parcel_id = i.parcel_id AND p.status = 'planned'
        ANTI JOIN waybills b ON b.parcel_id = i.parcel_id
        ORDER BY w.released_at, w.wave_id, i.slot
        """
    )
    return [Packed(parcel, carrier, slot, at.astimezone(UTC)) for parcel, carrier, slot, at in rows.iter_rows()]


def read_under_way(
    database: Database, *, after_version: int = 0, ended_since: datetime | None = None
) -> list[Consignment]:
    """Labelled parcels whose waybill came after a version and that are not at their end, or came to it since a moment:
    a scan may be told after the signature. The first labelled first."""
    stages = ", ".join(f"'{stage.value}'" for stage in UNDER_WAY)
    rows = database.read(
        f"""
        SELECT b.waybill_no, p.carrier, p.node, min(o.adcode), p.layer, min(b.uploaded_at) AS labelled_at
        FROM waybills b
        JOIN parcels p ON p.parcel_id = b.parcel_id AND p.status = 'planned'
        JOIN boards.standing_picks a ON a.parcel_id = p.parcel_id
        JOIN orders o ON o.order_id = a.order_id
        ANTI JOIN (
            SELECT waybill_no FROM parcel_tracks WHERE stage NOT IN ({stages})
            AND ($ended_since::TIMESTAMPTZ IS NULL OR stage_at < $ended_since)
        ) t ON t.waybill_no = b.waybill_no
        WHERE b.version > $after
        GROUP BY b.waybill_no, p.carrier, p.node, p.layer
        ORDER BY labelled_at, b.waybill_no
        """,
        {"after": after_version, "ended_since": ended_since},
    )
    return list(_consignments(rows.iter_rows()))


def called_off(database: Database, numbers: Iterable[str]) -> set[str]:
    """Of these waybills, those whose parcel stays here: cancelled or re-planned, and never scanned."""
    rows = database.read(
        """
        SELECT b.waybill_no FROM waybills b JOIN parcels p ON p.parcel_id = b.parcel_id AND p.status <> 'planned'
        WHERE b.waybill_no IN (SELECT unnest($numbers::VARCHAR[]))
        GROUP BY b.waybill_no HAVING count(b.picked_up_at) = 0
        """,
        {"numbers": list(numbers)},
    )
    return set(rows["waybill_no"])


def told_until(database: Database, actor: str) -> datetime | None:
    """When that actor last told the room of a scan; None: never."""
    found = database.read(
        "SELECT max(\"at\") FROM audit WHERE verb = 'track' AND actor = $actor", {"actor": actor}
    ).item()
    return None if found is None else found.astimezone(UTC)


def _consignments(rows: Iterable[tuple[str, str, str, str, str, datetime]]) -> Iterable[Consignment]:
    for number, carrier, node, adcode, layer, at in rows:
        yield Consignment(number, carrier, node, adcode, layer, at.astimezone(UTC))
