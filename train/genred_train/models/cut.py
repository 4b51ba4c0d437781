"""How much a model hears below a window's maximum: known without Keras."""

CUT_DB = 60.0
"""Arrays cut at 80 dB below their clip's maximum and a stream's uncut windows agree at this depth
and do not at 80."""
