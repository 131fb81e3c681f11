"""Which node, lot and carrier serve each order of a batch: problem in, plan with reasons out, no I/O."""
