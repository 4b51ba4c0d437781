"""BYTES: events onto ZeroMQ sockets, and back into events for who listens."""
