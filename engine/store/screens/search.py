"""The questions behind the one search box: what is meant by some words, and all that happened to it.

Every question is by a key that is known whole, or by how one begins; none reads a text for what it contains.
"""

import polars as pl

from engine.model.frames import INSTANT, Contract, conform
from engine.store.database import Database

_THINGS: Contract = {"thing": pl.String, "id": pl.String, "order_id": pl.String, "at": INSTANT}
_LINE: Contract = {
    "order_id": pl.String, "buyer": pl.String, "province": pl.String, "paid_at": INSTANT, "amount_cents": pl.Int64,
    "status": pl.String,
}  # fmt: skip
_TRAIL: Contract = {
    "at": INSTANT, "source": pl.String, "kind": pl.String, "subject": pl.String, "words": pl.String,
    "figures": pl.String, "actor": pl.String, "version": pl.Int64,
}  # fmt: skip

MOST_HITS = 50
MOST_EVENTS = 300
"""Rows of goods and cards; an order never has so many."""


def _asked(database: Database, macro: str, value: str, shape: Contract, *, limit: int) -> pl.DataFrame:
    return conform(
        database.read(f"FROM boards.{macro}($value) LIMIT $rows", {"value": value, "rows": limit}),
        shape,
    )


def things_meant(database: Database, asked: str) -> pl.DataFrame:
    """Things whose number, id, code or name is exactly this."""
    return _asked(database, "things_meant", asked, _THINGS, limit=MOST_HITS)


def orders_of_buyer(database: Database, asked: str) -> pl.DataFrame:
    """Orders of a buyer, newest first."""
    return _asked(database, "orders_of_buyer", asked, _THINGS, limit=MOST_HITS)


def things_beginning(database: Database, asked: str) -> pl.DataFrame:
    """Things that begin like this."""
    return _asked(database, "things_beginning", asked, _THINGS, limit=MOST_HITS)


def orders_in_a_line(database: Database, ids: list[str]) -> pl.DataFrame:
    """Buyer, province, payment and state of some orders."""
    return conform(database.read("FROM boards.orders_in_a_line($ids)", {"ids": ids}), _LINE)


def parcel_trail(database: Database, order_id: str) -> pl.DataFrame:
    """What happened to an order's parcels on our side."""
    return _asked(database, "parcel_trail", order_id, _TRAIL, limit=MOST_EVENTS)


def scan_trail(database: Database, order_id: str) -> pl.DataFrame:
    """What carriers told of them."""
    return _asked(database, "scan_trail", order_id, _TRAIL, limit=MOST_EVENTS)


def buyer_trail(database: Database, order_id: str) -> pl.DataFrame:
    """What the buyer was told, asked for and given."""
    return _asked(database, "buyer_trail", order_id, _TRAIL, limit=MOST_EVENTS)


def goods_trail(database: Database, code: str) -> pl.DataFrame:
    """What happened to a SKU or a lot, newest first."""
    return _asked(database, "goods_trail", code, _TRAIL, limit=MOST_EVENTS)


def card_trail(database: Database, card_id: str) -> pl.DataFrame:
    """What happened to an action, an incident, a ticket, a wave or a waybill that is nobody's, newest first."""
    return _asked(database, "card_trail", card_id, _TRAIL, limit=MOST_EVENTS)


def commits_about(database: Database, order_id: str) -> pl.DataFrame:
    """Commits about exactly this order or other thing, newest first."""
    return _asked(database, "commits_about", order_id, _TRAIL, limit=MOST_HITS)
