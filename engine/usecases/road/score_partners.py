"""Measures every carrier and node against the service standards, keeps the scores, raises and clears warnings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from engine.logistics.outcomes import LOCAL, cells, described, outcomes
from engine.logistics.scorecard import lane_model, standardised, standardised_hours
from engine.logistics.standards import MEASURED, Measure, PartnerKind, Source, Standards
from engine.logistics.warnings import FIGURES, KEY, WarningState, changes
from engine.store import tables
from engine.store.database import Database
from engine.store.screens.partners import parcel_journeys
from engine.store.transaction import Transaction
from engine.usecases.road.service_policy import load_standards

ALL = ""
"""The tier of all destinations together."""

_SCORES = (
    "kind", "partner", "tier", "measure", "source", "parcels", "good", "raw", "adjusted", "low", "high", "overlap",
    "p50_hours", "p90_hours", "standard",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScoreRun:
    """Scores found, warnings raised and cleared; `written`: anything differs from the run before."""

    scores: int
    raised: int
    cleared: int
    written: bool


def score_partners(database: Database, *, now: datetime, actor: str) -> ScoreRun:
    """One look at everybody, in one commit; nothing is written where nothing has changed since the last."""
    standards = load_standards()
    scores = partner_scores(database, standards, now=now)
    standing = _standing(database)
    live = scores.filter(pl.col("source") == Source.LIVE.value)
    # Over all tiers together a carrier is shown and not warned of: it would be the same trouble a second time.
    watched = live.filter((pl.col("kind") == PartnerKind.NODE.value) | (pl.col("tier") != ALL))
    moved = changes(watched.select(*KEY, *FIGURES), standing, min_parcels=standards.evidence.min_parcels)
    raised = moved.filter(pl.col("state") == WarningState.OPEN.value).height
    if moved.is_empty() and _same(scores, _kept(database)):
        return ScoreRun(scores.height, 0, 0, written=False)
    with database.transaction(actor=actor, verb="score_partners", subject=f"{scores.height} scores") as tx:
        at = pl.lit(tx.at).dt.cast_time_unit("us")
        tx.execute(tables.partner_scores.delete())
        tx.append(tables.partner_scores, scores.with_columns(computed_at=at), stamp=True)
        _write(tx, moved, at)
        tx.note(raised=raised, cleared=moved.height - raised)
    return ScoreRun(scores.height, raised, moved.height - raised, written=True)


def _kept(database: Database) -> pl.DataFrame:
    return database.read(f"SELECT {', '.join(_SCORES)} FROM partner_scores")


def _same(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    """The same scores but for rounding and order: sums over lanes are not taken in the same order every time."""
    by = ["kind", "partner", "tier", "measure", "source"]
    real = pl.selectors.float().round(9)
    return one.height == other.height and one.sort(by).with_columns(real).equals(other.sort(by).with_columns(real))


def _standing(database: Database) -> pl.DataFrame:
    columns = ", ".join((*KEY, *(name for name in FIGURES if name != "parcels")))
    found = database.read(f"SELECT {columns} FROM standard_warnings WHERE state = 'open' ORDER BY ALL")
    return found.with_columns(parcels=pl.lit(0, dtype=pl.Int64))


def _write(tx: Transaction, moved: pl.DataFrame, at: pl.Expr) -> None:
    tx.append(tables.standard_events, moved.with_columns(at=at), stamp=True)
    rows = moved.drop("reason", "parcels").with_columns(since=at, version=pl.lit(tx.version, dtype=pl.Int64))
    known = tx.matching(tables.standard_warnings, rows.select(KEY), *KEY)
    tx.append(tables.standard_warnings, rows.join(known, on=KEY, how="anti"))
    tx.amend(tables.standard_warnings, rows.join(known, on=KEY, how="semi"), on=KEY)


_NOTHING = pl.DataFrame(
    schema={
        **dict.fromkeys(_SCORES, pl.Float64),
        **dict.fromkeys(("kind", "partner", "tier", "measure", "source"), pl.String),
        **dict.fromkeys(("parcels", "good"), pl.Int64),
    }
)


def partner_scores(database: Database, standards: Standards, *, now: datetime) -> pl.DataFrame:
    """The columns of the table partner_scores but for its stamps: live scores and those of the brand's own history."""
    since = now - timedelta(days=standards.evidence.window_days)
    journeys = described(parcel_journeys(database, since), standards)
    parts = [*_live(journeys, standards, now=now), *_history(database, standards)]
    if not parts:
        return _NOTHING
    return pl.concat([part.select(_SCORES) for part in parts])


def _live(journeys: pl.DataFrame, standards: Standards, *, now: datetime) -> Iterator[pl.DataFrame]:
    tiers = (ALL, *(tier.name for tier in standards.tiers))
    for measure in Measure:
        decided = outcomes(journeys, measure, standards, now=now)
        for kind in PartnerKind:
            if measure not in MEASURED[kind]:
                continue
            # A node's steps end before the road: where the parcel goes then is nothing to it.
            for tier in tiers if kind is PartnerKind.CARRIER else (ALL,):
                here = decided if tier == ALL else decided.filter(pl.col("tier") == tier)
                yield from _scored(here, kind, measure, standards, tier=tier)


def _scored(
    decided: pl.DataFrame, kind: PartnerKind, measure: Measure, standards: Standards, *, tier: str
) -> Iterator[pl.DataFrame]:
    partner, lane = ("carrier", "lane") if kind is PartnerKind.CARRIER else ("node", "carrier")
    counted = cells(decided, kind)
    for (group,), some in counted.partition_by("group", as_dict=True).items():
        mine = decided if kind is PartnerKind.NODE else decided.filter(pl.col("group") == group)
        timed = standardised_hours(mine.select(partner=partner, lane=lane, hours="hours"))
        scores = _standardised(some, standards).join(timed, on="partner", how="left")
        yield _labelled(scores, kind, measure, Source.LIVE, tier=tier, standard=standards.least(measure, tier))


def _standardised(counted: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    model = lane_model(counted, prior_parcels=standards.evidence.prior_parcels)
    return standardised(model, interval=standards.evidence.interval)


def _labelled(
    scores: pl.DataFrame, kind: PartnerKind, measure: Measure, source: Source, *, tier: str, standard: float | None
) -> pl.DataFrame:
    return scores.with_columns(
        kind=pl.lit(kind.value),
        tier=pl.lit(tier),
        measure=pl.lit(measure.value),
        source=pl.lit(source.value),
        standard=pl.lit(standard, dtype=pl.Float64),
    )


def _history(database: Database, standards: Standards) -> Iterator[pl.DataFrame]:
    """What the brand brought along: hand-over by the predicted pick-up, and goods that arrived whole. Its counts have
    no standard: they tell what a carrier was like, and nobody is warned of the past."""
    local = "(" + ", ".join(f"'{kind}'" for kind in LOCAL) + ")"
    group = f"CASE WHEN c.kind IN {local} THEN 'local' ELSE 'parcel' END"
    handed = database.read(
        f"""
        SELECT {group} AS "group", h.carrier AS partner, h.origin || ' ' || h.weekdays || ' ' || h.hours AS lane,
               h.parcels, h.on_time AS good, '*' AS destination
        FROM delay_history h JOIN carriers c USING (carrier) WHERE h.parcels > 0 ORDER BY ALL
        """
    )
    arrived = database.read(
        f"""
        SELECT {group} AS "group", h.carrier AS partner,
               h.destination || ' ' || h.packaging || ' ' || h.material AS lane,
               h.shipped AS parcels, h.shipped - h.damaged AS good, h.destination
        FROM damage_history h JOIN carriers c USING (carrier) ORDER BY ALL
        """
    )
    province = pl.col("destination").str.slice(0, 2)
    tiers = {tier.name: province.is_in(tier.provinces) for tier in standards.tiers}
    looks = [(Measure.PICK_UP, ALL, handed), (Measure.INTACT, ALL, arrived)]
    looks += [(Measure.INTACT, name, arrived.filter(inside)) for name, inside in tiers.items()]
    for measure, tier, counted in looks:
        for some in counted.partition_by("group"):
            scores = _standardised(some, standards).with_columns(
                p50_hours=pl.lit(None, dtype=pl.Float64), p90_hours=pl.lit(None, dtype=pl.Float64)
            )
            yield _labelled(scores, PartnerKind.CARRIER, measure, Source.HISTORY, tier=tier, standard=None)
