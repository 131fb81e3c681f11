"""Tells whoever answers for carriers that goods leave their temperature: food spoils within hours, so at night too."""

from datetime import timedelta

import polars as pl

from engine.model.frames import INSTANT
from engine.model.notices import StaffDesk
from engine.store.transaction import Transaction
from engine.usecases.tell_staff import Raised, tell_staff

RECENT = timedelta(hours=2)
"""An excursion that ended longer ago comes from a logger that was read out late: nobody can do anything on the road."""


def tell_excursions(tx: Transaction, fresh: pl.DataFrame) -> None:
    """Of excursions that nobody knew of (rows of cold_excursions), those that are open or have just ended."""
    now = fresh.filter(pl.col("ended_at").is_null() | (pl.col("ended_at") > pl.lit(tx.at - RECENT, dtype=INSTANT)))
    tell_staff(
        tx,
        [
            Raised(
                cause=f"cold:{excursion_id}",
                what=breach,
                where=probe_id.replace("|", " · "),
                desk=StaffDesk.CARRIER,
                orders=None,
                critical=True,
            )
            for excursion_id, probe_id, breach in now.select("excursion_id", "probe_id", "breach").iter_rows()
        ],
    )
