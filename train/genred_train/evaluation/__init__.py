"""Honest figures: by window and by track, with intervals, without TensorFlow or librosa."""
