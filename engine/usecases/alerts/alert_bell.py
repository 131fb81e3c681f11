"""The bell that commits ring which may be worth an alert: the look at conditions then comes at once."""

BELL = "alerts"
