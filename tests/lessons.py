"""Songs that nobody played: windows about a place of their own in the space of embeddings."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from fakes import LABELS, metadata
from genred.features.spec import FeatureSpec
from genred.model.metadata import Metadata, TensorInfo
from genred.model.scores import Outputs
from genred.taught.lesson import Song

WIDTH = 8
WINDOWS = 12


def song(
    place: int, number: int, *, far: float = 6.0, label: int = 0, windows: int = WINDOWS
) -> Song:
    """Make a song near a corner `place`; the model calls it mostly by the label with a number."""
    rng = np.random.default_rng([place, number])
    middle = far * np.eye(WIDTH)[place] + 0.5 * rng.standard_normal(WIDTH)
    vectors = middle + rng.standard_normal((windows, WIDTH))
    said = np.full((windows, len(LABELS)), 0.1) + 0.7 * np.eye(len(LABELS))[label]
    name = f"{place}-{number}.wav"
    return Song(name, vectors.astype(np.float32), said.astype(np.float32))


def songs(place: int, count: int, first: int = 0, **more: float) -> list[Song]:
    """Make songs near one corner."""
    far, label = more.get("far", 6.0), int(more.get("label", 0))
    return [song(place, first + number, far=far, label=label) for number in range(count)]


def teachable(head: str = "softmax", sha256: str = "a" * 64) -> Metadata:
    """Describe a model with an embedding."""
    return msgspec.structs.replace(
        metadata(head=head, spec=FeatureSpec()),
        embedding=TensorInfo(shape=[1, WIDTH], dtype="float32"),
        model_sha256=sha256,
    )


class Recited:
    """A model that plays songs back: window n is a window of what it was given."""

    def __init__(self, given: Song, described: Metadata) -> None:
        self.metadata = described
        self.rejected: dict[str, float] = {}
        self._given = given
        self._number = -1

    def probabilities(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        self._number = int(window[0, 0])
        return np.asarray(self._given.probabilities[self._number])

    def embedding(self) -> NDArray[np.float32] | None:
        return np.asarray(self._given.embeddings[self._number])

    def outputs(self) -> Outputs:
        said = self._given.probabilities[self._number]
        return Outputs(said, np.log(said), self.embedding())

    def rejections(self) -> dict[str, float]:
        return dict(self.rejected)


def windows_of(given: Song) -> list[NDArray[np.float32]]:
    """Make windows that `Recited` knows."""
    return [np.full((72, 128), number, np.float32) for number in range(len(given.embeddings))]
