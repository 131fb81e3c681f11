"""What a show came to: its numbers with their definitions, what should change, and how a report reads."""
