"""Log-mel arrays: clips of a collection as uint8 decibels, with their labels.

`X` (clips, frames, n_mels) counts down from each clip's maximum to `db_min[clip]` in 256 steps.
"""

import hashlib
import io
import json
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips, one_hot
from genred_train.collection.levels import ByteLevels


def load_arrays(path: Path, spec: FeatureSpec) -> Clips:
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
    genres = [str(genre) for genre in arrays["genres"]]
    ids = [str(clip) for clip in arrays["ids"]]
    return Clips(
        name=f"{path.resolve().parent.name}/{path.stem}",
        genres=genres,
        ids=ids,
        tracks=ids,
        targets=one_hot(arrays["y"].astype(np.int64), len(genres)),
        levels=ByteLevels(x, arrays["db_min"].astype(np.float32)),
        spec=spec,
        sha256=hashlib.sha256(content).hexdigest(),
        artists=[str(artist) for artist in arrays["artists"]] if "artists" in arrays else [],
        frame_index=arrays.get("frame_index"),
    )


def _check_spec(path: Path, found: dict[str, object], spec: FeatureSpec) -> None:
    for field in ("sample_rate", "n_fft", "n_mels", "fmin", "fmax"):
        needed = getattr(spec, field)
        if field in found and found[field] != needed:
            raise GenredError(f"{path}: {field} is {found[field]}, the model's is {needed}")
