"""The journal, the exports and the queue: what outlives a call, in PostgreSQL."""
