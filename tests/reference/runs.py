"""Runs of characters counted the obvious way: one text, one position, one length after the other."""

from collections import Counter
from collections.abc import Sequence


def runs_of(texts: Sequence[str]) -> list[Counter[str]]:
    """How often each run of 1 to 3 characters stands in each text; a line end marks its begin and its end."""
    counted = []
    for text in texts:
        marked = f"\n{text}\n" if text else ""
        runs = (marked[at : at + length] for length in (1, 2, 3) for at in range(len(marked) - length + 1))
        counted.append(Counter(run for run in runs if run.strip("\n")))
    return counted
