"""PostgreSQL: where it is, the pool of connections to it, its migrations, and the embedded server."""
