"""Whether everything is as it should be: checks, readiness, what is left of Zoho's limits."""
