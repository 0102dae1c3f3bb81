"""Bulk changes as jobs: planned, written down, sent in chunks, settled record by record, undone."""
