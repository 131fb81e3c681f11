"""How long parcels will take, what they may break, and what the weather does to that."""
