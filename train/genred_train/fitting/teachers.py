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

    def soften(windows: Any, targets: Any, weights: Any) -> Any:
        said = [
            squash(logits_of(network, windows) / options.teacher_temperature)
            for network in networks
        ]
        mean = tf.add_n(said) / len(said)
        share = options.teacher_share
        return windows, share * mean + (1 - share) * targets, weights

    return batches.map(soften)
