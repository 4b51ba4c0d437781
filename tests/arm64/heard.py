"""What a machine makes of a fixed sound and of the demo: one JSON object, to compare with others.

python heard.py DEMO
"""

import json
import platform
import resource
import sys
import time
from pathlib import Path

import numpy as np

from genred.features.mfcc import StreamingMfcc
from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred.recording import classify

RATE = 22050
SECONDS = 4


def sound() -> np.ndarray:
    """Return a chirp in noise: the same numbers on every machine."""
    moments = np.arange(SECONDS * RATE) / RATE
    noise = np.random.default_rng(0).standard_normal(len(moments))
    chirp = np.sin(2 * np.pi * (100 + 1000 * moments) * moments)
    return (0.3 * chirp + 0.05 * noise).astype(np.float32)


def main() -> None:
    """Hear both, and say what, how fast, and in how much memory."""
    began_s = time.perf_counter()
    package = load_model("base")
    model = Classifier(package)
    loaded_s = time.perf_counter() - began_s
    mfcc = StreamingMfcc(package.metadata.features)
    rows = np.concatenate([mfcc.push(sound()), mfcc.flush()])
    window = rows[: package.metadata.features.window_frames]
    began_s = time.perf_counter()
    probabilities = [float(p) for p in model.probabilities(window)]
    inference_s = time.perf_counter() - began_s
    began_s = time.perf_counter()
    recording = classify(Path(sys.argv[1]), model)
    told = {
        "machine": platform.machine(),
        "rows": rows.tolist(),
        "probabilities": probabilities,
        "segments": [[s.genre, s.start, s.end] for s in recording.segments],
        "load_s": loaded_s,
        "inference_s": inference_s,
        "demo_s": time.perf_counter() - began_s,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
