"""The way out: HTTP to chat robots and to the brand's gateway. Knows no database and no rule of when."""
