"""What the room can do: one verb a file. Each gathers, lets a pure function decide, and applies it in one commit."""
