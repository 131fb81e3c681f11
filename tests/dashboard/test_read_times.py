"""What a board's reading took is counted by board, however its filters are set."""

import pytest

from dashboard.read_times import Asked, ReadTimes


def test_readings_are_summed_by_board_and_the_slowest_is_kept() -> None:
    ticks = iter([0.0, 0.2, 1.0, 1.5, 2.0, 2.1, 3.0, 3.0])
    times = ReadTimes(clock=lambda: next(ticks))
    for name in ("clocks", "tickets.open", "tickets.late and large"):
        with times.asking(name):
            pass
    with pytest.raises(ValueError, match="full"), times.asking("clocks"):
        raise ValueError("disk full")
    found = times.all()
    assert list(found) == ["clocks", "tickets"]
    assert found["clocks"] == Asked(2, pytest.approx(0.2), pytest.approx(0.2))
    assert found["tickets"] == Asked(2, pytest.approx(0.6), pytest.approx(0.5))
