"""TensorBoard: the graph, the curves, and the confusion matrix of each scored epoch."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from genred_train.collection.clips import Clips
from genred_train.fitting.judge import Judge
from genred_train.fitting.run import Run

_CELL = 16
"""pixels"""


class ConfusionLog(keras.callbacks.Callback):  # type: ignore[misc]
    """Draws what the judge has just heard; rows are what clips are, columns what was said."""

    def __init__(self, run: Run, judge: Judge, valid: Clips) -> None:
        super().__init__()
        self._judge, self._valid = judge, valid
        self._writer = tf.summary.create_file_writer(str(run.board / "validation"))
        self._drawn: Any = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """Write the picture, if there was a new hearing."""
        said = self._judge.said
        if said is None or said is self._drawn:
            return
        self._drawn = said
        with self._writer.as_default(step=epoch + 1):
            tf.summary.image("confusion", picture(said, self._valid.targets)[None, :, :, None])
            tf.summary.scalar("valid", self._judge.best)
        self._writer.flush()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """Close the log."""
        self._writer.close()


def picture(said: NDArray[np.float64], targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Draw shares of each row as squares, white for none: (labels * 16, labels * 16) of 0..1."""
    counts = targets.T @ np.eye(targets.shape[1])[said.argmax(axis=1)]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.kron(1 - shares, np.ones((_CELL, _CELL))).astype(np.float32)


def board(run: Run, judge: Judge, valid: Clips) -> list[Any]:
    """Return the callbacks that log a run; the judge has to come before them."""
    curves = keras.callbacks.TensorBoard(run.board, write_graph=True, profile_batch=0)
    return [curves, ConfusionLog(run, judge, valid)]
