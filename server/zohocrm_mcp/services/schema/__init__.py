"""Modules and fields as Zoho tells of them, and the values that may be written to them."""
