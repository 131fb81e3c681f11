"""What was reported of each show: snapshots that are never rewritten. Making a report again adds a row."""

from sqlalchemy import CheckConstraint, Table

from engine.store.tables.columns import big, instant, metadata, text

reports = Table(  # facts: one row a report
    "reports",
    metadata,
    text("show_id", key=True),
    big("report_no", key=True),  # 1, 2, ... of the show
    big("version"),  # of the commit that kept it
    big("data_version"),  # that all its figures are of
    instant("made_at"),
    text("made_by"),
    text("occasion"),  # Occasion
    text("digest"),  # SHA-256 of the content: whoever changes a figure afterwards is found out by `verify`
    text("content"),  # JSON: see engine/reports/content.py
    CheckConstraint("occasion IN ('asked', 'ended', 'settled')"),
    CheckConstraint("report_no > 0 AND data_version >= 0 AND version > data_version", name="a_report_looks_back"),
)
