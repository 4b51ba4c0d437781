"""A network from its plan: convolutions, pooling, normalisation, dense layers, in their order."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.models.level import levelled
from genred_train.models.plan import Plan, Stage


def convolutional(
    plan: Plan,
    spec: FeatureSpec,
    n_labels: int,
    offset: NDArray[np.float64],
    scale: NDArray[np.float64],
    *,
    batch_size: int | None = None,
) -> Any:
    """Build rows (window_frames, n_coefficients, channels) -> [logits (n_labels,), embedding].

    The embedding is what the last dense layer sees, before dropout. Raises GenredError if the
    window is too small for the plan.
    """
    plan.check(spec)
    given = keras.Input(spec.input_shape, batch_size=batch_size, name="rows")
    x = levelled(given, spec, offset, scale)
    for stage in plan.stages:
        x = _staged(x, stage, plan)
    if plan.normalised == "at the end":
        x = keras.layers.BatchNormalization()(x)
    embedding = _embedding(x, plan.dense)
    kept = keras.layers.Dropout(plan.dropout)(embedding) if plan.dropout else embedding
    logits = keras.layers.Dense(n_labels, name="logits", dtype="float32")(kept)
    return keras.Model(given, [logits, embedding], name="convolutional")


def _staged(x: Any, stage: Stage, plan: Plan) -> Any:
    x = keras.layers.Conv2D(stage.width, stage.kernel, padding=_padding(same=stage.same))(x)
    if plan.normalised == "before ReLU":
        x = keras.layers.BatchNormalization()(x)
    x = keras.layers.ReLU()(x)
    if stage.pool:
        padding = _padding(same=stage.pool.same)
        x = keras.layers.MaxPooling2D(stage.pool.size, stage.pool.stride, padding)(x)
    return keras.layers.BatchNormalization()(x) if plan.normalised == "after pooling" else x


def _embedding(x: Any, dense: int) -> Any:
    if not dense:
        return keras.layers.Flatten(name="embedding", dtype="float32")(x)
    flat = keras.layers.Flatten()(x)
    return keras.layers.Dense(dense, activation="relu", name="embedding", dtype="float32")(flat)


def _padding(*, same: bool) -> str:
    return "same" if same else "valid"
