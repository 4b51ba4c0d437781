"""The .npz that teachers' answers lie in: its arrays, sorted by what they are."""

import hashlib
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genred.audio.file import printable
from genred.errors import GenredError

_LEAST_AXES = 2
_MOST_AXES = 3
_FRAMES = "X"


@dataclass(frozen=True)
class Arrays:
    """What a file holds, or one part of it."""

    name: str
    groups: Mapping[str, NDArray[Any]]
    """answers, int8 or float, two or three axes"""
    scales: Mapping[str, NDArray[np.float32]]
    """of the groups that are int8"""
    others: Mapping[str, NDArray[Any]]
    """`ids`, and `tags`, `count`, `start_s`, `interval_frames` where there are"""
    sha256: str


def read_targets(path: Path, part: str) -> Arrays:
    """Read all answers of a file; `part` is what their names begin with, without the `_`.

    Raises GenredError, one line, for what is no such file or has no such part.
    """
    name = printable(path)
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        arrays = _load(path)
    except OSError as error:
        raise GenredError(f"{name}: {error.strerror or error}; give teachers' answers") from error
    except (ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise GenredError(f"{name}: not an .npz of arrays ({error})") from error
    own = _of_part(name, arrays, part)
    groups = {key: values for key, values in own.items() if _is_group(values)}
    if not groups:
        raise GenredError(f"{name}: holds no answers; make some: genred-train teach-targets")
    scales = {key: _scale(name, own, key) for key in groups if groups[key].dtype == np.int8}
    others = {key: values for key, values in own.items() if key not in groups}
    return Arrays(f"{name}, {part}" if part else name, groups, scales, others, sha256)


def write_targets(
    path: Path,
    ids: Sequence[str],
    said: Sequence[Mapping[str, NDArray[np.float16]]],
    tags: Sequence[str],
    interval_frames: int,
) -> None:
    """Write answers (windows, dims) of each clip, one below the other; `count` tells them apart.

    The file appears at the end, or not at all. Raises GenredError, one line, if it can't.
    """
    arrays = {
        "ids": np.array(ids),
        "count": np.array([len(next(iter(one.values()))) for one in said]),
        "tags": np.array(tags),
        "interval_frames": np.array(interval_frames),
    }
    arrays |= {kind: np.concatenate([one[kind] for one in said]) for kind in said[0]}
    part = _part(path)
    try:
        with part.open("wb") as file:
            # numpy's stub takes any name for its flag, allow_pickle.
            np.savez(file, **arrays)  # type: ignore[arg-type]
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def check_writable(path: Path) -> None:
    """Raise GenredError, one line, unless answers can be written there: before hours of work."""
    if path.suffix != ".npz" or path.is_dir():
        raise GenredError(f"{printable(path)}: has to be a file that ends in .npz")
    part = _part(path)
    try:
        part.touch()
        part.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def _part(path: Path) -> Path:
    return path.with_name(f".genred-{path.name}")


def _unwritable(path: Path, error: OSError) -> GenredError:
    return GenredError(f"{printable(path)}: {error.strerror or error}; give another --out")


def _load(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as data:
        return {key: data[key] for key in data.files if key != _FRAMES}


def _of_part(name: str, arrays: dict[str, NDArray[Any]], part: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a part under their plain names."""
    prefix = f"{part}_" if part else ""
    if f"{prefix}ids" not in arrays:
        raise GenredError(f"{name}: {_lacking(arrays, part)}")
    if not part:
        return arrays
    return {key.removeprefix(prefix): arrays[key] for key in arrays if key.startswith(prefix)}


def _lacking(arrays: dict[str, NDArray[Any]], part: str) -> str:
    parts = sorted(key.removesuffix("_ids") for key in arrays if key.endswith("_ids"))
    if parts:
        return f'has no part "{part}", only {" and ".join(parts)}; name one of them'
    return f'has no part "{part}"; name none' if part else "lacks ids; see docs/training.md"


def _is_group(values: NDArray[Any]) -> bool:
    answers = values.dtype.kind == "f" or values.dtype == np.int8
    return answers and _LEAST_AXES <= values.ndim <= _MOST_AXES


def _scale(name: str, arrays: dict[str, NDArray[Any]], key: str) -> NDArray[np.float32]:
    """Return what int8 answers are multiplied by: `logits` have a `logit_scale`."""
    for scale in (f"{key}_scale", f"{key.removesuffix('s')}_scale"):
        if scale in arrays:
            return arrays[scale].astype(np.float32)
    raise GenredError(f"{name}: {key} is int8 and has no {key}_scale; make it anew")
