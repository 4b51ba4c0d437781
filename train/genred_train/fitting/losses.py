"""What a fit makes small: by labels, by teachers' answers, or by both."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from genred_train.fitting.network import LOGITS, SIDE
from genred_train.fitting.options import FitOptions

_HALF = 0.5


@keras.saving.register_keras_serializable("genred")  # type: ignore[untyped-decorator]
def labels_right(targets: Any, logits: Any) -> Any:
    """Share of labels, each alone, that are said rightly; a target over a half is one."""
    return ops.mean(ops.equal(targets > _HALF, logits > 0), axis=-1)


@keras.saving.register_keras_serializable("genred")  # type: ignore[untyped-decorator]
def answers_missed(answers: Any, said: Any) -> Any:
    """Mean squared error of each window (n,) over all values; what is not known misses nothing.

    `answers` is (n, 2, dims): standardised values, and 1 where they are known.
    """
    values, known = answers[:, 0], answers[:, 1]
    return ops.mean(known * ops.square(said - values), axis=-1)


def compiled(model: Any, optimizer: Any, options: FitOptions) -> None:
    """Compile a network for what it says: logits, answers, or both."""
    losses, several = keras.losses, options.head == "sigmoid"
    kind = losses.BinaryCrossentropy if several else losses.CategoricalCrossentropy
    by_labels = kind(from_logits=True)
    right = labels_right if several else "accuracy"
    # XLA takes half as long again for these convolutions on a CPU.
    if SIDE not in model.output_names:
        model.compile(optimizer, by_labels, weighted_metrics=[right], jit_compile=False)
    elif LOGITS not in model.output_names:
        model.compile(optimizer, answers_missed, jit_compile=False)
    else:
        model.compile(
            optimizer,
            {LOGITS: by_labels, SIDE: answers_missed},
            loss_weights={LOGITS: 1.0, SIDE: options.side_weight},
            weighted_metrics={LOGITS: [right]},
            jit_compile=False,
        )


def as_told(model: Any) -> Callable[..., tuple[Any, ...]]:
    """Return what turns a batch into what `model.fit` takes for this network."""
    if SIDE not in model.output_names:
        return lambda windows, targets, weights, _answers: (windows, targets, weights)
    if LOGITS not in model.output_names:
        return lambda windows, _targets, _weights, answers: (windows, answers)
    return lambda windows, targets, weights, answers: (
        windows,
        {LOGITS: targets, SIDE: answers},
        {LOGITS: weights, SIDE: ops.ones_like(weights)},
    )
