"""The room itself: opened, seeded, moved in time, recounted; who may do what in it, and what was done."""
