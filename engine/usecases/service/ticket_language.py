"""The classifier's rules, lexicon and shipped texts as they stand under data/."""

import tomllib
from functools import cache

import polars as pl

from engine.aftersales.complaint_lexicon import Lexicon, read_lexicon
from engine.aftersales.complaint_model import Language
from engine.aftersales.ticket_policy import TicketPolicy, policy_from
from engine.aftersales.ticket_words import read_pairs
from engine.errors import BadSetting
from engine.model.tickets import Complaint
from engine.settings import DATA
from engine.usecases.room.rule_files import RULES, parsed_rules

FOLDER = DATA / "aftersales"


def load_ticket_policy() -> TicketPolicy:
    """Read and checked anew at each call. Raises BadSetting with what would be right."""
    return policy_from(parsed_rules(RULES / "tickets.toml", "rules of the classifier of complaints"))


@cache
def load_language() -> Language:
    """The lexicon and the pairs of characters; read once a process. Raises BadSetting."""
    pairs = read_pairs(_read("traditional.txt"), file="traditional.txt")
    return Language(pairs, _lexicon())


@cache
def shipped_texts() -> pl.DataFrame:
    """The texts that the project brings to learn from: text, label. Raises BadSetting."""
    name = "tickets.csv"
    _read(name)  # for its sentence where it is not there
    try:
        texts = pl.read_csv(FOLDER / name, schema={"text": pl.String, "label": pl.String})
    except pl.exceptions.PolarsError as damaged:
        raise BadSetting(f"{name} must be a CSV of text and label: {damaged}") from damaged
    strange = texts.filter(~pl.col("label").is_in(list(Complaint)) | pl.col("text").is_null())
    if not strange.is_empty():
        raise BadSetting(f"{name}: {strange['label'][0]!r} is no complaint, or its text is missing.")
    return texts


def _lexicon() -> Lexicon:
    try:
        parsed = tomllib.loads(_read("lexicon.toml"))
    except tomllib.TOMLDecodeError as wrong:
        raise BadSetting(f"lexicon.toml cannot be read: {wrong}") from wrong
    return read_lexicon(parsed, file="lexicon.toml")


def _read(name: str) -> str:
    try:
        return (FOLDER / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{FOLDER / name} cannot be read: {error}") from error
