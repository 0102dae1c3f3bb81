"""Measured side by side in one run: against the floor, never against a clock on the wall alone."""
