"""What does it cost to bring stock from one node to another, and when is it there? By the carriers' own tariffs."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from engine.model.toml_values import within

FILE = "transfers.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRules:
    """Minutes of loading; kg that one fixed fee covers."""

    load_minutes: float
    consignment_kg: float

    def __post_init__(self) -> None:
        within(self, FILE, {"load_minutes": (0, 24 * 60), "consignment_kg": (1, 100_000)})


@dataclass(frozen=True, slots=True)
class Tariff:
    """A carrier's tariff from node to node: yuan a consignment, yuan a kg, days on the way."""

    carrier: str
    fixed_yuan: float
    per_kg_yuan: float
    days: float


def freight_cents(tariff: Tariff, kg: float, rules: TransferRules) -> int:
    """A fixed fee for every consignment begun, and the weight."""
    return round(100 * (tariff.fixed_yuan * ceil(kg / rules.consignment_kg) + tariff.per_kg_yuan * kg))


def cheapest(tariffs: Sequence[Tariff], kg: float, rules: TransferRules) -> Tariff | None:
    """The one that costs least; of equals the fastest, then by name. None where nobody goes there."""
    return min(tariffs, key=lambda one: (freight_cents(one, kg, rules), one.days, one.carrier), default=None)
