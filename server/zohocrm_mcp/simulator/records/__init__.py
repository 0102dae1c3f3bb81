"""Reading and writing records: paging, checks, outcomes."""
