"""What pages about the road read beside reads.py, through its one cache: maps, cold chain, delays, weather and hubs."""

import polars as pl

from dashboard import reads
from dashboard.boards import cold_chain as cold_boards
from dashboard.boards import delays as delay_boards
from dashboard.boards import maps as map_boards
from dashboard.boards import weather as weather_boards
from engine.store.screens import maps as map_screens


def map_cities() -> pl.DataFrame:
    """Cities that the courier map can show."""
    return reads.shared("map_cities", lambda database, _: map_screens.map_cities(database))


def city_map(city: str) -> map_boards.CityMap:
    """The riders of a city that has some, or stores."""
    return reads.shared(f"city_map.{city}", lambda database, as_of: map_boards.city_map(database, as_of, city))


def nation_map() -> map_boards.NationMap:
    """Lanes of the country."""
    return reads.shared("nation_map", map_boards.nation_map)


def model_card() -> delay_boards.ModelCard:
    """The delay model: its card, and whom it warns of."""
    return reads.shared("model_card", delay_boards.model_card)


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
