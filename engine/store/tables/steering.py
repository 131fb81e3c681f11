"""What operators steer (nodes, lots, carriers), what waybills forbid, and what became of the orders concerned."""

from sqlalchemy import CheckConstraint, Table

from engine.store.tables.columns import big, instant, metadata, text

steering_changes = Table(  # facts: every change that an operator made to where and with whom goods may go
    "steering_changes",
    metadata,
    big("version"),
    instant("at"),
    text("actor"),
    text("kind"),  # ChangeKind
    text("node", null=True),
    text("lot", null=True),
    text("carrier", null=True),
    text("region", null=True),  # adcode prefix; '' is the whole country
    big("units", null=True),  # counted
    text("reason"),
)
node_states = Table(  # current state; a node without a row is open
    "node_states",
    metadata,
    text("node", key=True),
    text("state"),
    text("reason"),
    instant("since"),
    text("actor"),
    CheckConstraint("state IN ('open', 'closed')"),
)
lot_states = Table(  # current state; a lot without a row may ship
    "lot_states",
    metadata,
    text("lot", key=True),
    text("state"),
    text("reason"),
    instant("since"),
    text("actor"),
    CheckConstraint("state IN ('released', 'quarantined')"),
)
carrier_stops = Table(  # current state: a stop counts for every region that its prefix begins
    "carrier_stops",
    metadata,
    text("carrier", key=True),
    text("region", key=True),
    text("state"),
    text("reason"),
    instant("since"),
    text("actor"),
    CheckConstraint("state IN ('resumed', 'stopped')"),
)
waybills = Table(  # facts: a parcel's number was uploaded, and later perhaps the carrier's first scan was seen
    "waybills",
    metadata,
    big("version"),
    text("parcel_id"),
    text("waybill_no"),
    instant("uploaded_at"),
    instant("picked_up_at", null=True),  # null: this row knows of no scan
    instant("ingest_time"),
)
ended_allocations = Table(  # facts: this order no longer travels in this parcel. Allocations without a row here stand
    "ended_allocations",
    metadata,
    big("version"),
    text("order_id", key=True),
    text("parcel_id", key=True),
    instant("at"),
    text("kind"),  # ChangeKind that ended it
)
reallocations = Table(  # facts: an order's goods went from one parcel to others
    "reallocations",
    metadata,
    big("version"),
    instant("at"),
    text("order_id"),
    text("from_parcel"),
    text("to_parcels"),  # separated by |
    text("kind"),  # ChangeKind
    text("subject"),  # the node, lot or carrier concerned, in words
    text("legal_window"),  # Window: free or edit
    big("before_cents"),
    big("after_cents"),
    big("edit_risk_cents"),  # expected penalty of telling the platform after the upload
    CheckConstraint("legal_window IN ('free', 'edit')"),
)
stuck_orders = Table(  # facts: an order that had to move and could not
    "stuck_orders",
    metadata,
    big("version"),
    instant("at"),
    text("order_id"),
    text("parcel_id", null=True),  # null: it left its parcels and waits to be planned again
    text("kind"),  # ChangeKind
    text("subject"),
    text("reason"),  # WhyStuck
    text("detail"),
)
shortage_movements = Table(  # facts: units sold that no shelf holds any more (+), and found or given up again (-)
    "shortage_movements",
    metadata,
    big("version"),
    instant("at"),
    text("sku"),
    big("delta"),
    text("reason"),
)
