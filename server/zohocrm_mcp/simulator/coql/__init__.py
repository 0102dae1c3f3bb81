"""COQL: SELECT over the records."""
