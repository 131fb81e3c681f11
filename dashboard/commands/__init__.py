"""Clicks become use cases. A refusal is told as it is worded; a bug is logged under an id, and the id is told."""
