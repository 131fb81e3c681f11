"""The doors for machines: intake, health and map data over HTTP, and the guard in front of every door."""
