"""Logging, metrics, audit."""
