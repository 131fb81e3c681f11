"""Courier map: a city with its riders, trails, stops and arrivals; or the country with its lanes, hubs and nodes."""

import streamlit as st

from dashboard import reads, road_reads, state
from dashboard.components import panels
from dashboard.components.road import courier_board
from dashboard.views.maps import CourierMapView

t = state.language()
view = CourierMapView.read(st.query_params)
cities = road_reads.map_cities()
# Outside the part that refreshes: a choice draws another map.
city = courier_board.choices(t, view, cities)
place = courier_board.place_of(cities, city)


def draw() -> None:
    """One refresh."""
    if view.scale == "nation" or not city:
        courier_board.nation(t, road_reads.nation_map(), reads.now())
    else:
        courier_board.city(t, road_reads.city_map(city), place, city, reads.now())


panels.live(t, draw)
