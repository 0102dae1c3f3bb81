"""Credits and concurrency of an organisation, shared by all processes."""
