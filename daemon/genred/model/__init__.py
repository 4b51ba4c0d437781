"""PROBABILITIES: the model file, its numbers, and the network that runs."""
