"""Log-mel arrays: clips of a collection as uint8 decibels, with their labels.

`X` (clips, frames, n_mels) counts down from each clip's maximum to `db_min[clip]` in 256 steps.
"""

import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips, one_hot
from genred_train.collection.levels import ByteLevels

_ZIP = b"PK"
_MEND = "give an .npz of log-mels or a folder made by genred-train prepare"
_SOURCE_HOP = 512
"""samples between the frames that `frame_index` counts"""
_HOP_TOLERANCE = 0.01
"""share: steps of one or two source frames make 914 in the mean, not each"""


def load_arrays(path: Path, spec: FeatureSpec, *, labelled: bool = True) -> Clips:
    """Read one .npz; raises GenredError, one line, for anything that is not such a file.

    The file's own figures must be those of `spec`: rate, transform, bands and, within 1 %, the
    mean step from one frame to the next. Only where labels are not asked for may they be missing:
    then there are no genres, and targets are (clips, 0).
    """
    content = _content(path)
    arrays = _arrays(path, content)
    if not labelled and "y" not in arrays:
        arrays = arrays | _no_labels(arrays)
    missing = {"X", "y", "genres", "ids", "db_min", "spec"} - set(arrays)
    if missing:
        raise GenredError(f"{path}: lacks {', '.join(sorted(missing))}; see docs/training.md")
    told = _told(path, arrays["spec"])
    _check_spec(path, told, spec)
    _check_hop(path, _hop_length(told, arrays.get("frame_index")), spec)
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
    genres = [str(genre) for genre in arrays["genres"]]
    if genres and not np.isin(arrays["y"], np.arange(len(genres))).all():
        raise GenredError(f"{path}: y goes beyond genres")
    recordings, ids = clip_names(arrays)
    return Clips(
        name=f"{path.resolve().parent.name}/{path.stem}",
        genres=genres,
        ids=ids,
        tracks=recordings,
        targets=one_hot(arrays["y"].astype(np.int64), len(genres)) if genres else _none(x),
        levels=ByteLevels(x, arrays["db_min"].astype(np.float32)),
        spec=spec,
        sha256=hashlib.sha256(content).hexdigest(),
        artists=[str(artist) for artist in arrays["artists"]] if "artists" in arrays else [],
        recordings=_recordings(x, arrays["db_min"]),
        frame_index=arrays.get("frame_index"),
    )


def clip_names(arrays: Mapping[str, NDArray[Any]]) -> tuple[list[str], list[str]]:
    """Return the recordings that clips are of, and the clips' own names.

    They differ where `start_s` tells that clips are excerpts: `id@start`, in seconds.
    """
    recordings = [str(clip) for clip in arrays["ids"]]
    if "start_s" not in arrays:
        return recordings, recordings
    starts = arrays["start_s"].tolist()
    return recordings, [f"{clip}@{s:.1f}" for clip, s in zip(recordings, starts, strict=True)]


def _no_labels(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {"y": np.zeros(len(arrays.get("ids", ())), np.int64), "genres": np.array([], str)}


def _none(x: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.zeros((len(x), 0), np.float32)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise GenredError(f"{path}: no such file or folder; {_MEND}") from error
    except OSError as error:
        raise GenredError(f"{path}: {error.strerror}; {_MEND}") from error


def _arrays(path: Path, content: bytes) -> dict[str, NDArray[Any]]:
    # numpy would take any pickle for an array, and advise to load it.
    if not content.startswith(_ZIP):
        raise GenredError(f"{path}: not an .npz of arrays; {_MEND}")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as data:
            return {key: data[key] for key in data.files}
    except (ValueError, BadZipFile, zlib.error, OSError, EOFError) as error:
        raise GenredError(
            f"{path}: not an .npz of arrays, or damaged; fetch it anew, or {_MEND}"
        ) from error


def _told(path: Path, spec: NDArray[Any]) -> dict[str, Any]:
    try:
        told = json.loads(str(spec))
    except ValueError as error:
        raise GenredError(f"{path}: spec is no JSON ({error})") from error
    if not isinstance(told, dict):
        raise GenredError(f"{path}: spec is no JSON object; see docs/training.md")
    return told


def _check_spec(path: Path, found: dict[str, Any], spec: FeatureSpec) -> None:
    for field in ("sample_rate", "n_fft", "n_mels", "fmin", "fmax"):
        needed = getattr(spec, field)
        if field in found and found[field] != needed:
            raise GenredError(f"{path}: {field} is {found[field]}, the model's is {needed}")


def _hop_length(told: dict[str, Any], frame_index: NDArray[np.int64] | None) -> float:
    """Return the mean step in samples: as the file says, or as its columns lie."""
    if isinstance(told.get("hop_length"), int | float):
        return float(told["hop_length"])
    if frame_index is not None and frame_index.shape[-1] > 1:
        return float(_SOURCE_HOP * np.diff(frame_index, axis=-1).mean())
    return FeatureSpec().hop_length


def _check_hop(path: Path, found: float, spec: FeatureSpec) -> None:
    if abs(found - spec.hop_length) > _HOP_TOLERANCE * spec.hop_length:
        raise GenredError(
            f"{path}: frames are {found:.0f} samples apart, the model's {spec.hop_length}; choose "
            f"a model for that (-72), or prepare the audio with --hop-length {spec.hop_length}"
        )


def _recordings(x: NDArray[np.uint8], db_min: NDArray[np.float32]) -> list[str]:
    """Digest of each clip as it lies in the file."""
    least = np.asarray(db_min, np.float32)
    pairs = zip(x, least, strict=True)
    return [hashlib.sha256(clip.tobytes() + db.tobytes()).hexdigest() for clip, db in pairs]
