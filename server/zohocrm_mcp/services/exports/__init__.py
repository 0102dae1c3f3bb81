"""Modules read to the end, by the interface that fits their size, into exports and files."""
