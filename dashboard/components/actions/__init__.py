"""What is wrong, what is proposed about it, and who is told."""
