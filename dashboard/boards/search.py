"""From some words to the things they may mean, and from a thing to all that happened to it."""

import re
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from engine.store.database import Database
from engine.store.screens import search as search_screens

SHORTEST_BEGINNING = 3
"""Characters; fewer begin half of everything."""

GOODS = frozenset({"sku", "lot"})


class Meant(StrEnum):
    """How the words were taken."""

    EXACTLY = "exactly"
    BUYER = "buyer"
    BEGINNING = "beginning"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Finds:
    """Things found, one row each, with what is known of their orders; and how the words were taken."""

    how: Meant
    things: pl.DataFrame

    @property
    def more(self) -> bool:
        """Whether there may be more than these."""
        return self.things.height >= search_screens.MOST_HITS


def find(database: Database, asked: str) -> Finds:
    """What the words may mean."""
    found = _find(database, asked)
    ids = found.things["order_id"].drop_nulls().unique().to_list()
    lines = search_screens.orders_in_a_line(database, ids)
    return Finds(found.how, found.things.join(lines, on="order_id", how="left", maintain_order="left"))


def _find(database: Database, asked: str) -> Finds:
    """Exactly these words first; then a buyer; then whatever begins like them.

    Four digits may be the end of a telephone number as well as a code, so for these both are looked for.
    """
    exactly = search_screens.things_meant(database, asked)
    tail = re.fullmatch(r"\d{4}", asked) is not None
    if not exactly.is_empty() and not tail:
        return Finds(Meant.EXACTLY, exactly)
    buyers = search_screens.orders_of_buyer(database, asked)
    if not buyers.is_empty() or not exactly.is_empty():
        return Finds(Meant.BUYER if exactly.is_empty() else Meant.EXACTLY, pl.concat([exactly, buyers]))
    if len(asked) >= SHORTEST_BEGINNING:
        beginning = search_screens.things_beginning(database, asked)
        if not beginning.is_empty():
            return Finds(Meant.BEGINNING, beginning)
    return Finds(Meant.NOTHING, exactly)


def trail(database: Database, thing: str, thing_id: str) -> pl.DataFrame:
    """All that happened to a thing that has a story of its own, newest first."""
    asks = search_screens.goods_trail if thing in GOODS else search_screens.card_trail
    told = pl.concat([asks(database, thing_id), search_screens.commits_about(database, thing_id)])
    return told.sort("at", "version", descending=True, nulls_last=True)
