"""Waiting orders get node, lot and carrier; questions to a copy of that; buyers who are asked to wait."""
