"""Reads files of buyers' texts: those to judge, labelled or unlabelled ones to learn from. Refuses in one sentence."""

import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from engine.errors import BadFile
from engine.model.tickets import Complaint

_TEXT = ("text", "review")
"""The column of a buyer's words, by either name."""


@dataclass(frozen=True, slots=True)
class TrainingTexts:
    """What the files given to learn from hold, in order. `labelled`: text, label; `unlabelled`: texts."""

    labelled: pl.DataFrame
    unlabelled: pl.Series


def read_texts(path: Path) -> pl.DataFrame:
    """The texts to judge: id, text; an empty text is one. Raises BadFile."""
    frame = _read(path)
    if "id" not in frame.columns:
        raise BadFile(f"{path.name} has no column id; it must have id and text, and has {_columns(frame)}.")
    return frame.select(pl.col("id").fill_null(""), pl.col(_text_column(frame, path)).fill_null("").alias("text"))


def read_training(paths: list[Path]) -> TrainingTexts:
    """Texts to learn from: a file with a column label is labelled, one without is not. Raises BadFile."""
    labelled = [pl.DataFrame(schema={"text": pl.String, "label": pl.String})]
    unlabelled = [pl.Series("text", [], dtype=pl.String)]
    for path in paths:
        frame = _read(path)
        texts = frame[_text_column(frame, path)].alias("text")
        if "label" in frame.columns:
            labelled.append(_checked(pl.DataFrame({"text": texts, "label": frame["label"]}), path))
        else:
            unlabelled.append(texts.drop_nulls())
    return TrainingTexts(pl.concat(labelled), pl.concat(unlabelled).unique(maintain_order=True))


def _checked(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    numbered = frame.with_row_index("row", offset=2)
    strange = numbered.filter(~pl.col("label").is_in(list(Complaint)).fill_null(value=False))
    if not strange.is_empty():
        row, _, label = strange.row(0)
        raise BadFile(f"{path.name}, record {row}: {label!r} is no label; it must be one of {', '.join(Complaint)}.")
    return frame.with_columns(pl.col("text").fill_null(""))


def _text_column(frame: pl.DataFrame, path: Path) -> str:
    for name in _TEXT:
        if name in frame.columns:
            return name
    raise BadFile(f"{path.name} has no column text; it has {_columns(frame)}.")


def _columns(frame: pl.DataFrame) -> str:
    return ", ".join(frame.columns[:10]) or "none"


def _read(path: Path) -> pl.DataFrame:
    try:
        raw = path.read_bytes()
    except FileNotFoundError as gone:
        raise BadFile(f"{path} does not exist.") from gone
    except OSError as refused:
        raise BadFile(f"{path} cannot be read: {refused.strerror or refused}.") from refused
    if not raw.strip():
        raise BadFile(f"{path.name} is empty.")
    try:
        frame = pl.read_csv(io.BytesIO(_decoded(raw, path).encode()), infer_schema=False)
    except pl.exceptions.PolarsError as damaged:
        said = str(damaged).splitlines()[0]
        raise BadFile(f"{path.name} cannot be read as CSV with commas and a line of column names: {said}") from damaged
    return frame.rename({name: name.strip().lower() for name in frame.columns})


def _decoded(raw: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadFile(f"{path.name} is neither UTF-8 nor GB18030.")
