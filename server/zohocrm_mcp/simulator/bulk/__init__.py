"""Bulk read and bulk write: jobs, files, callbacks."""
