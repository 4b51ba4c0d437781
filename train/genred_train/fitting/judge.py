"""Scores the averaged weights on the validation part, keeps the best and the last."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from genred.errors import GenredError
from genred_train.collection.clips import Clips
from genred_train.evaluation.figures import track_probabilities
from genred_train.evaluation.ranking import average_precision
from genred_train.features.ranges import Ranges
from genred_train.fitting.claims import clip_logits, probabilities
from genred_train.fitting.parts import FitParts
from genred_train.fitting.run import Run

# While fitting, validation hears every fourth window: those in between say nearly the same.
_EVERY_WINDOW = 4


class Judge(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes a line an epoch; scores each `judge_every` epochs, and the last one.

    The score of one genre at a time is the share of clips that are right; of several at once, the
    mean over labels of average precision; of several collections, the mean of theirs. Where nothing
    is held apart there is no score, and the last epoch is kept.
    """

    def __init__(self, run: Run, parts: FitParts, ranges: Ranges) -> None:
        super().__init__()
        self._run, self._valid, self._ranges = run, parts.valid, ranges
        self._collections = parts.scored
        scored = [line for line in run.lines() if "valid" in line]
        self.best = max((float(line["valid"]) for line in scored), default=0.0)
        bests = [line["epoch"] for line in scored if line["valid"] == self.best]
        self._better_at = int(bests[0]) if bests else 0
        """epoch that was better than all before it"""
        self.said: Any = None
        """what was claimed of each clip when last scored, (clips, labels)"""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Note the epoch; score it when it is due."""
        options = self._run.config.options
        line = {name: round(float(value), 4) for name, value in (logs or {}).items()}
        done = epoch + 1
        if done % options.judge_every and done != options.epochs:
            self._run.note({"epoch": done, **line})
            return
        share = self._score(done, line)
        if share is not None:
            print(f"  valid: {100 * share:.1f} %, best {100 * self.best:.1f} %")  # noqa: T201
        if self.is_over(done):
            self.model.stop_training = True

    def is_over(self, epoch: int) -> bool:
        """Whether patience has run out after so many epochs."""
        patience = self._run.config.options.patience
        return bool(patience) and epoch - self._better_at >= patience

    def _score(self, epoch: int, line: dict[str, float]) -> float | None:
        """Score an epoch and keep it. Wherever a kill falls, `last.keras` says how far it came.

        What is beyond that is forgotten and done again, to the same end.
        """
        before = self.model.get_weights()
        if self._run.config.options.ema_momentum:
            self.model.optimizer.finalize_variable_values(self.model.trainable_variables)
        scores = self.heard(self.model) if len(self._valid) else {}
        share = float(np.mean(list(scores.values()))) if scores else None
        told = scores if len(scores) > 1 else {}
        scored = {} if share is None else {"valid": share, **told}
        self._run.note({"epoch": epoch, **line, **scored})
        if share is not None and share > self.best:
            self._better_at = epoch
        if share is None or share >= self.best or self._run.config.options.keep == "last":
            save(self.model, self._run.best)
        self.best = max(self.best, share or 0.0)
        self.model.set_weights(before)
        states = [keras.ops.convert_to_numpy(state) for state in dropout_states(self.model)]
        self._run.keep_dropout(epoch, states)
        save(self.model, self._run.last)
        self._run.drop_dropout(epoch)
        return share

    def heard(self, network: Any) -> dict[str, float]:
        """Score a network on each collection."""
        config, head = self._run.config, self._run.config.options.head
        logits = clip_logits(network, self._valid, config.features, self._ranges, _EVERY_WINDOW)
        # Windows are averaged clip by clip: all of a large collection's would fill the memory.
        means = [track_probabilities([probabilities(clip, head)])[0] for clip in logits]
        self.said = np.stack(means)
        return {
            name: validation_score(self.said[list(places)], self._valid.pick(places))
            for name, places in self._collections.items()
        }


def validation_score(said: Any, valid: Clips) -> float:
    """Score what was claimed of each clip (clips, labels)."""
    if not valid.several:
        return float((said.argmax(axis=1) == valid.y).mean())
    present = np.flatnonzero(valid.targets.any(axis=0))
    return float(np.mean([_precision(said[:, g], valid.targets[:, g]) for g in present]))


def _precision(claimed: Any, true: Any) -> float:
    return float(average_precision(true > 0, claimed, np.ones((1, len(true))))[0])


def dropout_states(model: Any) -> list[Any]:
    """Return where the model's random generators stand, which Keras does not save."""
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]


def save(model: Any, path: Path) -> None:
    """Save whole or not at all: a run that is killed here goes on from the model before.

    Raises GenredError where the disk takes no more.
    """
    temporary = path.with_name("saving-" + path.name)
    try:
        model.save(temporary)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise GenredError(f"{path}: {error.strerror or error}; make room, then --resume") from error
