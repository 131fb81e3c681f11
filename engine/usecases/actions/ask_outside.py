"""Asks a carrier or a supplier for something, and takes it back: written in the commit of whoever decided it.

The request and the notice to the desk that calls them are one commit; a machine of theirs may poll instead.
"""

from datetime import datetime

import polars as pl

from engine.model.notices import NoticeKind, StaffDesk
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.notices.write_notice import StaffNotice, write_staff_notice


def ask_carriers(tx: Transaction, parcels: pl.DataFrame, *, why: str, where: str) -> str:
    """Ask for parcels (parcel_id, waybill_no, carrier) back; returns the id of the request."""
    request_id = f"q{tx.version}"
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    rows = parcels.select("parcel_id", "waybill_no", "carrier").with_columns(
        request_id=pl.lit(request_id), why=pl.lit(why), asked_at=at, state=pl.lit("asked"), state_at=at
    )
    tx.append(tables.intercepts, rows, stamp=True)
    _tell(tx, request_id, "asked", rows.height, why)
    told = {"what": "intercept", "where": where, "orders": rows.height}
    write_staff_notice(
        tx,
        StaffNotice(kind=NoticeKind.INCIDENT, desk=StaffDesk.CARRIER, cause=f"intercept:{request_id}", fields=told,
                    critical=True),
    )  # fmt: skip
    return request_id


def ask_supplier(tx: Transaction, supplier: str, sku: str, units: int, *, why: str, answer_by: datetime) -> str:
    """Ask when so many units can be there; returns the id of the request."""
    request_id = f"q{tx.version}"
    row = {
        "request_id": request_id, "supplier": supplier, "sku": sku, "units": units, "why": why, "asked_at": tx.at,
        "answer_by": answer_by, "state": "asked", "state_at": tx.at,
    }  # fmt: skip
    instants = {name: pl.Datetime("us", "UTC") for name in ("asked_at", "answer_by", "state_at")}
    tx.append(tables.supplier_requests, pl.DataFrame([row], schema_overrides=instants), stamp=True)
    _tell(tx, request_id, "asked", 1, why)
    told = {"what": "ask_supplier", "where": f"{supplier} · {sku}", "orders": units}
    write_staff_notice(
        tx,
        StaffNotice(kind=NoticeKind.INCIDENT, desk=StaffDesk.WAREHOUSE, cause=f"supplier:{request_id}", fields=told),
    )
    return request_id


def take_back(tx: Transaction, request_id: str, *, carriers: bool, keep: pl.DataFrame | None, reason: str) -> int:
    """Withdraw a request, but for the parcels of `keep` (parcel_id); returns how many things it was about."""
    table = tables.intercepts if carriers else tables.supplier_requests
    keys = ("request_id", "parcel_id") if carriers else ("request_id",)
    asked = tx.matching(table, pl.DataFrame({"request_id": [request_id]}), *keys, "state")
    open_ones = asked.filter(pl.col("state") == "asked").select(keys)
    if keep is not None:
        open_ones = open_ones.join(keep, on="parcel_id", how="anti")
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.amend(table, open_ones.with_columns(state=pl.lit("withdrawn"), state_at=at), on=keys)
    if open_ones.height:
        _tell(tx, request_id, "withdrawn", open_ones.height, reason)
    return open_ones.height


def _tell(tx: Transaction, request_id: str, kind: str, things: int, reason: str) -> None:
    fact = pl.DataFrame({"request_id": [request_id], "kind": [kind], "things": [things], "reason": [reason]})
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(tables.asked_events, fact.with_columns(at=at, actor=pl.lit(tx.actor)), stamp=True)
