"""Modules, fields, layouts, related lists and views: what the organisation looks like."""
