"""Many trials side by side, from one file."""
