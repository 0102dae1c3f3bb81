"""Seeded, believable data, made on demand: a record exists when somebody looks at it."""
