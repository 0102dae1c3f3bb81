"""The only room that knows the official SDK: session, transport, calls, faults."""
