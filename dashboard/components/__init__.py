"""Pieces of a screen: each takes data and words, draws, and knows no query."""
