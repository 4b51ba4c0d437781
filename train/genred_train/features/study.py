"""The 24 data sets of the study that crossed augmentation, derivatives, representation and length.

44,100 Hz, n_fft 2048, hop 512, 128 bands. Its 3 s are told as 288 frames, which are 3.3 s.
"""

from itertools import product
from typing import Literal

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.features.recipe import Recipe

_FRAMES = {"30s": 2584, "10s": 862, "3s": 288}
_SETS = ("plain", "derivatives", "augmented", "both")
STUDY = tuple("-".join(name) for name in product(("mel", "mfcc"), _FRAMES, _SETS))
"""names of all 24; four differ on disk, for all but changes and excerpts is applied on reading"""


def study_recipe(name: str, seed: int = 0, noises: str | None = None) -> Recipe:
    """Return the recipe of one data set of the study; raises UsageError for a name not in STUDY."""
    if name not in STUDY:
        raise UsageError(f'--study "{name}" is none of its 24; they are {", ".join(STUDY)}')
    kind, length, changed = name.split("-")
    augmented = changed in ("augmented", "both")
    return Recipe(
        features=_features(kind, _FRAMES[length], derivatives=changed in ("derivatives", "both")),
        pieces="excerpts" if length == "10s" else "whole",
        augment=("pitch", "noise") if augmented else (),
        versions=3 if augmented else 1,
        seed=seed,
        noises=noises,
    )


def _features(kind: str, frames: int, *, derivatives: bool) -> FeatureSpec:
    rows: Literal["mfcc", "logmel"] = "mfcc" if kind == "mfcc" else "logmel"
    return FeatureSpec(
        sample_rate=44100,
        hop_length=512,
        fmax=22050.0,
        kind=rows,
        n_mfcc=13 if kind == "mfcc" else 128,
        window_frames=frames,
        interval_frames=frames,
        deltas=2 if derivatives else 0,
    )
