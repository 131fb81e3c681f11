"""A report as it is kept: every number with its trace, as plain JSON that later versions of the room can still read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson

from engine.reports.changes import Change
from engine.reports.figures import Figure
from engine.reports.lists import Column, Kind, Table
from engine.reports.report_policy import Target


class Occasion(StrEnum):
    """Why a report was made."""

    ASKED = "asked"  # somebody asked
    ENDED = "ended"  # the show is over
    SETTLED = "settled"  # and its parcels had their time: the report of 48 hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that is reported of a show at one moment.

    show: the row of boards.report_show, instants as ISO text. made_at, data_version: of every figure in it. rules: what
    stood behind it, by name (this file's version, and each platform's versions with the orders judged by them).
    questions: name -> the SQL that was asked.
    """

    show: Mapping[str, Any]
    made_at: str
    data_version: int
    rules: Mapping[str, str]
    questions: Mapping[str, str]
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    changes: tuple[Change, ...]
    targets: tuple[Target, ...]

    def figure(self, key: str) -> Figure | None:
        """One figure; None where this report was made before there was such a one."""
        return next((figure for figure in self.figures if figure.key == key), None)

    def table(self, key: str) -> Table | None:
        """One table, likewise."""
        return next((table for table in self.tables if table.key == key), None)


def as_json(report: Report) -> str:
    """As the table of reports keeps it."""
    return orjson.dumps(asdict(report), option=orjson.OPT_SORT_KEYS).decode()


def digest_of(content: str) -> str:
    """SHA-256 of the kept text."""
    return sha256(content.encode()).hexdigest()


def report_of(content: str) -> Report:
    """What `as_json` made."""
    told: dict[str, Any] = orjson.loads(content)
    told["figures"] = tuple(Figure(**one) for one in told["figures"])
    told["tables"] = tuple(_table(one) for one in told["tables"])
    told["changes"] = tuple(Change(**one) for one in told["changes"])
    told["targets"] = tuple(Target(**one) for one in told["targets"])
    return Report(**told)


def _table(told: dict[str, Any]) -> Table:
    columns = tuple(Column(one["key"], Kind(one["kind"])) for one in told["columns"])
    return Table(**(told | {"columns": columns, "rows": tuple(tuple(row) for row in told["rows"])}))
