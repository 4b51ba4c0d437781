"""FRAMES, WINDOW: samples become rows of coefficients, rows become windows."""
