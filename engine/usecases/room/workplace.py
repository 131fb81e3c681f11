"""What every use case works with: settings, database, master data and the gate, in one value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import polars as pl

from engine.aftersales.complaint_model import ComplaintModel
from engine.allocation.optimal import Bids
from engine.clock import type_now
from engine.intake.assemble import Catalogue
from engine.intake.regions import Gazetteer
from engine.rules.packs import PlatformRules
from engine.settings import Settings
from engine.store.database import Database
from engine.usecases.buyers.track_keys import LinkSigner
from engine.usecases.clocks import exemption_notices
from engine.usecases.incidents.complaint_watch import ComplaintWatch
from engine.usecases.orders.gate import Gate
from engine.usecases.room.rules import RoomRules, load_rules
from engine.usecases.steering.steering_plans import KeptSteering

Made = TypeVar("Made")


@dataclass(frozen=True)
class Masters:
    """What intake needs to know of the brand: codes, kits, prices, shows; valid for one version of the master data."""

    version: int
    catalogue: Catalogue
    shows: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Outlook:
    """Bid prices made at `at` for about `expected` orders still to come (look_ahead.py)."""

    at: datetime
    expected: int
    bids: Bids


@dataclass(frozen=True, slots=True)
class Speaking:
    """The classifier of complaints that labels tickets, as of a training (classify_tickets.py)."""

    version: int
    model_id: str
    model: ComplaintModel


class Workplace:
    """Settings, database, gazetteer (frames of regions), gate and rules; `masters()` is the brand as it stands now."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        gazetteer: Gazetteer,
        gate: Gate,
        *,
        now: type_now,
        rules: RoomRules | None = None,
    ) -> None:
        self.settings = settings
        self.database = database
        self.gazetteer = gazetteer
        self.gate = gate
        self.now = now
        self.rules = rules or load_rules()
        self.outlook: Outlook | None = None
        self.kept_steering: KeptSteering | None = None
        self.speaking: Speaking | None = None
        self.complaint_watch: ComplaintWatch | None = None
        self.links: LinkSigner | None = None
        self.spoken: dict[int, pl.DataFrame] = {}
        self._exempted: dict[int, Mapping[str, PlatformRules]] = {}
        self._masters: Masters | None = None
        self._made: dict[str, tuple[int, Any]] = {}

    @property
    def platforms(self) -> Mapping[str, PlatformRules]:
        """What every platform asks, less what notices exempt, those entered in the room included; read again when one
        was entered or withdrawn, by whatever process."""
        version = self.database.last_version(*exemption_notices.VERBS)
        known = self._exempted.get(version)
        if known is None:
            entered = exemption_notices.standing_exemptions(self.database)
            known = exemption_notices.with_exemptions(self.rules.platforms, entered)
            self._exempted = {version: known}
        return known

    def masters(self) -> Masters:
        """The master data as last seeded or rescheduled; read again when that happened, by whatever process."""
        known = self._masters
        version = self.database.last_version("seed_brand", "schedule_show")
        if known is None or version != known.version:
            known = Masters(version, _catalogue(self.database), _shows(self.database))
            self._masters = known
        return known

    def made_once(self, name: str, make: Callable[[], Made]) -> Made:
        """A value made of master data alone, made again only when the master data changed."""
        version = self.masters().version
        if name not in self._made or self._made[name][0] != version:
            self._made[name] = (version, make())
        made: Made = self._made[name][1]
        return made


def _catalogue(database: Database) -> Catalogue:
    prices = dict(database.read("SELECT sku, price_cents FROM skus UNION ALL SELECT kit, price_cents FROM kits").rows())
    kits: dict[str, list[tuple[str, int]]] = {}
    for kit, sku, qty in database.read("SELECT kit, sku, qty FROM kit_lines ORDER BY kit, sku").rows():
        kits.setdefault(kit, []).append((sku, qty))
    skus = frozenset(database.read("SELECT sku FROM skus")["sku"].to_list())
    return Catalogue(skus=skus, kits={kit: tuple(parts) for kit, parts in kits.items()}, prices=prices)


def _shows(database: Database) -> pl.DataFrame:
    return database.read("SELECT show_id, platform, starts_at, ends_at FROM shows ORDER BY starts_at NULLS LAST")
