"""The outbox: written with their cause, claimed, sent, reported."""
