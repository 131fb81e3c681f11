"""Parcels on their way: stages, maps, routes, weather, cold chain, delays."""
