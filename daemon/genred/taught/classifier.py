"""A model that knows more labels than its file: the same interface, so nothing else changes."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.events import UNKNOWN
from genred.model.classifier import Classifier
from genred.model.metadata import Metadata
from genred.model.scores import Outputs
from genred.taught.head import learn
from genred.taught.lesson import Taught
from genred.taught.sharing import Sharing

THRESHOLD = 0.5
"""of a taught label, for a model with several labels at once"""


class TaughtClassifier:
    """A classifier and what it was taught. Raises GenredError if it gives no embedding."""

    def __init__(self, model: Classifier, taught: Taught) -> None:
        check_embedding(model.metadata)
        taught = taught.ordered()
        own = model.metadata
        self._model = model
        self._head = learn(taught, len(own.labels))
        self._sharing = Sharing(own.labels, taught.names, own.head)
        self._known = 0.0
        """share of the window heard last that is taught"""
        labels, thresholds = self._sharing.labels, own.thresholds
        if thresholds is not None:
            thresholds = {label: thresholds.get(label, THRESHOLD) for label in labels}
        self.metadata: Metadata = msgspec.structs.replace(own, labels=labels, thresholds=thresholds)

    def probabilities(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Hear one window (window_frames, n_coefficients); return (labels,), as the model does."""
        said = self._model.probabilities(window)
        embedding = self._model.embedding()
        if embedding is None:
            raise GenredError(f"model {self.metadata.name} gave no embedding")
        odds = self._head.odds(said, embedding)
        self._known = min(1.0, float(self._sharing.shares(odds).sum()))
        return self._sharing.shared(said, odds)

    def embedding(self) -> NDArray[np.float32] | None:
        """Return the vector before the model's own head, of the window heard last."""
        return self._model.embedding()

    def outputs(self) -> Outputs:
        """Return what the network gave for the window heard last: its own labels alone."""
        return self._model.outputs()

    def rejections(self) -> dict[str, float]:
        """Return the model's; but what is taught is no unknown music."""
        chances = self._model.rejections()
        if UNKNOWN in chances:
            chances[UNKNOWN] *= 1 - self._known
        return chances


def check_embedding(metadata: Metadata) -> None:
    """Raise GenredError if a model can't be taught."""
    if metadata.embedding is None:
        raise GenredError(
            f"model {metadata.name} can't be taught: its file has no embedding; "
            "choose another, or --no-taught"
        )
