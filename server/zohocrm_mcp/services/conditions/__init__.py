"""Conditions on records, and the two languages of Zoho's that they are written in: COQL and criteria. Pure."""
