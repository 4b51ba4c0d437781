"""Networks' outputs that nobody computed: music on one side of an embedding, noise on the other."""

import numpy as np

from genred.model.metadata import DataUse
from genred.model.scores import Outputs
from genred_train.rejection.sounds import Sounds

NUMBERS = 6
"""of an embedding"""


def sounds(name: str, middle: float, *, tracks: int = 30, kinds: int = 3, seed: int = 0) -> Sounds:
    """Make tracks whose embeddings lie about `middle` in each number, labels drawn at random."""
    rng = np.random.default_rng(seed)
    heard = []
    for _ in range(tracks):
        windows = int(rng.integers(2, 9))
        logits = rng.normal(size=(windows, 3)).astype(np.float32)
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        embedding = rng.normal(middle, 1.0, (windows, NUMBERS)) * 10 + 5
        heard.append(Outputs(shares, logits, embedding.astype(np.float32)))
    return Sounds(
        use=DataUse(name=name, split="rejection fitted on", digest="", clips=tracks, hours=1.0),
        kinds=[f"{name}{track % kinds}" for track in range(tracks)],
        groups=[f"{name} {track // 2}" for track in range(tracks)],
        labelled=[track % 4 != 0 for track in range(tracks)],
        heard=heard,
    )
