"""What the room has learned of its buyers' complaints: every trained classifier with its card, and which one speaks."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

ticket_models = Table(  # facts but for `state` and `content`: one row a training that brought a model
    "ticket_models",
    metadata,
    text("model_id", key=True),
    big("version"),
    instant("trained_at"),
    text("state"),  # current state: champion (it labels), challenger (it was no better), retired
    big("shipped"),  # texts of the project learned from
    big("corrections"),  # of operators, likewise
    big("tested"),  # the operators' newest corrections, held out to judge it; 0 before there are enough
    Column("accuracy", Float),  # on those; null where none
    Column("champion_accuracy", Float),  # of the champion at that time, on the same; null likewise
    text("why"),  # TrainingVerdict: why it speaks or does not
    text("card"),  # JSON: scores by complaint, reliability, curve of abstaining, strongest words
    text("content"),  # JSON: weights of runs of characters and concepts; numbers only, never code; {} once retired
    CheckConstraint("state IN ('champion', 'challenger', 'retired')"),
    CheckConstraint("why IN ('first', 'refitted', 'better', 'no_better')"),
    CheckConstraint("shipped >= 0 AND corrections >= 0 AND tested >= 0"),
    CheckConstraint("accuracy >= 0 AND accuracy <= 1"),
    CheckConstraint("champion_accuracy >= 0 AND champion_accuracy <= 1"),
)
