"""Nodes in the order of trying: priority, then great-circle distance, then id."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.allocation import ranking
from engine.allocation.ranking import EARTH_KM, kilometres, ranked_nodes

_POINT = st.tuples(st.integers(-90, 90), st.integers(-180, 180)).map(lambda p: (float(p[0]), float(p[1])))


def slow_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """By the angle between two unit vectors: another formula than haversine."""
    (phi, theta), (psi, tau) = ([math.radians(x) for x in point] for point in (a, b))
    u = (math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi))
    v = (math.cos(psi) * math.cos(tau), math.cos(psi) * math.sin(tau), math.sin(psi))
    cross = math.dist((u[1] * v[2], u[2] * v[0], u[0] * v[1]), (u[2] * v[1], u[0] * v[2], u[1] * v[0]))
    return EARTH_KM * math.atan2(cross, sum(x * y for x, y in zip(u, v, strict=True)))


def columns(points: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p[0] for p in points], dtype=float), np.array([p[1] for p in points], dtype=float)


@settings(max_examples=80, deadline=None)
@given(_POINT, _POINT)
def test_the_distance_agrees_with_another_formula(a: tuple[float, float], b: tuple[float, float]) -> None:
    (lat, lon), (node_lat, node_lon) = columns([a]), columns([b])
    assert kilometres(lat, lon, node_lat=node_lat, node_lon=node_lon)[0, 0] == pytest.approx(slow_km(a, b), abs=0.01)


@settings(max_examples=80, deadline=None)
@given(st.lists(_POINT, min_size=1, max_size=6), st.lists(st.tuples(_POINT, st.integers(0, 2)), min_size=1, max_size=6))
def test_the_order_is_priority_then_distance_then_id(places, nodes) -> None:  # type: ignore[no-untyped-def]
    nodes = sorted(nodes, key=lambda n: n[1])
    (lat, lon), (node_lat, node_lon) = columns(places), columns([point for point, _ in nodes])
    priority = np.array([p for _, p in nodes])
    km = kilometres(lat, lon, node_lat=node_lat, node_lon=node_lon)
    found = list(ranked_nodes(lat, lon, node_lat=node_lat, node_lon=node_lon, priority=priority))
    assert len(found) == len(places)
    for i, (order, distances) in enumerate(found):
        assert order == sorted(range(len(nodes)), key=lambda n: (nodes[n][1], km[i, n], n))
        assert distances == [km[i, n] for n in order]


def test_a_batch_worked_on_in_pieces_ranks_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    lat, lon = rng.uniform(20, 45, 50), rng.uniform(80, 125, 50)
    nodes = {"node_lat": lat[:5], "node_lon": lon[:5], "priority": np.zeros(5, dtype=np.int64)}
    whole = list(ranked_nodes(lat, lon, **nodes))
    monkeypatch.setattr(ranking, "CELLS_AT_ONCE", 15)
    assert list(ranked_nodes(lat, lon, **nodes)) == whole
