"""Fit a network to the arrays: one seed, a folder a run, best epoch by the validation part."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.evaluation.figures import track_probabilities
from genred_train.features.ranges import Ranges
from genred_train.features.rows import window_starts
from genred_train.fitting.batches import Batches, normalised
from genred_train.fitting.run import Run, RunConfig
from genred_train.models.residual import residual

# While fitting, validation hears every fourth window: those in between say nearly the same.
_EVERY_WINDOW = 4


def fit(run: Run, train: Clips, valid: Clips, ranges: Ranges, *, resume: bool) -> float:
    """Fit what `run.config` says; return the best validation accuracy by track.

    Leaves `best.keras`, `last.keras` and `epochs.jsonl` in the run's folder; `resume` goes on from
    `last.keras`. One seed and one machine give one result.
    """
    config = run.config
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    batches = Batches(
        train,
        config.features,
        ranges,
        n_labels=len(config.labels),
        seed=config.seed,
        batch_size=config.batch_size,
        windows_per_clip=config.windows_per_clip,
    )
    first = run.epochs_done() if resume else 0
    if first:
        model = keras.models.load_model(run.last)
        for state, value in zip(_dropout_states(model), np.load(run.dropout), strict=True):
            state.assign(value)
        batches.start_at(first)
    else:
        model = _compiled(config, ranges, len(batches))
    judge = Judge(run, valid, ranges)
    model.fit(batches, epochs=config.epochs, initial_epoch=first, callbacks=[judge], verbose="auto")
    return judge.best


def network(config: RunConfig, ranges: Ranges, batch_size: int | None = None) -> Any:
    """Build the network of a run, not yet fitted: rows -> [logits, embedding]."""
    n_labels = len(config.labels)
    return residual(config.features, n_labels, ranges.offset, ranges.scale, batch_size=batch_size)


def _compiled(config: RunConfig, ranges: Ranges, steps_per_epoch: int) -> Any:
    built = network(config, ranges)
    model = keras.Model(built.input, built.output[0], name=built.name)
    steps = config.epochs * steps_per_epoch
    warm_up = min(300, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 100,
        steps - warm_up,
        alpha=0.1,
        warmup_target=config.learning_rate,
        warmup_steps=warm_up,
    )
    optimizer = keras.optimizers.AdamW(
        schedule, weight_decay=config.weight_decay, use_ema=True, ema_momentum=config.ema_momentum
    )
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    # XLA takes half as long again for these convolutions on a CPU.
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    return model


def validation_windows(
    clips: Clips, spec: FeatureSpec, ranges: Ranges
) -> tuple[NDArray[np.float32], list[int]]:
    """Every fourth window of each clip, normalised, and how many each clip has."""
    windows, counts = [], []
    for clip in range(len(clips)):
        levels = clips.levels_db(clip)
        starts = window_starts(len(levels), spec)[::_EVERY_WINDOW]
        windows += [levels[start : start + spec.window_frames] for start in starts]
        counts.append(len(starts))
    return normalised(np.stack(windows), spec, ranges), counts


class Judge(keras.callbacks.Callback):  # type: ignore[misc]
    """Scores the averaged weights on the validation part and keeps the best and the last."""

    def __init__(self, run: Run, valid: Clips, ranges: Ranges) -> None:
        super().__init__()
        self._run = run
        self._y = valid.y
        self._windows, counts = validation_windows(valid, run.config.features, ranges)
        self._ends = np.cumsum(counts)[:-1]
        self.best = max((line["valid_track"] for line in run.lines()), default=0.0)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Score each `judge_every` epochs, and the last one."""
        config = self._run.config
        if (epoch + 1) % config.judge_every and epoch + 1 != config.epochs:
            return
        before = self.model.get_weights()
        self.model.optimizer.finalize_variable_values(self.model.trainable_variables)
        logits = self.model.predict(self._windows, batch_size=256, verbose=0)
        exact = np.exp(logits - logits.max(axis=1, keepdims=True))
        clips = np.split((exact / exact.sum(axis=1, keepdims=True)).astype(np.float32), self._ends)
        share = float((track_probabilities(clips).argmax(axis=1) == self._y).mean())
        if share >= self.best:
            self.best = share
            _save(self.model, self._run.best)
        self.model.set_weights(before)
        _save(self.model, self._run.last)
        np.save(self._run.dropout, [state.numpy() for state in _dropout_states(self.model)])
        loss = (logs or {}).get("loss", 0.0)
        line = {"epoch": epoch + 1, "loss": round(loss, 4), "valid_track": round(share, 4)}
        with self._run.epochs.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(f"  valid: {100 * share:.1f} % of tracks, best {100 * self.best:.1f} %")  # noqa: T201


def _dropout_states(model: Any) -> list[Any]:
    """Return where the model's random generators stand, which Keras does not save."""
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]


def _save(model: Any, path: Path) -> None:
    """Save whole or not at all: a run that is killed here goes on from the model before."""
    temporary = path.with_name("saving-" + path.name)
    model.save(temporary)
    temporary.replace(path)
