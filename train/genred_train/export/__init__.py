"""From a fitted network to a model file."""
