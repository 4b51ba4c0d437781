"""Fit a network to clips: one seed, a folder a run, best epoch by the validation part."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from genred.errors import GenredError
from genred_train.features.ranges import Ranges
from genred_train.fitting.backend import repeatable
from genred_train.fitting.batches import Batches
from genred_train.fitting.feed import feed, taken
from genred_train.fitting.judge import Judge, dropout_states, save
from genred_train.fitting.last_layer import refit
from genred_train.fitting.losses import as_told, compiled
from genred_train.fitting.network import SIDE, averaged, begun_from, fresh, load_network, saying
from genred_train.fitting.options import FitOptions
from genred_train.fitting.parts import FitParts
from genred_train.fitting.run import Run, load
from genred_train.fitting.teachers import answered, softened
from genred_train.teachers.transplant import transplant, transplant_answers


def fit(
    run: Run,
    parts: FitParts,
    *,
    resume: bool = False,
    verbose: int = 1,
    logged: bool = True,
) -> float:
    """Fit what `run.config` says; return the best validation score, 0 where nothing is scored.

    With `refit_head` the score is that of what is kept, its last layer fitted anew.

    Leaves `best.keras`, `last.keras`, `epochs.jsonl` and, if `logged`, `tensorboard/` in the run's
    folder; `resume` goes on from `last.keras`. One seed and one machine give one result.
    """
    config, options = run.config, run.config.options
    keras.utils.set_random_seed(options.seed)
    repeatable()
    ranges = Ranges.of(config.offset, config.scale)
    batches = Batches(parts, config.features, ranges, options)
    steps = batches.steps_per_epoch
    going_on = resume and run.last.exists()
    teachers = [load(Path(teacher)) for teacher in config.teachers]
    dims = answered(teachers, options, batches.dims)
    model = _gone_on(run) if going_on else _begun(run, parts, ranges, batches, dims)
    first = int(model.optimizer.iterations) // steps
    _restore_dropout(run, model, first)
    run.forget_after(first)
    fed = feed(batches, config.features, len(config.labels), first * steps)
    if teachers:
        fed = softened(fed, teachers, config)
    fed = fed.map(as_told(model))
    judge = Judge(run, parts, ranges)
    if not judge.is_over(first):
        model.fit(
            taken(fed),
            epochs=options.epochs,
            initial_epoch=first,
            steps_per_epoch=steps,
            callbacks=[judge, *(_board(run, judge, parts) if logged else [])],
            verbose=verbose,
            shuffle=False,  # Keras would warn that it can not
        )
    return _refitted(run, parts, ranges, judge) if options.refit_head else judge.best


def _board(run: Run, judge: Judge, parts: FitParts) -> list[Any]:
    """Return the callbacks that log a run for TensorBoard, which only TensorFlow writes."""
    if keras.backend.backend() != "tensorflow":
        return []
    from genred_train.fitting.board import board  # noqa: PLC0415 - imports TensorFlow

    return board(run, judge, parts.valid)


def _refitted(run: Run, parts: FitParts, ranges: Ranges, judge: Judge) -> float:
    """Fit the last layer of what is kept anew; return what it then scores."""
    network = load_network(run.best)
    refit(network, parts.train, run.config.features, ranges, run.config.options.refit_head)
    save(network, run.best)
    scores = judge.heard(network) if len(parts.valid) else {}
    return float(np.mean(list(scores.values()))) if scores else 0.0


def average(run: Run, members: Sequence[Run]) -> None:
    """Leave in a run's folder the network that averages others."""
    save(averaged(members, run.config.options.head), run.best)


def _gone_on(run: Run) -> Any:
    """Load the model of a run that was interrupted, with its optimizer."""
    try:
        return keras.models.load_model(run.last)
    except (OSError, ValueError, TypeError) as error:
        raise GenredError(f"{run.last}: damaged; remove it to begin the run again") from error


def _restore_dropout(run: Run, model: Any, epoch: int) -> None:
    """Set the random generators as they were after an epoch."""
    if not epoch:
        return
    try:
        states = np.load(run.dropout(epoch))
    except (OSError, ValueError) as error:
        raise GenredError(
            f"{run.dropout(epoch)}: missing or damaged; remove {run.last} to begin the run again"
        ) from error
    for state, value in zip(dropout_states(model), states, strict=True):
        state.assign(value)


def _begun(run: Run, parts: FitParts, ranges: Ranges, batches: Batches, dims: int) -> Any:
    config, options = run.config, run.config.options
    labels = len(config.labels)
    if config.begun_from:
        model = begun_from(Path(config.begun_from), config.features, labels, options.freeze)
    else:
        model = fresh(options, config.features, labels, ranges)
    if config.weights:
        transplant(Path(config.weights), model, config.features)
    model = saying(model, dims, labelled=batches.labelled)
    if config.weights and parts.answers:
        transplant_answers(Path(config.weights), model.get_layer(SIDE), parts.answers.standing())
    steps = (options.epochs or 1) * batches.steps_per_epoch
    optimizer = keras.optimizers.AdamW(
        _schedule(options, steps),
        weight_decay=options.weight_decay,
        use_ema=options.ema_momentum > 0,
        ema_momentum=_momentum(options, steps),
    )
    compiled(model, optimizer, options)
    return model


def _momentum(options: FitOptions, steps: int) -> float:
    """Average over a tenth of the way at most: a short fit would keep the weights it began with."""
    return max(0.0, min(options.ema_momentum, 1 - 10 / steps))


def _schedule(options: FitOptions, steps: int) -> Any:
    """Rise for a tenth of the way (300 steps at most), then fall along a cosine; or stay."""
    rate = options.learning_rate or 1e-3
    if options.schedule == "constant":
        return rate
    warm_up = min(300, steps // 10)
    return keras.optimizers.schedules.CosineDecay(
        rate / 100, steps - warm_up, alpha=0.1, warmup_target=rate, warmup_steps=warm_up
    )
