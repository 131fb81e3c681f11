"""What goes wrong with the demo's goods on purpose: a bad lot, a leaking bottle on one route, mis-picks at one node.

Chosen by the seed; the fourth, a late region, is the carriers' (carrier_incidents.py). The room is never told. None is
there from the first day: a room can only call unusual what was usual before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engine.model.tickets import Complaint
from jobs.demo.carrier_chance import uniform


class CauseKind(StrEnum):
    """What is the matter."""

    BAD_LOT = "bad_lot"
    BAD_LOT_TONIGHT = "bad_lot_tonight"  # its buyers open it during the show, so that it bursts while somebody looks
    LEAKING_ROUTE = "leaking_route"
    MIS_PICKS = "mis_picks"


COMPLAINT_OF: dict[CauseKind, Complaint] = {
    CauseKind.BAD_LOT: Complaint.QUALITY,
    CauseKind.BAD_LOT_TONIGHT: Complaint.QUALITY,
    CauseKind.LEAKING_ROUTE: Complaint.DAMAGED,
    CauseKind.MIS_PICKS: Complaint.WRONG_ITEM,
}


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause; None is any. share: of the buyers it touches who complain; since: of parcels labelled from then on."""

    kind: CauseKind
    share: float
    since: datetime
    sku: str | None = None
    lot: str | None = None
    node: str | None = None
    province: str | None = None  # first two digits of the destination's adcode
    theme: str | None = None

    def touches(self, sku: str, lot: str, node: str, adcode: str, labelled_at: datetime) -> bool:
        """Whether goods of that lot, sent at that time from that node to that place, have it."""
        return (
            self.since <= labelled_at
            and self.sku in (None, sku)
            and self.lot in (None, lot)
            and self.node in (None, node)
            and self.province in (None, adcode[:2])
        )


@dataclass(frozen=True, slots=True)
class Tonight:
    """When buyers of tonight's bad lot write."""

    begins: datetime
    ends: datetime


BAD_LOTS = (("RICE-WC-5", "RICE-WC-5-A", "musty"), ("RICE-WC-5", "RICE-WC-5-C", "musty"))
TONIGHT = (("OIL-SUN-5", "OIL-SUN-5-A", "rancid"), ("OIL-SUN-5", "OIL-SUN-5-C", "rancid"))
LEAKING = (("OIL-SUN-5", "DP-CAN", "44"), ("OIL-SUN-5", "DP-NKG", "32"))
MIS_PICKING = ("WH-NORTH",)
"""Lots, bottles with node and destination, nodes: those that a room of the shipped brand sends enough of in three
evenings. That node serves several provinces, or nobody could tell its mistake from a region's."""
BEGINS = timedelta(hours=100)
"""After the first commit of a room that opens at noon: half of its past was as usual."""


def planted(seed: int, epoch: datetime) -> tuple[Cause, ...]:
    """The causes of a demo of that seed that began at `epoch`."""

    def which(kind: CauseKind, among: int) -> int:
        return int(uniform(seed, kind, "which") * among)

    sku, lot, theme = BAD_LOTS[which(CauseKind.BAD_LOT, len(BAD_LOTS))]
    tonight_sku, tonight_lot, tonight_theme = TONIGHT[which(CauseKind.BAD_LOT_TONIGHT, len(TONIGHT))]
    bottle, origin, province = LEAKING[which(CauseKind.LEAKING_ROUTE, len(LEAKING))]
    node = MIS_PICKING[which(CauseKind.MIS_PICKS, len(MIS_PICKING))]
    since = epoch + BEGINS
    return (
        Cause(CauseKind.BAD_LOT, 0.5, since, sku=sku, lot=lot, theme=theme),
        Cause(CauseKind.BAD_LOT_TONIGHT, 0.9, epoch, sku=tonight_sku, lot=tonight_lot, theme=tonight_theme),
        Cause(CauseKind.LEAKING_ROUTE, 0.8, since, sku=bottle, node=origin, province=province),
        Cause(CauseKind.MIS_PICKS, 0.3, since, node=node),
    )
