"""The network that a run fits: built by name, gone on from a saved one, or several averaged."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
from keras import ops

from genred.errors import GenredError, UsageError
from genred.features.spec import FeatureSpec
from genred_train.features.ranges import Ranges
from genred_train.fitting.options import FitOptions
from genred_train.fitting.run import Run, RunConfig
from genred_train.models.named import build

LOGITS, EMBEDDING, SIDE = "logits", "embedding", "side"


def fresh(options: FitOptions, spec: FeatureSpec, n_labels: int, ranges: Ranges) -> Any:
    """Build the named network: rows -> logits."""
    built = build(options.model, spec, n_labels, ranges)
    return keras.Model(built.input, built.output[0], name=built.name)


def saying(network: Any, dims: int, *, labelled: bool) -> Any:
    """Return the network as it is fitted: rows -> logits, or -> a dict with `side` too.

    With `dims` it also says what teachers say, from its embedding; a head of a network that was
    gone on from is kept where it says as many values. Not `labelled`: it says nothing else.
    """
    logits = network.get_layer(LOGITS).output
    if not dims:
        return keras.Model(network.input, logits, name=network.name)
    side = network.output.get(SIDE) if isinstance(network.output, dict) else None
    if side is None or side.shape[-1] != dims:
        head = keras.layers.Dense(dims, name=SIDE, dtype="float32")
        side = head(network.get_layer(EMBEDDING).output)
    said = {LOGITS: logits, SIDE: side} if labelled else {SIDE: side}
    return keras.Model(network.input, said, name=network.name)


def begun_from(path: Path, spec: FeatureSpec, n_labels: int, freeze: int) -> Any:
    """Take a saved model up to its embedding and give it a new head; freeze its first layers.

    Raises GenredError if it can't be read, or hears windows of another shape.
    """
    saved = load_network(path)
    shape = tuple(saved.input.shape[1:])
    if shape != spec.input_shape:
        raise GenredError(f"{path}: hears windows of {shape}, these are {spec.input_shape}")
    embedding = saved.get_layer(EMBEDDING).output
    if freeze > len(saved.layers):
        raise UsageError(f"--freeze {freeze}: {path} has {len(saved.layers)} layers")
    for layer in saved.layers[:freeze]:
        layer.trainable = False
    kept = keras.layers.Dropout(0.3, name="new_dropout")(embedding)
    logits = keras.layers.Dense(n_labels, name=LOGITS, dtype="float32")(kept)
    # What it said of teachers' answers stays within reach, for `saying`.
    said = saved.output if isinstance(saved.output, dict) else {}
    return keras.Model(saved.input, {**said, LOGITS: logits} if said else logits, name=saved.name)


def load_network(path: Path) -> Any:
    """Load a network that was saved here; raises GenredError, one line, for another file."""
    try:
        saved = keras.models.load_model(path, compile=False)
        saved.get_layer(EMBEDDING)
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise GenredError(f"{path}: no network of genred-train ({reason})") from error
    return saved


def logits_of(network: Any, windows: Any) -> Any:
    """Return what a network says of windows."""
    return logits_in(network(windows, training=False))


def logits_in(said: Any) -> Any:
    """Return the logits of what a network said; one that averages others gives an embedding too."""
    if isinstance(said, dict):
        return said[LOGITS]
    return said[0] if isinstance(said, (list, tuple)) else said


def says_labels(network: Any) -> bool:
    """Whether a network says labels; one that was pretrained says only what teachers said."""
    return not isinstance(network.output, dict) or LOGITS in network.output


def side_dims(network: Any) -> int:
    """Count the values that a network says beside its labels, as it was taught."""
    return int(network.output[SIDE].shape[-1]) if isinstance(network.output, dict) else 0


def both_outputs(network: Any) -> Any:
    """Return the network with its embedding beside its logits: rows -> [logits, embedding]."""
    outputs = [network.get_layer(name).output for name in (LOGITS, EMBEDDING)]
    return keras.Model(network.input, outputs, name=network.name)


def check_alike(runs: Sequence[Run], config: RunConfig) -> None:
    """Raise GenredError for the first run that hears or names other things than `config`."""
    for run in runs:
        for name in ("labels", "features", "offset", "scale"):
            if getattr(run.config, name) != getattr(config, name):
                raise GenredError(
                    f"{run.folder}: its {name} are others; runs go together when they hear the "
                    "same: same genres, same --audio, same --segment, --kind, --n-mfcc, --deltas"
                )


def averaged(members: Sequence[Run], head: str | None) -> Any:
    """Join runs that hear the same into one network: the mean of what they claim, as logits.

    Source of the rule: the average of probabilities, Lakshminarayanan et al., Simple and Scalable
    Predictive Uncertainty Estimation (2017).
    """
    given = keras.Input(members[0].config.features.input_shape, name="rows")
    claims, embeddings = [], []
    for number, member in enumerate(members):
        network = both_outputs(load_network(member.best))
        network.name = f"member_{number}"
        logits, embedding = network(given)
        claims.append(ops.sigmoid(logits) if head == "sigmoid" else ops.softmax(logits))
        embeddings.append(embedding)
    mean = ops.clip(sum(claims) / len(claims), 1e-6, 1 - 1e-6)
    logits = ops.log(mean / (1 - mean)) if head == "sigmoid" else ops.log(mean)
    logits = keras.layers.Identity(name=LOGITS)(logits)
    joined = keras.layers.Concatenate(name=EMBEDDING)(embeddings)
    return keras.Model(given, [logits, joined], name="ensemble")
