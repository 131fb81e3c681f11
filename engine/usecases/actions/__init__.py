"""A change proposed to people: priced, approved, done, undone, judged."""
