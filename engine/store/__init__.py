"""The store: the only package that knows DuckDB, PostgreSQL and SQLAlchemy. Values and Polars frames in and out."""
