"""Which tickets should a person label, if somebody has a minute? Those from which the next training learns most."""

from datetime import timedelta

import polars as pl

from engine.aftersales.complaint_evidence import explained
from engine.aftersales.worth_asking import worth_asking
from engine.store.screens.ticket_models import unjudged_tickets
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.classify_tickets import classifier
from engine.usecases.service.ticket_language import load_ticket_policy


def choose_questions(work: Workplace) -> pl.DataFrame:
    """`ticket_id`, `asked_at`, `words`, and what the classifier makes of them (`best`, `confidence`, `evidence`).

    The one most worth a label first; as many as [asking] of tickets.toml says, none that a person has labelled.
    """
    rules = load_ticket_policy().asking
    since = work.database.now() - timedelta(days=rules.days)
    read = unjudged_tickets(work.database, since, most=rules.most_read)
    model = classifier(work).model
    chosen = read[worth_asking(model, read["words"], most=rules.asked)]
    return chosen.hstack(explained(model, chosen["words"]).select("best", "confidence", "evidence"))
