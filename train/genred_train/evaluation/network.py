"""The float network of a run as a listener; imports Keras.

What it says before quantization: without the temperature that an export fits, so compare its
labels and accuracies, not its claims.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.model.classifier import head
from genred.model.metadata import Metadata
from genred_train.evaluation.listener import Listener, Window, filled
from genred_train.features.ranges import Ranges
from genred_train.features.rows import to_channels
from genred_train.fitting.network import load_network, logits_of
from genred_train.fitting.run import Run

_AT_ONCE = 256


def network_listener(run: Run, exported: Metadata | None) -> Listener:
    """Load the best epoch of a run; the head's thresholds are those of the file exported from it.

    Raises GenredError if it can't be read, hears or says something else than the run tells, or if
    the file was not exported from this run.
    """
    config = run.config
    try:
        digest = hashlib.sha256(run.best.read_bytes()).hexdigest()
    except OSError as error:
        raise GenredError(f"{run.best}: {error.strerror}; fit the run first") from error
    if exported is not None:
        _check_exported(run, digest, exported)
    network = load_network(run.best)
    shapes = tuple(network.inputs[0].shape[1:]), network.outputs[0].shape[-1]
    needed = config.features.input_shape, len(config.labels)
    if shapes != needed:
        raise GenredError(f"{run.best}: its shapes are {shapes}, config.json says {needed}")
    kind = exported.head if exported else config.options.head or "softmax"
    ranges = Ranges.of(config.offset, config.scale)

    def hear(windows: Iterable[Window]) -> NDArray[np.float32]:
        batches = [_logits(network, rows, config.features, ranges) for rows in _batches(windows)]
        return np.array(
            [head(logits, kind) for batch in batches for logits in batch], np.float32
        ).reshape(-1, len(config.labels))

    return Listener(
        name=str(run.best),
        sha256=digest,
        labels=config.labels,
        features=config.features,
        thresholds=filled(config.labels, exported.thresholds if exported else None, kind),
        hear=hear,
        data=config.data,
    )


def _check_exported(run: Run, digest: str, exported: Metadata) -> None:
    """Raise GenredError if a model file can't have been made from a run."""
    for name in ("labels", "features", "offset", "scale"):
        if getattr(exported, name) != getattr(run.config, name):
            raise GenredError(
                f"{run.folder}: its {name} are not the model file's; "
                "give the run that the file was exported from"
            )
    # Absent from files of the first version.
    if exported.training.versions.get("network_sha256", digest) != digest:
        raise GenredError(
            f"{run.best}: the model file was made from another network; "
            "give the run that it was exported from, or export it anew"
        )


def _batches(windows: Iterable[Window]) -> Iterator[NDArray[np.float32]]:
    """Yield windows (n, window_frames, n_coefficients), some at a time; each is copied."""
    rest = iter(windows)
    while batch := [window.copy() for window in islice(rest, _AT_ONCE)]:
        yield np.stack(batch)


def _logits(network: Any, rows: NDArray[np.float32], spec: Any, ranges: Ranges) -> Any:
    normal = ((rows - ranges.offset) / ranges.scale).astype(np.float32)
    said = keras.ops.convert_to_numpy(logits_of(network, to_channels(normal, spec)))
    return np.asarray(said, np.float32)
