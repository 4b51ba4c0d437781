"""Clips to fit and measure on, from wherever they lie: arrays, or a prepared folder."""

from pathlib import Path

from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.collection.arrays import load_arrays
from genred_train.collection.clips import Clips
from genred_train.collection.prepared import load_prepared

FRAME_FIELDS = ("sample_rate", "n_fft", "hop_length", "n_mels", "fmin", "fmax")
"""what mel bands on disk can no longer change; all else is applied as they are read"""


def load_clips(path: Path, spec: FeatureSpec, *, labelled: bool = True) -> Clips:
    """Read an .npz of log-mel arrays, or a folder that `genred-train prepare` made.

    Arrays may lack labels where none are asked for.

    Raises GenredError, one line, if it is neither, or if its frames are not those of `spec`.
    """
    if not path.is_dir():
        return load_arrays(path, spec, labelled=labelled)
    clips = load_prepared(path)
    check_frames(clips, spec, str(path))
    return clips


def check_frames(clips: Clips, spec: FeatureSpec, where: str) -> None:
    """Raise GenredError naming the first field of the frames that differs from the model's."""
    for name in FRAME_FIELDS:
        found, needed = getattr(clips.spec, name), getattr(spec, name)
        if found != needed:
            option = "--" + name.replace("_", "-")
            raise GenredError(
                f"{where}: {name} is {found}, the model's is {needed}; "
                f"prepare the collection with {option} {needed}, or choose another model"
            )


def spec_of(path: Path) -> FeatureSpec | None:
    """Return what a prepared folder was prepared for; arrays leave it to the model: None."""
    return load_prepared(path).spec if path.is_dir() else None
