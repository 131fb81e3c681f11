"""Somebody changes the network while orders are under way: what must move, and where to."""
