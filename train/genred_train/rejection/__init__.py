"""Fitting what a model says of what it does not know: `unknown` and `not_music`."""
