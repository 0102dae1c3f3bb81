"""Records: a generated base, what was written over it, and how values look on the wire."""
