"""What the desk of offers to wait and the certificate need to know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.allocation.stagger_policy import StaggerPolicy
from engine.allocation.staggering import acceptance
from engine.store.database import Database
from engine.store.screens import room as screens
from engine.usecases.allocation.delay_records import stagger_policy


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the last plan proves of itself. `latest` is None while no round had a certificate; `prices` as in
    `dearest_prices`, with `amount` more parcels or units and what they would save at most, in yuan."""

    latest: dict[str, Any] | None
    prices: pl.DataFrame
    good_for_seconds: float


def certificate(database: Database, _as_of: datetime) -> Certificate:
    """Ask for the latest certificate and its bottlenecks, those that matter most first."""
    policy = stagger_policy()
    latest = screens.latest_certificate(database)
    # A price is of its batch: beyond the parcels that this plan had, nobody asked for the capacity.
    parcels = min(policy.told_parcels, max(latest["parcels"].sum(), 1))
    amount = pl.when(pl.col("kind") == "stock").then(policy.told_units).otherwise(parcels)
    prices = (
        screens.dearest_prices(database, limit=200)
        .with_columns(amount=amount)
        .with_columns(saving=pl.col("amount") * pl.col("yuan"))
        .sort("saving", "kind", "key", descending=[True, False, False])
    )
    return Certificate(
        None if latest.is_empty() else latest.row(0, named=True), prices, policy.certificate_minutes * 60
    )


@dataclass(frozen=True, slots=True)
class Stagger:
    """The desk of offers to wait. `tiers`: the policy's tiers with what became of their offers; `places`: names of
    nodes and carriers by code."""

    stamp: Stamp
    certificate: Certificate
    queue: pl.DataFrame
    tiers: pl.DataFrame
    places: dict[str, tuple[str, str]]


def stagger(database: Database, as_of: datetime) -> Stagger:
    """Ask everything that desk shows."""
    places = pl.concat(
        [
            screens.node_load(database).select(pl.col("node").alias("code"), "name_zh", "name_en"),
            screens.carrier_mix(database).select(pl.col("carrier").alias("code"), "name_zh", "name_en"),
        ]
    )
    return Stagger(
        stamp=stamp(database, as_of),
        certificate=certificate(database, as_of),
        queue=screens.delay_queue(database, as_of),
        tiers=_tiers(stagger_policy(), screens.delay_results(database)),
        places={code: (zh, en) for code, zh, en in places.iter_rows()},
    )


def _tiers(policy: StaggerPolicy, results: pl.DataFrame) -> pl.DataFrame:
    """One row a tier of the policy; counts are 0 where nothing was offered. acceptance: learned so far."""
    known = {row["tier"]: row for row in results.iter_rows(named=True)}
    counts = [name for name in results.columns if name != "tier"]
    rows = []
    for tier in policy.tiers:
        told = known.get(tier.name, dict.fromkeys(counts, 0))
        rate = acceptance(tier, (told["accepted"], told["declined"] + told["silent"]))
        head = {"tier": tier.name, "name_zh": tier.zh, "name_en": tier.en, "extra_hours": tier.extra_hours}
        paid = {"compensation_cents": tier.compensation_cents, "form": tier.form, "acceptance": rate}
        rows.append({**head, **paid, **{name: told[name] for name in counts}})
    return pl.DataFrame(rows)
