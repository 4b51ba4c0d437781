"""Stand-ins with the real interfaces: a model that says what its test wants."""

from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred.model.metadata import (
    FORMAT,
    Calibration,
    Metadata,
    Rejection,
    Rejections,
    TensorInfo,
    Training,
)
from genred.model.scores import Outputs, chances
from genred.parameters import Tracking

LABELS = ["blues", "jazz", "rock"]


def metadata(
    *,
    labels: list[str] | None = None,
    spec: FeatureSpec | None = None,
    tracking: Tracking | None = None,
    unknown: Rejection | None = None,
    not_music: Rejection | None = None,
    head: str = "softmax",
) -> Metadata:
    """Make the description of a model that nobody trained."""
    labels, spec = labels or LABELS, spec or FeatureSpec()
    made = Metadata(
        format=FORMAT,
        name="fake",
        version="0",
        created="2026-01-01T00:00:00+00:00",
        labels=labels,
        head="softmax",
        features=spec,
        offset=[0.0] * spec.n_coefficients,
        scale=[1.0] * spec.n_coefficients,
        input=TensorInfo(shape=[1, *spec.input_shape], dtype="int8", scale=0.01),
        output=TensorInfo(shape=[1, len(labels)], dtype="int8", scale=0.1),
        calibration=Calibration(),
        rejection=Rejections(unknown=unknown, not_music=not_music),
        tracking=tracking or Tracking(),
        training=Training(data=[], command="", git="", seed=0, versions={}),
        licence="Apache-2.0",
        model_sha256="",
    )
    return msgspec.structs.replace(made, head=head)


class FakeModel:
    """Calls a function of the window; by default the loudest frame's place chooses the label."""

    def __init__(
        self,
        says: Callable[[NDArray[np.float32]], list[float]] | None = None,
        described: Metadata | None = None,
    ) -> None:
        self.metadata = described or metadata()
        self.heard: list[NDArray[np.float32]] = []
        self._says = says or (lambda _: [0.1, 0.1, 0.8])

    def probabilities(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Remember the window and answer."""
        self.heard.append(window.copy())
        self._said = np.array(self._says(window), np.float32)
        return self._said

    def rejections(self) -> dict[str, float]:
        """Tell what is rejected by what it said last; it has no embedding."""
        with np.errstate(divide="ignore"):
            return chances(Outputs(self._said, np.log(self._said), None), self.metadata.rejection)
