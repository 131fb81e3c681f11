"""Tables of the room itself: invariants, jobs, audit."""

from typing import Any

import polars as pl

from dashboard.components import grid
from dashboard.wording import Words
from engine.model.personal import masked_json, masked_words
from engine.store.database import as_json


def invariants(t: Words, frame: pl.DataFrame) -> None:
    """Each invariant with its latest check."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        state = pl.when(pl.col("breaches") == 0).then(pl.lit(t("system.holds"))).otherwise(pl.lit(t("system.broken")))
        shown = frame.with_columns(grid.mapped(t, "invariant", "invariant"), *grid.beijing("checked_at"), state=state)
        columns = {
            "state": grid.text(t("col.state"), width=80),
            "invariant": grid.text(t("col.invariant"), width=330),
            "breaches": grid.number(t("col.breaches"), width=80),
            "detail": grid.text(t("col.examples"), width=330),
            "checked_at": grid.moment(t("col.checked_at")),
        }
        return shown, columns

    grid.live(t, frame, build, key="invariants")


def jobs(t: Words, frame: pl.DataFrame) -> None:
    """Each job's latest record."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        columns = {
            "job": grid.text(t("col.job"), width=100),
            "outcome": grid.text(t("col.outcome"), width=60),
            "started_at": grid.moment(t("col.started_at"), width=115),
            "took_ms": grid.number(t("col.took_ms"), width=60),
            "runs": grid.number(t("col.runs"), width=60),
            "troubles": grid.number(t("col.troubles"), width=60),
            "detail": grid.text(t("col.detail"), width=300),
        }
        return _told(t, frame), columns

    grid.live(t, frame, build, key="jobs")


def runs(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """The newest job records."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        columns = {
            "started_at": grid.moment(t("col.started_at"), width=115),
            "job": grid.text(t("col.job"), width=100),
            "outcome": grid.text(t("col.outcome"), width=60),
            "took_ms": grid.number(t("col.took_ms"), width=60),
            "runs": grid.number(t("col.runs"), width=60),
            "detail": grid.text(t("col.detail"), width=360),
        }
        return _told(t, frame), columns

    grid.live(t, frame, build, key="runs", height=height)


def _told(t: Words, records: pl.DataFrame) -> pl.DataFrame:
    """Job records in the reader's words."""
    return records.with_columns(
        grid.mapped(t, "job", "job"),
        grid.mapped(t, "outcome", "outcome"),
        grid.said(t, records["detail"]),
        *grid.beijing("started_at"),
    )


def audit(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """The newest commits. Subjects and details may quote outside text."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = frame.with_columns(
            grid.mapped(t, "verb", "verb"),
            *grid.beijing("at"),
            pl.Series("subject", [masked_words(subject) for subject in frame["subject"]], dtype=pl.String),
            pl.Series("detail", [as_json(masked_json(detail)) for detail in frame["detail"]], dtype=pl.String),
        )
        columns = {
            "version": grid.number(t("col.version"), form="%d", width=80),
            "at": grid.moment(t("col.at")),
            "actor": grid.text(t("col.actor"), width=130),
            "verb": grid.text(t("col.verb"), width=150),
            "subject": grid.text(t("col.subject"), width=200),
            "detail": grid.text(t("col.detail"), width=360),
        }
        return shown, columns

    grid.live(t, frame, build, key="audit", height=height)
