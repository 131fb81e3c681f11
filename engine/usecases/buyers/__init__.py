"""What one buyer sees of one order, asks for and says of it."""
