"""What lies where, what is counted on, and what leaves the books."""
