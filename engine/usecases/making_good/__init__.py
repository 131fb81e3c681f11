"""What buyers are given, what comes back or breaks, and what is changed about it."""
