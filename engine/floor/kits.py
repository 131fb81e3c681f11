"""How is a kit packed: which components, how many a kit, in what order? The heaviest first, each layer in its own box.

Weight decides because a light thing under a heavy one is what breaks; of equal weights the larger goes in first, so
that the small ones fill what it leaves. How each packaging is handled is said by its care word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Component(NamedTuple):
    """A SKU of a kit: `qty` units in one kit, kg and litres of one unit, what it is packed in, its temperature."""

    sku: str
    qty: int
    unit_kg: float
    unit_l: float
    packaging: str
    layer: str


class Step(NamedTuple):
    """Put `qty` units of `sku` in, as the `number`-th thing of its box (1 is the bottom)."""

    number: int
    sku: str
    qty: int
    kg: float  # all its units
    packaging: str


@dataclass(frozen=True, slots=True)
class KitBox:
    """The part of one kit that travels at one temperature."""

    kit: str
    layer: str
    steps: tuple[Step, ...]

    @property
    def kg(self) -> float:
        """Weight of the goods."""
        return sum(step.kg for step in self.steps)


def kit_boxes(kit: str, components: Sequence[Component]) -> tuple[KitBox, ...]:
    """The boxes of one kit, one a temperature layer, in the order of the layers' names."""
    boxes = []
    for layer in sorted({component.layer for component in components}):
        inside = sorted(
            (component for component in components if component.layer == layer),
            key=lambda component: (-component.unit_kg, -component.unit_l, component.sku),
        )
        steps = tuple(
            Step(number, c.sku, c.qty, c.qty * c.unit_kg, c.packaging) for number, c in enumerate(inside, start=1)
        )
        boxes.append(KitBox(kit, layer, steps))
    return tuple(boxes)
