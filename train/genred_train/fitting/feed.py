"""Batches as TensorFlow takes them: drawn ahead in a thread, in order, without end."""

from typing import Any

import tensorflow as tf

from genred.features.spec import FeatureSpec
from genred_train.fitting.batches import Batches

_AHEAD = 4


def feed(batches: Batches, spec: FeatureSpec, n_labels: int, first_step: int) -> Any:
    """Make a tf.data.Dataset of (windows, targets, weights, answers) from a step on."""
    drawn = tf.data.Dataset.range(first_step, tf.int64.max).map(
        lambda step: tf.numpy_function(
            lambda number: tuple(batches.step(int(number))), [step], [tf.float32] * 4
        )
    )
    shapes = ((None, *spec.input_shape), (None, n_labels), (None,), (None, 2, batches.dims))
    return drawn.map(
        lambda *batch: tuple(
            tf.ensure_shape(tensor, shape) for tensor, shape in zip(batch, shapes, strict=True)
        )
    ).prefetch(_AHEAD)
