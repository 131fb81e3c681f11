"""What becomes of an order when it arrives: reserved, held, sold out, a duplicate, or news about a known one. Pure."""
