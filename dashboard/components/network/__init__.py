"""Nodes, carriers and partners: how they stand, and where somebody changes that."""
