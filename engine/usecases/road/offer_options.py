"""Lets the buyers whom a mass delay holds up choose: wait with a compensation, another time or address, a refund.

An operator lets each option go; from then on it also holds for parcels that the incident holds up later. Choosing is
the buyer's own page's matter.
"""

from collections.abc import Sequence

import polars as pl

from engine.errors import NotAllowed, NotFound
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction
from engine.usecases.notices.tell_buyers import tell_held_up
from engine.usecases.road.mass_delay_policy import load_mass_delay_rules


def offer_options(database: Database, incident_id: str, options: Sequence[str], *, actor: str) -> int:
    """Offer them to every buyer of the incident who can still choose; returns orders. Raises NotFound, NotAllowed."""
    known = {one.option.value: one for one in load_mass_delay_rules().options}
    unknown = [option for option in options if option not in known]
    if unknown or not options:
        raise NotAllowed(f"Choose from what mass_delay.toml offers: {', '.join(known)}.")
    with database.transaction(actor=actor, verb="offer_options", subject=incident_id) as tx:
        found = tx.rows("SELECT state FROM mass_delays WHERE incident_id = :incident", {"incident": incident_id})
        if not found:
            raise NotFound(f"There is no incident {incident_id!r}.")
        if found[0][0] != "open":
            raise NotAllowed("This incident is over: nobody can be offered anything because of it any more.")
        held = tx.matching(tables.mass_delay_parcels, pl.DataFrame({"incident_id": [incident_id]}), "parcel_id")
        cents = {option: known[option].compensation_cents for option in options}
        orders = _write(tx, incident_id, held, cents)
        tx.note(options=list(options), orders=orders)
    return orders


def extend_options(tx: Transaction, incident_id: str, parcels: pl.DataFrame) -> None:
    """Offer the orders of `parcels` (parcel_id) what others of the incident were offered already."""
    offered = tx.rows(
        "SELECT option, max(compensation_cents) FROM buyer_options WHERE incident_id = :incident GROUP BY option",
        {"incident": incident_id},
    )
    _write(tx, incident_id, parcels, {str(option): int(cents) for option, cents in offered})


def _write(tx: Transaction, incident_id: str, parcels: pl.DataFrame, cents: dict[str, int]) -> int:
    """Rows for each order that stands in one of the parcels and still travels. Returns the orders there are."""
    if parcels.is_empty() or not cents:
        return 0
    inside = tx.matching(tables.allocations, parcels.select("parcel_id"), "order_id", "parcel_id").unique()
    ended = tx.matching(tables.ended_allocations, inside, "order_id", "parcel_id")
    arrived = tx.matching(tables.parcel_tracks, parcels.select("parcel_id"), "parcel_id", "signed_at")
    there = arrived.filter(pl.col("signed_at").is_not_null())
    live = tx.matching(tables.orders, inside.select("order_id").unique(), "order_id", "status")
    orders = (
        inside.join(ended, on=["order_id", "parcel_id"], how="anti")
        .join(there, on="parcel_id", how="anti")
        .join(live.filter(pl.col("status") == "allocated"), on="order_id", how="semi")
        .sort("order_id", "parcel_id")
        .unique("order_id", keep="first", maintain_order=True)
    )
    offers = pl.DataFrame(
        {"option": list(cents), "compensation_cents": list(cents.values())},
        schema={"option": pl.String, "compensation_cents": pl.Int64},
    )
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    rows = orders.join(offers, how="cross").with_columns(
        incident_id=pl.lit(incident_id), offered_at=at, state_at=at, offered_by=pl.lit(tx.actor), state=pl.lit("open")
    )
    key = ("incident_id", "order_id", "option")
    before = tx.matching(tables.buyer_options, rows.select(key), *key)
    fresh = rows.join(before, on=list(key), how="anti")
    tx.append(tables.buyer_options, fresh, stamp=True)
    tell_held_up(tx, incident_id, fresh.select("order_id", "parcel_id").unique())
    return orders.height
