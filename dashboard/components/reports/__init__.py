"""The report of a show: its figures, where each comes from, and shows beside each other."""
