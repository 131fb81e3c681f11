"""What do delivered parcels and their tickets teach of what breaks in which material? Rebuilt from facts at each run.

A parcel counts some days after its signature, when buyers have had time to complain: with or without a ticket, so that
neither those who complain at once nor those who never do weigh too much.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import polars as pl

from engine.floor.damage import PREFIXES
from engine.store import tables
from engine.store.database import Database
from engine.store.screens import returns as returns_screens
from engine.usecases.making_good.returns_policy import returns_policy

KEY = ("packaging", "carrier", "destination", "material")
FIGURES = ("shipped", "damaged")


def learn_damage(database: Database, *, actor: str, now: datetime) -> int:
    """Returns how many routes are known now; writes nothing where nothing has changed."""
    policy = returns_policy().look
    cells = returns_screens.goods_outcomes(
        database, now - timedelta(days=policy.window_days), now, now - timedelta(days=policy.settle_days)
    ).filter(pl.col("material") != "")
    brand = database.read(f"SELECT {', '.join(KEY)} FROM damage_history").rows()
    learned = _learned(cells, brand)
    kept = database.read(f"SELECT {', '.join((*KEY, *FIGURES))} FROM damage_learned")
    if learned.sort(KEY).equals(kept.sort(KEY)):
        return learned.height
    with database.transaction(actor=actor, verb="learn_damage", subject=f"{learned.height} routes") as tx:
        tx.execute(tables.damage_learned.delete())
        tx.append(tables.damage_learned, learned, stamp=True)
        tx.note(shipped=int(learned["shipped"].sum()), damaged=int(learned["damaged"].sum()))
    return learned.height


def _learned(cells: pl.DataFrame, brand: Iterable[tuple[str, ...]]) -> pl.DataFrame:
    """Rows of damage_learned: each under the destination that the brand's own history has for the route, because a few
    new units of a narrower one would otherwise hide hundreds of old ones of a wider."""
    known = set(brand)
    placed = cells.with_columns(
        destination=pl.Series(
            [
                _destination(known, packaging, carrier, area, material)
                for packaging, carrier, area, material in cells.select(
                    "packaging", "carrier", "area", "material"
                ).iter_rows()
            ],
            dtype=pl.String,
        )
    )
    return placed.group_by(KEY).agg(shipped=pl.col("units").sum(), damaged=pl.col("damaged").sum()).sort(KEY)


def _destination(known: set[tuple[str, ...]], packaging: str, carrier: str, area: str, material: str) -> str:
    for digits in PREFIXES:
        if digits <= len(area) and (packaging, carrier, area[:digits], material) in known:
            return area[:digits]
    return "*" if (packaging, carrier, "*", material) in known else area
