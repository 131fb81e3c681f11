"""What the inbox needs to know."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.store.database import Database
from engine.store.screens import actions as action_screens
from engine.store.screens import steering as steering_screens


@dataclass(frozen=True, slots=True)
class Inbox:
    """Cards, what became of others, and everything an action can be about. `names`: code -> (Chinese, English)."""

    stamp: Stamp
    totals: dict[str, int]
    cards: pl.DataFrame
    decided: pl.DataFrame
    things: pl.DataFrame
    names: dict[str, tuple[str, str]]
    divisions: pl.DataFrame


def inbox(database: Database, as_of: datetime) -> Inbox:
    """Ask everything that page shows."""
    made, things = stamp(database, as_of), action_screens.actionable(database)
    # Several lots are of one article: they are called by both.
    code = pl.when(pl.col("what") == "lot").then(pl.format(" {}", "code")).otherwise(pl.lit(""))
    named = things.select("code", pl.col("name_zh", "name_en") + code)
    divisions = steering_screens.divisions(database)
    places = {prefix: city or province for prefix, province, city in divisions.iter_rows()}
    return Inbox(
        stamp=made,
        totals=action_screens.action_totals(database, as_of).row(0, named=True),
        cards=action_screens.open_actions(database),
        decided=action_screens.decided_actions(database),
        things=things,
        names={
            **{prefix: (place, place) for prefix, place in places.items()},
            **{code: (zh, en) for code, zh, en in named.iter_rows()},
        },
        divisions=divisions,
    )
