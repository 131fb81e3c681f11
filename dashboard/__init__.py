"""What people and platforms meet: the ASGI process, its HTTP doors, and everything the pages are made of."""
