"""The inventory board."""
