"""Whether a model says the same of the same music, quiet or loud."""

import numpy as np

from genred.model.classifier import Classifier
from genred_train.features.ranges import GAINS_DB, Heard
from genred_train.features.rows import window_starts


def gain_agreement(model: Classifier, heard: Heard) -> dict[float, float]:
    """Return, for each gain in dB but 0, the share of windows with the label that 0 dB has."""
    spec = model.metadata.features
    said: dict[float, list[int]] = {gain_db: [] for gain_db in GAINS_DB}
    for piece in heard:
        for gain_db, rows in zip(GAINS_DB, piece(), strict=True):
            for start in window_starts(len(rows), spec):
                window = rows[start : start + spec.window_frames]
                said[gain_db].append(int(model.probabilities(window).argmax()))
    plain = np.array(said.pop(0.0))
    return {gain_db: float((np.array(labels) == plain).mean()) for gain_db, labels in said.items()}
