"""Everything that happened to a thing, and who did what."""
