"""The offers of the sheet at this moment, for this batch: closed ones out, lateness priced from the delay history,
breakage where a change that somebody approved prices it.

Where the room was seeded without a delay history, the tariffs' late_yuan stands as it is; `late_basis` tells which.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from engine.allocation.surcharges import Surcharge, with_surcharges
from engine.clock import BEIJING
from engine.model.states import Platform
from engine.rules.handover import BUCKETS, HandoverTimes, handover_times
from engine.rules.hours import Minutes, moment_of
from engine.rules.lateness import expected_lateness, stakes_of
from engine.rules.policy import LatenessPolicy
from engine.store.database import Database
from engine.usecases.allocation.moment_limits import Limits
from engine.usecases.allocation.offer_sheet import OfferSheet
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class LateBasis:
    """What the expected cost of lateness rests on: parcels of the delay history (0: the tariffs' late_yuan stands),
    version of each platform's ladder, platforms without one (their penalty is 0)."""

    parcels: int
    ladders: dict[str, str]
    without_ladder: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Plain values for a summary, an audit row or a page."""
        return {
            "source": "delay_history" if self.parcels else "tariffs",
            "parcels": self.parcels,
            "ladders": self.ladders,
            "without_ladder": list(self.without_ladder),
        }


def late_basis(work: Workplace) -> LateBasis:
    """What this room's lateness rests on."""
    times = brand_times(work)
    ladders = work.rules.ladders_on(work.now().astimezone(BEIJING).date())
    return LateBasis(
        parcels=times.parcels if times else 0,
        ladders={platform: ladder.version for platform, ladder in ladders.items()},
        without_ladder=tuple(platform.value for platform in Platform if platform not in ladders),
    )


def offers_now(work: Workplace, sheet: OfferSheet, limits: Limits, orders: pl.DataFrame, *, now: float) -> pl.DataFrame:
    """The problem's offers, with late_share where a delay history exists.

    `orders`: platform, amount_cents, promise and paid (f64 Beijing minutes). A carrier that no longer collects at a
    node before the batch's last promise makes no offer there.
    """
    offers = sheet.offers
    times = brand_times(work)
    if times is not None:
        today = moment_of(now).astimezone(BEIJING).date()
        late = expected_lateness(
            times,
            stakes_of(orders, work.rules.ladders_on(today), today=today),
            carriers=sheet.pairs["carrier"].to_list(),
            origins=sheet.pairs["node_region"].to_list(),
            pick_up=_predicted_pick_up(sheet, limits),
            now=now,
            policy=work.rules.allocation.lateness,
        )
        offers = offers.with_columns(
            late_yuan=pl.Series(late.yuan).gather(offers["pair"]),
            late_share=pl.Series(late.share).gather(offers["pair"]),
        )
    offers = with_surcharges(offers, surcharges(work))
    if not limits.open_pairs.all():
        offers = offers.filter(pl.Series(limits.open_pairs).gather(offers["pair"]))
    return offers.drop("pair")


def surcharges(work: Workplace) -> list[Surcharge]:
    """What approved changes add to a carrier's offers on a route, because more breaks there than with others."""
    rows = work.database.read(
        "SELECT carrier, area, sum(surcharge_cents)::BIGINT FROM improvements "
        "WHERE kind = 'surcharge' AND state = 'approved' GROUP BY carrier, area ORDER BY carrier, area"
    )
    return [Surcharge(carrier, area, cents / 100) for carrier, area, cents in rows.iter_rows()]


def brand_times(work: Workplace) -> HandoverTimes | None:
    """The brand's hand-over times, made again only when the master data changed."""
    return work.made_once("handover_times", lambda: read_handover_times(work.database, work.rules.allocation.lateness))


def read_handover_times(database: Database, policy: LatenessPolicy) -> HandoverTimes | None:
    """The hand-over times of the brand's delay history; None where it brought none."""
    columns = ", ".join(("carrier", "origin", "weekdays", "hours", *BUCKETS))
    return handover_times(
        database.read(f"SELECT {columns} FROM delay_history ORDER BY carrier, origin, weekdays, hours"), policy
    )


def _predicted_pick_up(sheet: OfferSheet, limits: Limits) -> Minutes:
    """Per pair: the day's last collection after the parcel is packed; where there is no cut-off, as soon as a carrier
    at work can take it. The same moment that the near-expiry rule uses, cut to the carrier's hours."""
    ready = limits.ready[sheet.pairs["node_row"].to_numpy()]
    collected = sheet.pairs["cutoff"].is_not_null().to_numpy()
    pick_up: Minutes = np.empty_like(ready)
    for number, hours in enumerate(sheet.schedules):
        of = np.flatnonzero(sheet.schedule == number)
        pick_up[of] = np.where(collected[of], hours.next_closing(ready[of]), hours.next_working(ready[of]))
    return pick_up
