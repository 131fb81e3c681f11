"""The store's own people on the street: where they are, what they carry, in which order."""
