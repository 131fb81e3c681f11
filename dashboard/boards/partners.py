"""What the pages of partners and mass delays need to know."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.logistics.held_up import MassDelayRules
from engine.logistics.standards import Standards
from engine.store.database import Database
from engine.store.screens import partners as partner_screens
from engine.store.screens import steering as steering_screens
from engine.usecases.road.mass_delay_policy import load_mass_delay_rules
from engine.usecases.road.service_policy import load_standards


@dataclass(frozen=True, slots=True)
class Partners:
    """Scores of the last look, what is below a standard, steps that are overdue now, and switches that are proposed."""

    stamp: Stamp
    standards: Standards
    scores: pl.DataFrame
    warnings: pl.DataFrame
    overdue: pl.DataFrame
    switches: pl.DataFrame
    carriers: pl.DataFrame
    divisions: pl.DataFrame

    @property
    def computed_at(self) -> datetime | None:
        """When the scores were last different."""
        return None if self.scores.is_empty() else self.scores["computed_at"][0]


def partners(database: Database, as_of: datetime) -> Partners:
    """Ask everything that page shows."""
    made, standards = stamp(database, as_of), load_standards()
    return Partners(
        stamp=made,
        standards=standards,
        scores=partner_screens.partner_scorecard(database),
        warnings=partner_screens.open_warnings(database),
        overdue=partner_screens.steps_overdue(database, as_of, standards.sop),
        switches=partner_screens.standing_switches(database),
        carriers=database.read("SELECT carrier, name_zh, name_en FROM carriers ORDER BY carrier"),
        divisions=steering_screens.divisions(database),
    )


@dataclass(frozen=True, slots=True)
class MassDelays:
    """Incidents, and the names that their causes are told by. `nodes`, `carriers`: code -> (Chinese, English)."""

    stamp: Stamp
    rules: MassDelayRules
    incidents: pl.DataFrame
    nodes: dict[str, tuple[str, str]]
    carriers: dict[str, tuple[str, str]]
    provinces: dict[str, str]
    followed: int  # parcels with a waybill that are not signed for


def mass_delays(database: Database, as_of: datetime) -> MassDelays:
    """Ask everything that page shows but for the lists of one incident."""
    made = stamp(database, as_of)
    named = {
        kind: {code: (zh, en) for code, zh, en in database.read(f"SELECT {kind}, name_zh, name_en FROM {kind}s").rows()}
        for kind in ("node", "carrier")
    }
    divisions = steering_screens.divisions(database).filter(pl.col("prefix").str.len_chars() == 2)
    return MassDelays(
        stamp=made,
        rules=load_mass_delay_rules(),
        incidents=partner_screens.incidents(database),
        nodes=named["node"],
        carriers=named["carrier"],
        provinces=dict(divisions.select("prefix", "province").iter_rows()),
        followed=int(database.read("SELECT count(*) FROM parcel_tracks WHERE signed_at IS NULL").item()),
    )


@dataclass(frozen=True, slots=True)
class HeldUp:
    """The lists of one incident."""

    orders: pl.DataFrame
    places: pl.DataFrame


def held_up(database: Database, incident_id: str) -> HeldUp:
    """Ask for them."""
    return HeldUp(
        partner_screens.held_up_orders(database, incident_id), partner_screens.held_up_places(database, incident_id)
    )
