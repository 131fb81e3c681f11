"""The room on one screen, on the wall and on the desk, and how the room itself fares."""
