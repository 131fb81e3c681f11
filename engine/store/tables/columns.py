"""How a column is declared, and the one `metadata` that all tables belong to. Knows no table."""

from sqlalchemy import BigInteger, Column, DateTime, MetaData, Text

metadata = MetaData()


def text(name: str, *, key: bool = False, null: bool = False) -> "Column[str]":
    """A text column."""
    return Column(name, Text, primary_key=key, nullable=null)


def big(name: str, *, key: bool = False, null: bool = False) -> "Column[int]":
    """A count, or money in cents."""
    return Column(name, BigInteger, primary_key=key, nullable=null, autoincrement=False)


def instant(name: str, *, null: bool = False) -> "Column[object]":
    """A moment with its zone."""
    return Column(name, DateTime(timezone=True), nullable=null)
