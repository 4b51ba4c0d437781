"""Batches as a backend of Keras takes them: drawn ahead, in order, without end.

Both kinds have `map`, as a tf.data.Dataset has, so that what is made of a batch is written once.
"""

import os
from typing import Any

import keras

from genred.features.spec import FeatureSpec
from genred_train.fitting.batches import Batches
from genred_train.fitting.series import Series, drawn

_AHEAD = 4
"""batches"""
_MOST_PROCESSES = 8


def feed(batches: Batches, spec: FeatureSpec, n_labels: int, first_step: int) -> Any:
    """Make an endless series of (windows, targets, weights, answers) from a step on.

    Under TensorFlow a thread beside it draws them. Another backend is chosen for its accelerator,
    which waits for augmentation, so there every core but one does, eight of them at most.
    """
    if keras.backend.backend() == "tensorflow":
        return _dataset(batches, spec, n_labels, first_step)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Series(lambda: drawn(batches, first_step, min(_MOST_PROCESSES, (cores or 1) - 1)))


def taken(fed: Any) -> Any:
    """Return a series as `Model.fit` takes it: a dataset, or a generator."""
    return iter(fed) if isinstance(fed, Series) else fed


def _dataset(batches: Batches, spec: FeatureSpec, n_labels: int, first_step: int) -> Any:
    import tensorflow as tf  # noqa: PLC0415 - of this backend alone

    numbers = tf.data.Dataset.range(first_step, tf.int64.max).map(
        lambda step: tf.numpy_function(
            lambda number: tuple(batches.step(int(number))), [step], [tf.float32] * 4
        )
    )
    shapes = ((None, *spec.input_shape), (None, n_labels), (None,), (None, 2, batches.dims))
    return numbers.map(
        lambda *batch: tuple(
            tf.ensure_shape(tensor, shape) for tensor, shape in zip(batch, shapes, strict=True)
        )
    ).prefetch(_AHEAD)
