"""Single records and pages of them: where they come from, how they are read and changed, what hangs on them."""
