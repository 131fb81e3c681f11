"""The war room's engine: everything that decides, stores and proves, with no screen attached."""
