"""What a model file says of itself: `genred.json`, typed."""

from typing import Literal

import msgspec

from genred.features.spec import FeatureSpec
from genred.parameters import Tracking

FORMAT = 1


class TensorInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Shape and quantization of one tensor: real = scale * (stored - zero_point)."""

    shape: list[int]
    dtype: Literal["int8", "float32"]
    scale: float = 1.0
    zero_point: int = 0


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Logits are divided by `temperature` before the head."""

    temperature: float = 1.0
    posterior_temperature: float = 1.0
    """flattens what the filter over windows makes of them, where it is told ..."""
    doubt: float = 0.0
    """... and the share of it that is then told of all states alike"""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A share with its 95 % interval, bootstrap over tracks."""

    value: float
    low: float
    high: float
    n: int
    """tracks, or windows"""

    def __str__(self) -> str:
        """Say it as people do: 71.6 % (65.5 to 77.7, n = 197)."""
        value, low, high = (100 * share for share in (self.value, self.low, self.high))
        return f"{value:.1f} % ({low:.1f} to {high:.1f}, n = {self.n})"


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """A window is rejected with chance sigmoid((threshold - score) / width).

    `scores` has what each score is.
    """

    threshold: float
    width: float
    score: Literal["max_probability", "margin", "energy", "embedding"] = "max_probability"
    weights: list[float] = []
    """of the embedding, one for each of its numbers; empty for other scores"""
    bias: float = 0.0
    """added to the weighted sum of the embedding"""
    passes: Figure | None = None
    """share of what fits that is let through, by track; null where nobody measured"""
    rejects: Figure | None = None
    """share of what does not fit that is rejected, by track"""


class Rejections(msgspec.Struct, frozen=True, kw_only=True):
    """What the model can reject; null where it can't."""

    unknown: Rejection | None = None
    not_music: Rejection | None = None


class DataUse(msgspec.Struct, frozen=True, kw_only=True):
    """One file of clips and what it was used for."""

    name: str
    split: str
    digest: str
    """SHA-256"""
    clips: int
    hours: float


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model comes from."""

    data: list[DataUse]
    command: str
    git: str
    seed: int
    versions: dict[str, str]


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Measured on `split` by the int8 model through the daemon's own class."""

    split: str
    track: Figure
    window: Figure
    float_window: float
    """the same before quantization"""


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """All that the daemon needs to know of a model, and all that a user may ask."""

    format: int
    name: str
    version: str
    created: str
    """ISO 8601, UTC"""
    labels: list[str]
    head: Literal["softmax", "sigmoid"]
    thresholds: dict[str, float] | None = None
    features: FeatureSpec
    offset: list[float]
    scale: list[float]
    """per coefficient: a model's input is (row - offset) / scale"""
    levelled: bool = False
    """each window's level is taken away before it is rounded: the network is deaf to it anyway"""
    input: TensorInfo
    output: TensorInfo
    """logits; the head turns them into probabilities"""
    embedding: TensorInfo | None = None
    """a second output, the vector before the head"""
    calibration: Calibration
    rejection: Rejections
    tracking: Tracking
    lag_s: float = 0.0
    """median time from a change of music to its announcement, measured"""
    training: Training
    accuracy: Accuracy | None = None
    licence: str
    model_sha256: str
    """over the bytes before the archive"""
