"""Small programs that the daemon runs beside itself, so that no sound library can take it along.

Each is `python -m genred.audio.children.NAME`, imports only what it needs, tells what it knows in
lines of JSON, and ends when its stdin does: when the daemon is gone.
"""
