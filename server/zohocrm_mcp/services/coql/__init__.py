"""COQL queries of the caller's own: read only, checked against the schema, completed, paged, explained."""
