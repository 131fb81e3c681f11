"""The bell that a commit rings which says what a ticket is about: the watch over complaints then looks at once."""

BELL = "complaints"
