"""What the cold chain's page needs to know: excursions, probes, one curve."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.logistics.cold_policy import LayerPolicy
from engine.store.database import Database
from engine.store.screens import cold_chain as cold_screens
from engine.usecases.road.cold_policy import load_cold_policy

CURVE_HOURS = 6
"""Hours of a curve before the end of its excursion, or before now: a night's journey by van."""


@dataclass(frozen=True, slots=True)
class ColdChain:
    """Excursions, open ones first; every probe and how it stands; the limits of each layer."""

    stamp: Stamp
    excursions: pl.DataFrame
    probes: pl.DataFrame
    limits: Mapping[str, LayerPolicy]


@dataclass(frozen=True, slots=True)
class OneProbe:
    """One probe: its row, its readings, and the orders that its excursion concerns (none without one)."""

    probe: Mapping[str, object]
    curve: pl.DataFrame
    orders: pl.DataFrame


def cold_chain(database: Database, as_of: datetime) -> ColdChain:
    """Ask everything the page shows of all probes."""
    policy = load_cold_policy()
    return ColdChain(
        stamp=stamp(database, as_of),
        excursions=cold_screens.excursions(database, as_of),
        probes=cold_screens.cold_probes_now(database, as_of, policy.sensor.gap_minutes),
        limits=policy.layers,
    )


def one_probe(
    database: Database, as_of: datetime, board: ColdChain, probe_id: str, excursion_id: str
) -> OneProbe | None:
    """Ask for one probe of the board; None if it has none of that name."""
    found = board.probes.filter(pl.col("probe_id") == probe_id)
    if found.is_empty():
        return None
    probe = found.row(0, named=True)
    excursion = board.excursions.filter(pl.col("excursion_id") == excursion_id)
    until = (
        excursion["ended_at"][0] if excursion.height and excursion["ended_at"][0] is not None else probe["newest_at"]
    )
    return OneProbe(
        probe=probe,
        curve=cold_screens.cold_curve(database, probe_id, until - timedelta(hours=CURVE_HOURS)),
        orders=cold_screens.excursion_orders(database, as_of, excursion_id),
    )
