"""Every page of the room, listed by hand: a page that is forgotten here, or stays here, is found by a test."""

PAGES = (
    "overview",
    "inbox",
    "orders",
    "inventory",
    "logistics",
    "network",
    "waves",
    "review",
    "order",
    "what_if",
    "stagger",
    "clocks",
    "courier_map",
    "cold_chain",
    "waybills",
    "model_card",
    "system",
    "partners",
    "mass_delay",
    "routes",
)
