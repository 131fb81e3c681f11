"""What comes back from each view in views/: its columns in order, with their types. Knows no query."""
