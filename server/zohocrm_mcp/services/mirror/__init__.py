"""A mirror of modules in PostgreSQL, kept current by jobs."""
