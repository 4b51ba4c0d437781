"""The daemon's life: where source, pipeline, sockets and clock meet."""
