"""Fitted networks that say what another one shall say, beside the labels."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from genred_train.fitting.network import check_alike, load_network, logits_of
from genred_train.fitting.run import Run, RunConfig


def softened(batches: Any, teachers: Sequence[Run], config: RunConfig) -> Any:
    """Mix into each target what the teachers, averaged, say of the very same window.

    Source: Hinton, Vinyals, Dean, Distilling the Knowledge in a Neural Network (2015).
    Raises GenredError for a teacher that hears or names other things than the run.
    """
    check_alike(teachers, config)
    networks = [load_network(teacher.best) for teacher in teachers]
    options = config.options
    squash = tf.sigmoid if options.head == "sigmoid" else tf.nn.softmax

    def soften(windows: Any, targets: Any, weights: Any, answers: Any) -> Any:
        said = [
            squash(logits_of(network, windows) / options.teacher_temperature)
            for network in networks
        ]
        mean = tf.add_n(said) / len(said)
        # A window without a label is worth as much as one with: what teachers say is its target.
        known = tf.cast(weights > 0, tf.float32)
        share = 1 - known * (1 - options.teacher_share)
        mixed = share[:, None] * mean + (1 - share[:, None]) * targets
        return windows, mixed, weights + (1 - known), answers

    return batches.map(soften)
