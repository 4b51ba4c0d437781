"""STATE: from the probabilities of single windows to one label that stays."""
