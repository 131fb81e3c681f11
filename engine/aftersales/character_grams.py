"""Which runs of one to three characters stand in each text, counted without a loop over texts or characters.

A run is one number: three code points of 21 bits. The line end that stands between texts marks where one begins and
ends, as the spaces do that scikit-learn's "char" analyser sees around a text.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

Keys = npt.NDArray[np.uint64]
_END = 10
_BITS = 21
_MASK = (1 << _BITS) - 1
_TABLE_BITS = 20


@dataclass(frozen=True, slots=True)
class Grams:
    """Runs in order of rows: `keys[i]` stands in text `rows[i]`."""

    texts: int
    rows: npt.NDArray[np.int32]
    keys: Keys


def grams(plain: pl.Series) -> Grams:
    """Every run of 1, 2 and 3 characters of texts in plain form (which have no line ends)."""
    joined = "\n" + "\n".join(plain) + "\n\n"  # two: every character has two behind it
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    ends = codes == _END
    # The line end before a text counts to it; so does, for runs that begin inside, the one behind it.
    rows = (np.cumsum(ends) - 1).astype(np.int32)
    one = codes[:-2]
    two = one | (codes[1:-1] << np.uint64(_BITS))
    three = two | (codes[2:] << np.uint64(2 * _BITS))
    inside, next_inside = ~ends[:-2], ~ends[1:-1]
    pairs = inside | next_inside
    triples = next_inside  # a line end in the middle would join two texts
    row = rows[:-2]
    all_rows = np.concatenate([row[inside], row[pairs], row[triples]])
    all_keys = np.concatenate([one[inside], two[pairs], three[triples]])
    return Grams(len(plain), all_rows, all_keys)


def spelled(key: int) -> str:
    """The run as it reads, without the marks of begin and end."""
    parts = [key & _MASK, (key >> _BITS) & _MASK, (key >> 2 * _BITS) & _MASK]
    return "".join(chr(part) for part in parts if part not in (0, _END))


def key_of(run: str) -> int:
    """The number of a run of one to three characters."""
    return sum(ord(letter) << (_BITS * place) for place, letter in enumerate(run))


def common_keys(found: Grams, *, least: int) -> Keys:
    """The runs that stand in at least `least` texts, sorted."""
    pairs = np.unique(np.stack([found.keys, found.rows.astype(np.uint64)], axis=1), axis=0)
    keys, texts = np.unique(pairs[:, 0], return_counts=True)
    return keys[texts >= least]


def counted(found: Grams, known: Keys) -> sparse.csr_matrix:
    """How often each known run stands in each text: texts x runs."""
    if not len(known):
        return sparse.csr_matrix((found.texts, 0), dtype=np.float32)
    # Most runs of three are unknown: a look into a table of a megabyte spares them the search, which refuses what the
    # table lets through by chance.
    maybe = np.zeros(1 << _TABLE_BITS, dtype=np.bool_)
    maybe[_slot(known)] = True
    likely = np.flatnonzero(maybe[_slot(found.keys)])
    keys, rows = found.keys[likely], found.rows[likely]
    places = np.searchsorted(known, keys)
    places[places == len(known)] = 0
    hit = known[places] == keys
    ones = np.ones(int(hit.sum()), dtype=np.float32)
    shape = (found.texts, len(known))
    return sparse.coo_matrix((ones, (rows[hit], places[hit])), shape=shape).tocsr()


def _slot(keys: Keys) -> Keys:
    """Where a run stands in the table: the upper bits of a product with a large odd number."""
    return (keys * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _TABLE_BITS)


def texts_with(counts: sparse.csr_matrix) -> npt.NDArray[np.int64]:
    """In how many texts each run stands."""
    return np.bincount(counts.indices, minlength=counts.shape[1])
