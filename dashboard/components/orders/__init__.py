"""Orders: the board, one order and why it ships from where it does, review, waiting, what-ifs."""
