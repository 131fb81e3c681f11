"""The knobs of the classifier of complaints (data/rules/tickets.toml), each explained there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.model.toml_values import no_strangers, part, within

FILE = "tickets.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Of a text: characters of its plain form; the weight of a concept beside runs of characters."""

    most_characters: int = 2000
    concept_weight: float = 0.4

    def __post_init__(self) -> None:
        within(self, f"{FILE} [reading]", {"most_characters": (50, 20_000), "concept_weight": (0, 10)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """Weights are beside a text that ships (1)."""

    least_texts: int = 2
    strength: float = 2.0
    correction_weight: float = 3.0
    labelled_weight: float = 3.0
    taught_weight: float = 0.1
    taught_confidence: float = 0.90
    taught_most: int = 3000
    folds: int = 5

    def __post_init__(self) -> None:
        limits = {
            "least_texts": (1, 100),
            "strength": (0.001, 1000),
            "correction_weight": (0.01, 100),
            "labelled_weight": (0.01, 100),
            "taught_weight": (0, 100),
            "taught_confidence": (0.2, 1),
            "taught_most": (0, 1_000_000),
            "folds": (2, 20),
        }
        within(self, f"{FILE} [learning]", limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """From which confidence a label is given, and how many words of evidence are kept."""

    certain: float = 0.80
    evidence: int = 5

    def __post_init__(self) -> None:
        within(self, f"{FILE} [certainty]", {"certain": (0, 1), "evidence": (1, 20)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """When a newly trained model may replace the one that speaks: corrections of operators, and the share tested on."""

    least_corrections: int = 40
    least_new: int = 10
    tested_share: float = 0.3

    def __post_init__(self) -> None:
        limits = {"least_corrections": (10, 100_000), "least_new": (1, 100_000), "tested_share": (0.1, 0.9)}
        within(self, f"{FILE} [challenge]", limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Which tickets a person is asked about, so that the next training learns most: the newest read, those asked."""

    most_read: int = 2000
    days: int = 28
    asked: int = 20

    def __post_init__(self) -> None:
        within(self, f"{FILE} [asking]", {"most_read": (10, 20_000), "days": (1, 365), "asked": (1, 200)})


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPolicy:
    """All of it."""

    reading: Reading = field(default_factory=Reading)
    learning: Learning = field(default_factory=Learning)
    certainty: Certainty = field(default_factory=Certainty)
    challenge: Challenge = field(default_factory=Challenge)
    asking: Asking = field(default_factory=Asking)


def policy_from(rules: Mapping[str, Any]) -> TicketPolicy:
    """A TicketPolicy from the parsed TOML. Raises BadSetting."""
    no_strangers(rules, ("reading", "learning", "certainty", "challenge", "asking"), file=FILE, where="")
    return TicketPolicy(
        reading=part(Reading, rules, "reading", file=FILE),
        learning=part(Learning, rules, "learning", file=FILE),
        certainty=part(Certainty, rules, "certainty", file=FILE),
        challenge=part(Challenge, rules, "challenge", file=FILE),
        asking=part(Asking, rules, "asking", file=FILE),
    )
