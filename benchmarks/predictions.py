"""One prediction, from a window of frames to probabilities: CPU milliseconds."""

import statistics
from collections.abc import Callable

import keras
import librosa
import numpy as np
from timing import compare, goal, table

from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred_train.features.ranges import Ranges
from genred_train.models.residual import residual

CALLS = 20


def repeated(work: Callable[[], None], times: int) -> None:
    """Do it so many times."""
    for _ in range(times):
        work()


def run(rounds: int) -> None:
    """Measure the shipped model beside what the tutorials do."""
    model = Classifier(load_model("base"))
    spec = model.metadata.features
    rng = np.random.default_rng(0)
    sound = rng.standard_normal(3 * spec.sample_rate).astype(np.float32) * 0.1
    rows = rng.standard_normal(spec.input_shape[:2]).astype(np.float32) * 50
    ranges = Ranges.of(model.metadata.offset, model.metadata.scale)
    network = residual(spec, len(model.metadata.labels), ranges.offset, ranges.scale)

    def tutorial() -> None:
        found = librosa.feature.mfcc(
            y=sound, sr=spec.sample_rate, n_mfcc=spec.n_mfcc, hop_length=spec.hop_length
        )
        window = np.resize(found.T, spec.input_shape[:2])[None, ..., None]
        network.predict(window, verbose=0)

    ours = "genred-base, int8, LiteRT"
    spent = compare(
        {
            ours: lambda: [model.probabilities(rows) for _ in range(CALLS)],
            "librosa window + keras.predict, same network": lambda: repeated(tutorial, CALLS // 4),
        },
        rounds,
    )
    for name in spent:
        if name != ours:
            spent[name] = [seconds * 4 for seconds in spent[name]]
    table("one prediction", spent, CALLS, "ms", ours)
    goal("ours", statistics.median(spent[ours]) / CALLS * 1e3, 0.5, "ms")
    keras.backend.clear_session()
