"""What the page of returns, changes and ratings needs to know. The after-sales board places
`satisfaction` and `return_reasons` too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.aftersales.returns_policy import ReturnsPolicy
from engine.model.before_after import Effect
from engine.store.database import Database
from engine.store.screens import returns as returns_screens
from engine.usecases.buyers.trace_ratings import TracedRating, trace_ratings
from engine.usecases.making_good.analyse_returns import returned_goods
from engine.usecases.making_good.check_improvements import improvement_effects
from engine.usecases.making_good.returns_policy import returns_policy


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Ratings of the policy's window: all, of 4 or 5 stars, low; mean stars; by day. No `share` without ratings."""

    ratings: int
    content: int
    low: int
    stars: float | None
    days: pl.DataFrame

    @property
    def share(self) -> float | None:
        """Share of ratings with 4 or 5 stars."""
        return self.content / self.ratings if self.ratings else None


def satisfaction(database: Database, as_of: datetime) -> Satisfaction:
    """For a tile: how content buyers are."""
    days = returns_screens.rating_days(database, as_of - timedelta(days=returns_policy().look.window_days))
    n = int(days["ratings"].sum())
    stars = float((days["stars"] * days["ratings"]).sum() / n) if n else None
    return Satisfaction(n, int(days["content"].sum()), int(days["low"].sum()), stars, days)


def return_reasons(database: Database, as_of: datetime) -> pl.DataFrame:
    """For a panel: why buyers want their money back, in the policy's window, the commonest first."""
    return returns_screens.return_reasons(database, as_of - timedelta(days=returns_policy().look.window_days))


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of delivered goods (CELLS), and when that was asked: shares of weeks, which minutes do not change."""

    cells: pl.DataFrame
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Returns:
    """The page but for its lists of single things. `names`: dimension -> code -> (Chinese, English)."""

    stamp: Stamp
    policy: ReturnsPolicy
    outcomes: Outcomes
    names: dict[str, dict[str, tuple[str, str]]]
    satisfaction: Satisfaction
    reasons: pl.DataFrame
    changes: pl.DataFrame


def outcomes(database: Database, as_of: datetime) -> Outcomes:
    """Ask for them: a second for 40,000 delivered parcels of 200,000 orders, so not at every refresh."""
    return Outcomes(returned_goods(database, now=as_of), as_of)


def returns(database: Database, as_of: datetime, known: Outcomes) -> Returns:
    """Ask for the rest of it."""
    return Returns(
        stamp=stamp(database, as_of),
        policy=returns_policy(),
        outcomes=known,
        names=_names(database),
        satisfaction=satisfaction(database, as_of),
        reasons=return_reasons(database, as_of),
        changes=returns_screens.improvement_list(database),
    )


def low_ratings(database: Database, as_of: datetime) -> tuple[TracedRating, ...]:
    """Low ratings, each laid to what failed."""
    return trace_ratings(database, now=as_of)


def effects(database: Database, as_of: datetime) -> dict[str, Effect]:
    """What can be said of every change that was made."""
    return improvement_effects(database, now=as_of)


def _names(database: Database) -> dict[str, dict[str, tuple[str, str]]]:
    tables = {"sku": "skus", "carrier": "carriers", "node": "nodes", "material": "packing_materials"}
    named = {
        code: {key: (zh, en) for key, zh, en in database.read(f"SELECT {code}, name_zh, name_en FROM {table}").rows()}
        for code, table in tables.items()
    }
    provinces = database.read("SELECT left(adcode, 2), province FROM regions WHERE level = 'province'").rows()
    return {**named, "area": {area: (province, province) for area, province in provinces}}
