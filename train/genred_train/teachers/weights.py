"""Weights out of a Keras .h5 file into networks whose layers are called as its groups."""

import importlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genred.audio.file import printable
from genred.errors import GenredError

_COUNTED = re.compile(r"(_\d+)?(:\d+)?$")


def take_weights(path: Path, networks: Sequence[Any]) -> None:
    """Fill all layers of the networks; each has to be in the file, and no others.

    Raises GenredError, one line, for a file that is none of these networks'.
    """
    held = _read(path)
    layers = [layer for network in networks for layer in network.layers if layer.weights]
    unknown = sorted({name for name, _ in held} - {layer.name for layer in layers})
    if unknown:
        raise _other(path, f"it has a layer {unknown[0]}, which the teacher has not")
    for layer in layers:
        layer.set_weights([_fitting(path, held, layer.name, one) for one in layer.weights])


def _fitting(
    path: Path, held: dict[tuple[str, str], NDArray[Any]], layer: str, weight: Any
) -> NDArray[Any]:
    name = f"{layer}'s {weight.name}"
    if (layer, weight.name) not in held:
        raise _other(path, f"it lacks {name}")
    values, needed = held[layer, weight.name], tuple(weight.shape)
    if values.shape != needed:
        raise _other(path, f"{name} has shape {values.shape}, the teacher's has {needed}")
    if not np.isfinite(values).all():
        raise GenredError(f"{printable(path)}: {name} is not finite; fetch the file anew")
    return values


def _read(path: Path) -> dict[tuple[str, str], NDArray[Any]]:
    """Return all arrays of a file by (layer, weight); counters at the end of names are dropped."""
    name = printable(path)
    try:
        with path.open("rb"):
            pass
        h5py = importlib.import_module("h5py")  # comes with Keras, has no types
        with h5py.File(path) as file:
            return dict(_arrays(file.get("model_weights", file), h5py.Dataset))
    except ImportError as error:
        raise GenredError("needs h5py: install the extra, pip install 'genred[train]'") from error
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise GenredError(f"{name}: {error.strerror}; give the teacher's weights") from error
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise GenredError(f"{name}: no whole HDF5 file; give the teacher's .h5 weights") from error


def _arrays(root: Any, dataset: type) -> Iterator[tuple[tuple[str, str], NDArray[Any]]]:
    for layer in root:
        for weight, values in _below(root[layer], dataset, ""):
            yield (layer, _COUNTED.sub("", weight)), values


def _below(item: Any, dataset: type, name: str) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(item, dataset):
        yield name, np.asarray(item)
        return
    for key in item:
        yield from _below(item[key], dataset, key)


def _other(path: Path, what: str) -> GenredError:
    return GenredError(f"{printable(path)}: not this teacher's weights: {what}; give another file")
