"""Outside formats -> canonical frames and quarantine. May read files; knows no database and no stock."""
