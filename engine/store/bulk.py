"""Frames into tables, in bulk: Arrow into DuckDB, COPY into PostgreSQL. One INSERT or UPDATE a frame, never a row."""

import io
import itertools
import re
from collections.abc import Mapping
from typing import Any

import polars as pl
from sqlalchemy import BigInteger, Boolean, Connection, Date, DateTime, Float, Integer, Table, Text, text

from engine.model.frames import INSTANT

_STAGED = itertools.count(1)

FEW_VALUES = 250
"""Up to so many values travel as parameters of the statement. Measured on DuckDB 1.5: a parameter costs 6 us, the way
through Arrow one to three milliseconds whatever the size."""


def append(connection: Connection, table: Table, frame: pl.DataFrame) -> int:
    """Insert every row of `frame`; its columns are the table's or a part of them. Returns the rows inserted."""
    if frame.is_empty():
        return 0
    if connection.dialect.name != "duckdb":
        _copy(connection, table.name, frame)
    elif frame.height * frame.width <= FEW_VALUES:
        columns = ", ".join(_quoted(connection, c) for c in frame.columns)
        rows, values = _as_values(frame)
        _raw(connection).execute(f"INSERT INTO {table.name} ({columns}) VALUES {rows}", values)
    else:
        # A relation spares DuckDB a view in its catalogue, but goes in by position: all columns, as the table has them.
        unknown = set(frame.columns) - set(table.columns.keys())
        assert not unknown, f"{table.name} has no columns {unknown}"
        absent = [pl.lit(None).alias(c) for c in table.columns.keys() if c not in frame.columns]  # noqa: SIM118
        whole = frame.with_columns(absent).select(table.columns.keys())
        _raw(connection).from_arrow(whole.to_arrow()).insert_into(table.name)
    return frame.height


def amend(connection: Connection, table: Table, frame: pl.DataFrame, *, on: tuple[str, ...]) -> None:
    """Set the other columns of `frame` on the rows of `table` that have its `on` values. Keys must exist, once."""
    if frame.is_empty():
        return
    sets = ", ".join(f"{c} = staged.{c}" for c in frame.columns if c not in on)
    keys = " AND ".join(f"{table.name}.{c} = staged.{c}" for c in on)
    if connection.dialect.name == "duckdb" and frame.height * frame.width <= FEW_VALUES:
        rows, values = _as_values(frame)
        staged = f"(VALUES {rows}) AS staged({', '.join(frame.columns)})"
        _raw(connection).execute(f"UPDATE {table.name} SET {sets} FROM {staged} WHERE {keys}", values)
        return
    if connection.dialect.name == "duckdb":
        name = _register(connection, frame)
        try:
            _raw(connection).execute(f"UPDATE {table.name} SET {sets} FROM {name} AS staged WHERE {keys}")
        finally:
            _raw(connection).unregister(name)
        return
    name = f"staged_{next(_STAGED)}"
    columns = ", ".join(frame.columns)
    connection.exec_driver_sql(
        f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {columns} FROM {table.name} WITH NO DATA"
    )
    _copy(connection, name, frame)
    connection.exec_driver_sql(f"UPDATE {table.name} SET {sets} FROM {name} AS staged WHERE {keys}")


def matching(connection: Connection, table: Table, keys: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """The rows of `table` whose key columns equal a row of `keys`; returns `columns`, in no promised order."""
    schema = {c: _polars_type(table, c) for c in columns}
    if keys.is_empty():
        return pl.DataFrame(schema=schema)
    wanted = ", ".join(f"{table.name}.{c}" for c in columns)
    join = " AND ".join(f"{table.name}.{c} = staged.{c}" for c in keys.columns)
    if connection.dialect.name == "duckdb":
        name = _register(connection, keys)
        try:
            found = _raw(connection).execute(f"SELECT {wanted} FROM {table.name} JOIN {name} AS staged ON {join}")
            return pl.DataFrame(found.to_arrow_table())
        finally:
            _raw(connection).unregister(name)
    name = f"staged_{next(_STAGED)}"
    connection.exec_driver_sql(
        f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {', '.join(keys.columns)} FROM {table.name} WITH NO DATA"
    )
    _copy(connection, name, keys)
    result = connection.exec_driver_sql(f"SELECT {wanted} FROM {table.name} JOIN {name} AS staged ON {join}")
    return pl.DataFrame([tuple(row) for row in result.fetchall()], schema=schema, orient="row")


def fetch(connection: Connection, sql: str, schema: Mapping[str, Any], parameters: dict[str, Any]) -> pl.DataFrame:
    """The rows of `sql` (`:name` parameters) as a frame of `schema`, through Arrow where the database can."""
    if connection.dialect.name == "duckdb":
        found = _raw(connection).execute(_dollars(sql, parameters), parameters or None)
        return pl.DataFrame(found.to_arrow_table()).cast(pl.Schema(schema))
    result = connection.execute(text(sql), parameters)
    return pl.DataFrame([tuple(r) for r in result.fetchall()], schema=dict(schema), orient="row")


def _dollars(sql: str, parameters: Mapping[str, Any]) -> str:
    for name in parameters:
        sql = re.sub(rf":{name}\b", f"${name}", sql)
    return sql


_TYPES: dict[type, Any] = {
    Text: pl.String, BigInteger: pl.Int64, Integer: pl.Int32, Float: pl.Float64, DateTime: INSTANT, Date: pl.Date,
    Boolean: pl.Boolean,
}  # fmt: skip


def _polars_type(table: Table, column: str) -> Any:
    return _TYPES[type(table.c[column].type)]


def _raw(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _as_values(frame: pl.DataFrame) -> tuple[str, list[Any]]:
    """Rows as `(?, ?), (?, ?)` with their values."""
    row = f"({', '.join('?' * frame.width)})"
    return ", ".join([row] * frame.height), [value for row in frame.iter_rows() for value in row]


def _register(connection: Connection, frame: pl.DataFrame) -> str:
    name = f"staged_{next(_STAGED)}"
    _raw(connection).register(name, frame.to_arrow())
    return name


def _copy(connection: Connection, table_name: str, frame: pl.DataFrame) -> None:
    columns = ", ".join(_quoted(connection, c) for c in frame.columns)
    text = io.BytesIO()
    # non_numeric quotes every string, so an unquoted \N can only be a null.
    frame.write_csv(text, include_header=False, null_value="\\N", quote_style="non_numeric")
    with (
        _raw(connection).cursor() as cursor,
        cursor.copy(f"COPY {table_name} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')") as copy,
    ):
        copy.write(text.getvalue())


def _quoted(connection: Connection, column: str) -> str:
    return connection.dialect.identifier_preparer.quote(column)
