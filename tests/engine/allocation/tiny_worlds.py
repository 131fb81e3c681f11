"""Worlds so small that every plan can be tried: a few orders, two or three nodes, one or two carriers, always the same
for a seed."""

import random

from engine.allocation.problem import AllocationPolicy, Problem
from tests.engine.allocation.worlds import NOW, carrier, lot, node, offer, order, sku, world

_REGIONS = ("310115", "510104")
_SHARES = (0.0, 0.0, 0.3, 0.5, 1.0, 1.0)


def tiny(seed: int) -> Problem:
    """One of endlessly many. Stock, throughput and capacity are about what the orders need, so that limits bite."""
    pick = random.Random(seed)
    nodes = [f"N{i}" for i in range(pick.randint(2, 3))]
    carriers = [f"C{i}" for i in range(pick.randint(1, 2))]
    orders = [
        order(
            f"O{i}",
            *(
                (pick.choice(["rice", "oil", "fish"]), pick.randint(1, 2), pick.choice([None, None, "K"]))
                for _ in range(pick.choice([1, 1, 2, 2, 3]))
            ),
            buyer=pick.choice(["anna", "bo"]),
            region=pick.choice(_REGIONS),
            paid=i,
        )
        for i in range(pick.randint(1, 4))
    ]
    shares = [sorted(pick.choices(_SHARES, k=2)) for _ in carriers]
    return world(
        orders=orders,
        skus=[sku("rice", kg=5.0), sku("oil", kg=1.0), sku("fish", layer="chilled", kg=0.5)],
        nodes=[node(name, throughput=pick.choice([1, 2, 3, 9])) for name in nodes],
        stock=[lot(at, what, pick.choice([0, 1, 1, 2, 4, 9])) for at in nodes for what in ("rice", "oil", "fish")],
        offers=[
            offer(at, who, layer=layer, region=prefix, fixed=pick.randint(2, 30), per_kg=pick.randint(0, 3))
            for at in nodes
            for who in carriers
            for layer in ("ambient", "chilled")
            for prefix in ("31", "51")
            if pick.random() < 0.85
        ],
        carriers=[
            carrier(who, capacity=pick.choice([1, 2, 4, 9]), min_share=low, max_share=high)
            for who, (low, high) in zip(carriers, shares, strict=True)
        ],
        policy=AllocationPolicy(
            now=NOW,
            unserved_yuan=pick.choice([20.0, 60.0, 200.0]),
            handling_yuan_per_parcel=pick.choice([0.0, 2.0]),
            merge=pick.random() < 0.7,
            max_share_yuan=pick.choice([5.0, 100.0]),
            min_share_yuan=pick.choice([3.0, 50.0]),
        ),
    )
