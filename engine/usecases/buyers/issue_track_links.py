"""Which link may a buyer be sent? Each order has one: a random number that says nothing of it, signed with the time."""

import secrets
from collections.abc import Sequence

import polars as pl

from engine.store import tables
from engine.usecases.buyers.track_keys import LinkSigner, link_keys
from engine.usecases.buyers.track_policy import track_policy
from engine.usecases.room.workplace import Workplace


def signer(work: Workplace) -> LinkSigner:
    """The signer of this room's links, made once a process. Raises BadSetting."""
    if work.links is None:
        keys = link_keys(work.settings.track, work.database)
        work.links = LinkSigner(keys, now=work.now, valid_days=track_policy().link.valid_days)
    return work.links


def issue_track_links(work: Workplace, order_ids: Sequence[str], *, actor: str) -> dict[str, str]:
    """order_id -> token, for the orders that exist; asking again gives the same link with a fresh time."""
    wanted = pl.DataFrame({"order_id": list(dict.fromkeys(order_ids))}, schema={"order_id": pl.String})
    if wanted.is_empty():
        return {}
    sign = signer(work)
    with work.database.transaction(actor=actor, verb="issue_track_links", subject=f"{wanted.height} orders") as tx:
        known = tx.matching(tables.orders, wanted, "order_id")
        links = tx.matching(tables.track_links, known, "order_id", "link_id")
        missing = known.join(links, on="order_id", how="anti")
        made = missing.with_columns(
            link_id=pl.Series([secrets.token_urlsafe(16) for _ in range(missing.height)], dtype=pl.String),
            made_at=pl.lit(tx.at).dt.cast_time_unit("us"),
        )
        tx.append(tables.track_links, made.select("link_id", "order_id", "made_at"), stamp=True)
        tx.note(made=made.height, known=links.height)
    every = pl.concat([links.select("order_id", "link_id"), made.select("order_id", "link_id")])
    return {order_id: sign.token(link_id) for order_id, link_id in every.iter_rows()}
