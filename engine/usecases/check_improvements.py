"""Did a change that was made help? Parcels planned before and after it, against lanes that nothing was done to."""

from datetime import datetime, timedelta

import polars as pl

from engine.model.before_after import BeforeAfter, Effect, effect_of
from engine.store import returns_screens
from engine.store.database import Database
from engine.usecases.returns_policy import returns_policy


def improvement_effects(database: Database, *, now: datetime) -> dict[str, Effect]:
    """improvement_id -> what can be said of it, for every change that is or was in force.

    Untouched are other lanes of goods in the same packaging on which nothing was changed within the weeks looked at.
    """
    made = database.read(
        """
        SELECT i.improvement_id, i.sku, i.carrier, i.area, s.packaging, e.approved_at
        FROM improvements i JOIN skus s USING (sku)
        JOIN (SELECT improvement_id, min("at") AS approved_at FROM improvement_events WHERE kind = 'approved'
              GROUP BY improvement_id) e USING (improvement_id)
        ORDER BY e.approved_at DESC LIMIT 50
        """
    )
    touched = {(sku, carrier, area): at for _, sku, carrier, area, _, at in made.iter_rows()}
    effects = {}
    for improvement_id, sku, carrier, area, packaging, at in made.iter_rows():
        rows = [
            BeforeAfter(lane == (sku, carrier, area), *counts)
            for lane, kind, counts in lanes_around(database, at, now=now)
            if lane == (sku, carrier, area) or (kind == packaging and not _touched_near(touched.get(lane), at))
        ]
        effects[improvement_id] = effect_of(rows, returns_policy().effect)
    return effects


def lanes_around(
    database: Database, at: datetime, *, now: datetime, measure: str = "damaged"
) -> list[tuple[tuple[str, str, str], str, tuple[int, int, int, int]]]:
    """((sku, carrier, area), packaging, (units before, bad before, units after, bad after)) of every lane around `at`.

    For whoever measures a change of their own: the rows of `effect_of` are these, treated or not.
    """
    policy = returns_policy()
    side = timedelta(weeks=policy.effect.weeks)
    settled = now - timedelta(days=policy.look.settle_days)
    key = ["sku", "carrier", "area"]
    counted = [
        returns_screens.goods_outcomes(database, since, until, settled)
        .group_by(key)
        .agg(pl.col("packaging").first(), pl.col("units").sum(), bad=pl.col(measure).sum())
        for since, until in ((at - side, at), (at, at + side))
    ]
    before, after = counted
    both = before.join(after, on=key, how="full", coalesce=True, suffix="_after").sort(key)
    filled = both.with_columns(
        pl.coalesce("packaging", "packaging_after"), pl.col("units", "bad", "units_after", "bad_after").fill_null(0)
    )
    return [
        ((row["sku"], row["carrier"], row["area"]), row["packaging"],
         (row["units"], row["bad"], row["units_after"], row["bad_after"]))
        for row in filled.iter_rows(named=True)
    ]  # fmt: skip


def _touched_near(touched: datetime | None, at: datetime) -> bool:
    side = timedelta(weeks=returns_policy().effect.weeks)
    return touched is not None and abs(touched - at) < 2 * side
