"""Did a change that was made help? Parcels planned before and after it, against lanes that nothing was done to."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from engine.model.before_after import BeforeAfter, Effect, effect_of
from engine.store.database import Database
from engine.store.screens import returns as returns_screens
from engine.usecases.making_good.returns_policy import returns_policy

Lane = tuple[str, str, str]
"""An article, a carrier, and the first two digits of the destination's division."""


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
    side = timedelta(weeks=returns_policy().effect.weeks)
    touched = {(sku, carrier, area): at for _, sku, carrier, area, _, at in made.iter_rows()}
    effects = {}
    for improvement_id, sku, carrier, area, packaging, at in made.iter_rows():
        near = [lane for lane, when in touched.items() if abs(when - at) < 2 * side]
        effects[improvement_id] = change_effect(
            database, at, [(sku, carrier, area)], now=now, packaging=packaging, left_out=near
        )
    return effects


def change_effect(
    database: Database,
    at: datetime,
    changed: Sequence[Lane],
    *,
    now: datetime,
    measure: str = "damaged",
    packaging: str | None = None,
    left_out: Sequence[Lane] = (),
) -> Effect:
    """What any change made at `at` did to a share of goods (a measure of `engine.aftersales.returns`).

    `changed`: the lanes it was made on, "" standing for any; compared with all others of goods in `packaging` (None: in
    any), but for lanes `left_out` because something else was done to them.
    """
    rows = []
    for lane, kind, counts in lanes_around(database, at, now=now, measure=measure):
        treated = _among(lane, changed)
        if treated or ((packaging is None or kind == packaging) and not _among(lane, left_out)):
            rows.append(BeforeAfter(treated, *counts))
    return effect_of(rows, returns_policy().effect)


def _among(lane: Lane, lanes: Sequence[Lane]) -> bool:
    return any(all(part in ("", own) for own, part in zip(lane, each, strict=True)) for each in lanes)


def lanes_around(
    database: Database, at: datetime, *, now: datetime, measure: str = "damaged"
) -> list[tuple[Lane, str, tuple[int, int, int, int]]]:
    """(lane, packaging, (units before, bad before, units after, bad after)) of every lane around `at`."""
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
