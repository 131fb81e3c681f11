"""What an operator can change about where and with whom goods may go, as one value with one meaning.

A change that takes something away (closed, quarantined, stopped, counted) makes orders move; one that gives it back
(reopened, released, resumed) moves none: what is planned already stays as it is.
"""

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import BadRequest


class ChangeKind(StrEnum):
    """The verbs of steering."""

    NODE_CLOSED = "node_closed"
    NODE_REOPENED = "node_reopened"
    LOT_QUARANTINED = "lot_quarantined"
    LOT_RELEASED = "lot_released"
    CARRIER_STOPPED = "carrier_stopped"
    CARRIER_RESUMED = "carrier_resumed"
    STOCK_COUNTED = "stock_counted"
    ORDERS_LED_AWAY = "orders_led_away"  # the node stays open: nothing but these orders is changed


TAKES_AWAY = frozenset(
    {
        ChangeKind.NODE_CLOSED,
        ChangeKind.LOT_QUARANTINED,
        ChangeKind.CARRIER_STOPPED,
        ChangeKind.STOCK_COUNTED,
        ChangeKind.ORDERS_LED_AWAY,
    }
)
"""Changes after which orders may have to move."""

_NEEDS: dict[ChangeKind, tuple[str, ...]] = {
    ChangeKind.NODE_CLOSED: ("node",),
    ChangeKind.NODE_REOPENED: ("node",),
    ChangeKind.LOT_QUARANTINED: ("lot",),
    ChangeKind.LOT_RELEASED: ("lot",),
    ChangeKind.CARRIER_STOPPED: ("carrier", "region"),
    ChangeKind.CARRIER_RESUMED: ("carrier", "region"),
    ChangeKind.STOCK_COUNTED: ("node", "lot", "units"),
    ChangeKind.ORDERS_LED_AWAY: ("node", "region"),
}

_FIELDS = ("node", "lot", "carrier", "region", "units")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. `region` is a prefix of division codes ("" the whole country, "31" Shanghai, "3101", "310104");
    `units` is what was counted of a lot at a node: everything that lies there, quarantined units included, parcels
    that a carrier has picked up not. Raises BadRequest where a part is missing or makes no sense."""

    kind: ChangeKind
    node: str | None = None
    lot: str | None = None
    carrier: str | None = None
    region: str | None = None
    units: int | None = None

    def __post_init__(self) -> None:
        for name in _FIELDS:
            given, needed = getattr(self, name) is not None, name in _NEEDS[self.kind]
            if given != needed:
                raise BadRequest(f"A change {self.kind.value} {'needs' if needed else 'takes no'} {name}.")
        if self.region is not None and (len(self.region) not in (0, 2, 4, 6) or not _digits(self.region)):
            raise BadRequest(f"The region is {self.region!r}: it must be 0, 2, 4 or 6 digits of a division code.")
        if self.units is not None and self.units < 0:
            raise BadRequest(f"{self.units} units cannot have been counted: the least is 0.")

    @property
    def subject(self) -> str:
        """What is changed, for lists and the audit."""
        named = (self.node, self.lot, self.carrier, self.region)
        return "/".join(part if part else "*" for part in named if part is not None)

    @property
    def told(self) -> str:
        """What happened, in a sentence for the story of an order."""
        place = f"in {self.region}*" if self.region else "everywhere"
        return {
            ChangeKind.NODE_CLOSED: f"node {self.node} was closed",
            ChangeKind.NODE_REOPENED: f"node {self.node} was opened again",
            ChangeKind.LOT_QUARANTINED: f"lot {self.lot} was quarantined",
            ChangeKind.LOT_RELEASED: f"lot {self.lot} was released",
            ChangeKind.CARRIER_STOPPED: f"carrier {self.carrier} was stopped {place}",
            ChangeKind.CARRIER_RESUMED: f"carrier {self.carrier} resumed {place}",
            ChangeKind.STOCK_COUNTED: f"lot {self.lot} at {self.node} was counted: {self.units}",
            ChangeKind.ORDERS_LED_AWAY: f"orders {place} were led away from node {self.node}",
        }[self.kind]


def _digits(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit())
