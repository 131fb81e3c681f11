"""What stands: is a change in force already, and which planned orders would it be about?"""

import polars as pl

from engine.allocation.reallocation import PICKS
from engine.allocation.steering import Change, ChangeKind
from engine.errors import NotFound
from engine.model.frames import conform
from engine.store.database import Database
from engine.usecases.steering.steering_state import barriers


def stands_already(database: Database, change: Change) -> bool:
    """Whether the change stands already. Raises NotFound where it names what the room does not know."""
    tables = {"node": change.node, "lot": change.lot, "carrier": change.carrier}
    for name, value in tables.items():
        if value is None:
            continue
        if database.read(f"SELECT 1 FROM {name}s WHERE {name} = $value", {"value": value}).is_empty():
            raise NotFound(f"There is no {name} {value!r}.")
    if (
        change.region
        and database.read(
            "SELECT 1 FROM regions WHERE starts_with(adcode, $prefix)", {"prefix": change.region}
        ).is_empty()
    ):
        raise NotFound(f"There is no division whose code begins with {change.region!r}.")
    now = barriers(database)
    match change.kind:
        case ChangeKind.NODE_CLOSED | ChangeKind.NODE_REOPENED:
            return (change.node in now.nodes) == (change.kind == ChangeKind.NODE_CLOSED)
        case ChangeKind.LOT_QUARANTINED | ChangeKind.LOT_RELEASED:
            return (change.lot in now.lots) == (change.kind == ChangeKind.LOT_QUARANTINED)
        case ChangeKind.CARRIER_STOPPED | ChangeKind.CARRIER_RESUMED:
            stopped = (change.carrier, change.region) in now.stops
            return stopped == (change.kind == ChangeKind.CARRIER_STOPPED)
        case ChangeKind.STOCK_COUNTED:
            key = {"node": change.node, "lot": change.lot}
            if database.read("SELECT 1 FROM stock_balance WHERE node = $node AND lot = $lot", key).is_empty():
                raise NotFound(f"No stock of lot {change.lot!r} was ever at {change.node!r}: book a receipt instead.")
            return False
        case ChangeKind.ORDERS_LED_AWAY:
            return False


_CONDITION = {
    ChangeKind.NODE_CLOSED: "node = $node",
    ChangeKind.LOT_QUARANTINED: "lot = $lot",
    ChangeKind.CARRIER_STOPPED: """
        carrier = $carrier AND starts_with(region, $region) AND parcel_id NOT IN (FROM arrived)
    """,
    ChangeKind.STOCK_COUNTED: "node = $node AND lot = $lot",
    ChangeKind.ORDERS_LED_AWAY: "node = $node AND starts_with(region, $region)",
}


def standing_picks(database: Database, change: Change) -> pl.DataFrame:
    """PICKS of the orders that the change is about, and of everybody in one of their parcels."""
    named = ("node", "lot", "carrier", "region")
    values = {name: getattr(change, name) for name in named if f"${name}" in _CONDITION[change.kind]}
    found = database.read(
        f"""
        WITH live AS (
            SELECT a.order_id, a.parcel_id, a.sku, a.qty, a.node, a.lot, a.carrier, o.adcode AS region, o.paid_at,
                   o.amount_cents
            FROM allocations a JOIN orders o ON o.order_id = a.order_id AND o.status = 'allocated'
            ANTI JOIN ended_allocations e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
        ),
        arrived AS (  -- of these a carrier has nothing left to do
            SELECT parcel_id FROM parcel_tracks WHERE parcel_id IS NOT NULL AND stage IN ('signed', 'returned')
        ),
        kin AS (SELECT DISTINCT order_id FROM live WHERE {_CONDITION[change.kind]}),
        parcel_ids AS (SELECT DISTINCT parcel_id FROM live SEMI JOIN kin USING (order_id)),
        bills AS (
            SELECT parcel_id, min(uploaded_at) AS uploaded_at, max(picked_up_at) AS picked_up_at
            FROM waybills GROUP BY parcel_id
        )
        SELECT live.*, p.layer, p.cost_cents, p.planned_at, b.uploaded_at, b.picked_up_at
        FROM live SEMI JOIN parcel_ids USING (parcel_id)
        JOIN parcels p ON p.parcel_id = live.parcel_id
        LEFT JOIN bills b ON b.parcel_id = live.parcel_id
        ORDER BY ALL
        """,
        values,
    )
    return conform(found, PICKS)
