"""Fitted networks that say what another one shall say, beside the labels."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from genred.errors import GenredError
from genred_train.fitting.network import (
    SIDE,
    check_alike,
    load_network,
    logits_in,
    says_labels,
    side_dims,
)
from genred_train.fitting.options import FitOptions
from genred_train.fitting.run import Run, RunConfig


def answered(teachers: Sequence[Run], options: FitOptions, dims: int) -> int:
    """Return how many values beside labels are fitted: `dims` of files, or those that teachers say.

    Raises GenredError where a teacher says none, or where files say them too.
    """
    if not options.teacher_answers:
        return dims
    if dims:
        raise GenredError("teacher_answers: files of the mixture have answers too; leave them out")
    sizes = {side_dims(load_network(teacher.best)) for teacher in teachers}
    if len(sizes) != 1 or 0 in sizes:
        raise GenredError(
            "teacher_answers: give --teacher RUN that learnt answers beside labels, or leave it out"
        )
    return sizes.pop()


def softened(batches: Any, teachers: Sequence[Run], config: RunConfig) -> Any:
    """Mix into each target what the teachers, averaged, say of the very same window.

    With `teacher_answers` what they say beside labels takes the place of the batches' answers.
    Source: Hinton, Vinyals, Dean, Distilling the Knowledge in a Neural Network (2015); that both
    hear the same changed and mixed window: Beyer et al., Knowledge distillation: A good teacher is
    patient and consistent (2022).
    Raises GenredError for a teacher that hears or names other things than the run.
    """
    check_alike(teachers, config)
    networks = [load_network(teacher.best) for teacher in teachers]
    options = config.options
    if not all(says_labels(network) for network in networks):
        return batches.map(lambda *batch: (*batch[:3], _answers(networks, batch[0])))
    squash = ops.sigmoid if options.head == "sigmoid" else ops.softmax

    def soften(windows: Any, targets: Any, weights: Any, answers: Any) -> Any:
        targets, weights = ops.convert_to_tensor(targets), ops.convert_to_tensor(weights)
        heard = _heard(networks, windows)
        said = [squash(logits_in(one) / options.teacher_temperature) for one in heard]
        mean = sum(said) / len(said)
        # A window without a label is worth as much as one with: what teachers say is its target.
        known = ops.cast(weights > 0, "float32")
        share = 1 - known * (1 - options.teacher_share)
        mixed = share[:, None] * mean + (1 - share[:, None]) * targets
        if options.teacher_answers:
            answers = _told(heard)
        return windows, mixed, weights + (1 - known), answers

    return batches.map(soften)


def _answers(networks: Sequence[Any], windows: Any) -> Any:
    return _told(_heard(networks, windows))


def _told(heard: Sequence[Any]) -> Any:
    """Average what teachers say beside labels, all of it known: (n, 2, dims)."""
    values = sum(one[SIDE] for one in heard) / len(heard)
    return ops.stack([values, ops.ones_like(values)], axis=1)


def _heard(networks: Sequence[Any], windows: Any) -> list[Any]:
    """Let all hear the same; nothing is learnt through what they say."""
    said = [network(windows, training=False) for network in networks]
    return [keras.tree.map_structure(ops.stop_gradient, one) for one in said]
