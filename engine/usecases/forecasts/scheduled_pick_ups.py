"""When is each parcel that waits expected to be picked up, and how late do carriers come then? Reads only.

For the forecasts before a model speaks: the brand's delay history knows vans and cut-offs, published days do not.
"""

from datetime import datetime

import numpy as np
import polars as pl

from engine.logistics.outlook import Legs, OnTheWay
from engine.logistics.parcel_history import NEVER
from engine.logistics.pick_up_prior import expected_leads, scheduled
from engine.rules.handover import HandoverTimes
from engine.rules.hours import beijing_minutes
from engine.store.database import Database
from engine.usecases.clocks.waiting_parcels import collected, waiting_parcels
from engine.usecases.clocks.waybill_rules import waybill_policy

_MINUTE = 60_000
_BEIJING_AHEAD = 480


def by_schedule(
    database: Database, parcels: pl.DataFrame, way: OnTheWay, legs: Legs, times: HandoverTimes, *, now: datetime
) -> tuple[OnTheWay, Legs]:
    """`way` and `legs` of `parcels` (parcel_id, node, carrier, origin, uploaded_at), where those that wait do so by
    their schedule; one for which nobody comes stays as it was."""
    expected = parcels.select("parcel_id").join(_expected(database, parcels, now=now), on="parcel_id", how="left",
                                                maintain_order="left")["pick_up"]  # fmt: skip
    minutes = expected.fill_null(np.inf).to_numpy()
    rows = np.flatnonzero((way.picked_up == NEVER) & np.isfinite(minutes))
    if not len(rows):
        return way, legs
    at = ((minutes[rows] - _BEIJING_AHEAD) * _MINUTE).astype(np.int64)
    leads = expected_leads(way, rows, at)
    carriers, origins = parcels["carrier"].gather(rows).to_list(), parcels["origin"].gather(rows).to_list()
    lanes = times.row_of(carriers, origins, minutes[rows])
    ages = np.exp(legs.pick_up.edges)[None, :] * leads[:, None]
    late = ages * 24.0 - ((at - way.paid[rows]) / (60.0 * _MINUTE))[:, None]
    return scheduled(way, legs, rows, leads, times.later_than(lanes, late))


def _expected(database: Database, parcels: pl.DataFrame, *, now: datetime) -> pl.DataFrame:
    """parcel_id and pick_up (Beijing minutes): of parcels without a waybill as the upload of waybills sees it, of the
    others the carrier's next collection after the upload."""
    open_ones = waiting_parcels(database, waybill_policy(), now=now).select("parcel_id", "pick_up").unique("parcel_id")
    labelled = parcels.filter(pl.col("uploaded_at").is_not_null()).join(open_ones, on="parcel_id", how="anti")
    nodes = database.read("SELECT node, cutoff FROM nodes")
    carriers = database.read("SELECT carrier, hours FROM carriers")
    placed = (
        labelled.select(
            "parcel_id", "node", "carrier", ready=pl.col("uploaded_at").dt.epoch("us") / 60e6 + _BEIJING_AHEAD
        )
        .join(nodes, on="node")
        .join(carriers, on="carrier")
    )
    first = placed.with_columns(pick_up=pl.Series(collected(placed)))
    # A collection that is past was missed: the next one takes it.
    again = placed.with_columns(ready=pl.lit(beijing_minutes(now)))
    missed = again.with_columns(pick_up=pl.Series(collected(again)))
    told = pl.when(first["pick_up"] >= beijing_minutes(now)).then(first["pick_up"]).otherwise(missed["pick_up"])
    return pl.concat([open_ones, placed.select("parcel_id", pick_up=pl.select(told).to_series())])
