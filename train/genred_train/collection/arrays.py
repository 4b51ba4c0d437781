"""Log-mel arrays: clips of a collection as uint8 decibels, with their labels.

`X` (clips, frames, n_mels) counts down from each clip's maximum to `db_min[clip]` in 256 steps.
"""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.spec import FeatureSpec


@dataclass(frozen=True)
class ClipArrays:
    """Labelled clips in memory; `y[i]` indexes `genres`."""

    name: str
    x: NDArray[np.uint8]
    y: NDArray[np.int64]
    genres: list[str]
    ids: list[str]
    db_min: NDArray[np.float32]
    sha256: str
    frame_index: NDArray[np.int64] | None

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def levels_db(self, clip: int) -> NDArray[np.float32]:
        """Mel bands of one clip, (frames, n_mels), in dB below its own maximum."""
        return decibels(self.x[clip], self.db_min[clip])

    def label(self, clip: int) -> str:
        """Genre of one clip."""
        return self.genres[int(self.y[clip])]

    def hours(self, spec: FeatureSpec) -> float:
        """Length of all clips together."""
        clips, frames = self.x.shape[:2]
        return float(clips * frames * spec.hop_length / spec.sample_rate / 3600)


def decibels(x: NDArray[np.uint8], db_min: NDArray[np.float32]) -> NDArray[np.float32]:
    """Decibels below a clip's maximum that the bytes of an array stand for."""
    return (db_min * (1 - (x.astype(np.float32) + 0.5) / 256)).astype(np.float32)


def load_arrays(path: Path, spec: FeatureSpec) -> ClipArrays:
    """Read one .npz; raises GenredError, one line, for anything that is not such a file.

    The file's own figures must be those of `spec`: rate, transform and bands (not the hop, which
    is 914 samples in the mean only).
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GenredError(f"{path}: {error.strerror}; give a log-mel .npz") from error
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as data:
            arrays = {key: data[key] for key in data.files}
    except (ValueError, BadZipFile, OSError, EOFError) as error:
        raise GenredError(f"{path}: not an .npz of arrays ({error})") from error
    missing = {"X", "y", "genres", "ids", "db_min", "spec"} - set(arrays)
    if missing:
        raise GenredError(f"{path}: lacks {', '.join(sorted(missing))}; see docs/training.md")
    try:
        _check_spec(path, json.loads(str(arrays["spec"])), spec)
    except ValueError as error:
        raise GenredError(f"{path}: spec is no JSON ({error})") from error
    x = arrays["X"]
    if x.ndim != 3 or x.shape[2] != spec.n_mels or x.shape[1] < spec.window_frames:  # noqa: PLR2004
        raise GenredError(
            f"{path}: X has shape {x.shape}; needed (clips, {spec.window_frames} or more frames, "
            f"{spec.n_mels})"
        )
    if not len(x):
        raise GenredError(f"{path}: holds no clip")
    if not len(x) == len(arrays["y"]) == len(arrays["ids"]) == len(arrays["db_min"]):
        raise GenredError(f"{path}: X, y, ids and db_min differ in length")
    if not np.isin(arrays["y"], np.arange(len(arrays["genres"]))).all():
        raise GenredError(f"{path}: y goes beyond genres")
    return ClipArrays(
        name=f"{path.resolve().parent.name}/{path.stem}",
        x=x,
        y=arrays["y"].astype(np.int64),
        genres=[str(genre) for genre in arrays["genres"]],
        ids=[str(clip) for clip in arrays["ids"]],
        db_min=arrays["db_min"].astype(np.float32),
        sha256=hashlib.sha256(content).hexdigest(),
        frame_index=arrays.get("frame_index"),
    )


def _check_spec(path: Path, found: dict[str, object], spec: FeatureSpec) -> None:
    for field in ("sample_rate", "n_fft", "n_mels", "fmin", "fmax"):
        needed = getattr(spec, field)
        if field in found and found[field] != needed:
            raise GenredError(f"{path}: {field} is {found[field]}, the model's is {needed}")
