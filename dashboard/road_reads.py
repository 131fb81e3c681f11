"""What pages about the road read beside reads.py, through its one cache: the cold chain, weather and hubs."""

from dashboard import cold_boards, reads, weather_boards


def cold_chain() -> cold_boards.ColdChain:
    """Excursions and probes."""
    return reads.shared("cold_chain", cold_boards.cold_chain)


def cold_probe(board: cold_boards.ColdChain, probe_id: str, excursion_id: str) -> cold_boards.OneProbe | None:
    """One probe of a board, with the orders of its excursion."""
    return reads.shared(
        f"cold_probe.{probe_id}.{excursion_id}",
        lambda database, as_of: cold_boards.one_probe(database, as_of, board, probe_id, excursion_id),
    )


def weather() -> weather_boards.WeatherBoard:
    """Hubs, and the weather that is coming."""
    return reads.shared("weather", weather_boards.weather)
