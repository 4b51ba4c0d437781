"""What a plain convolutional network is made of, as data: known without Keras.

A plane is (frames, coefficients), in this order everywhere; so are kernels, pools and strides.
"""

import itertools
from dataclasses import dataclass
from typing import Literal

from genred.errors import GenredError
from genred.features.spec import FeatureSpec

Pair = tuple[int, int]


@dataclass(frozen=True)
class Pool:
    """Maximum over `size`, one each `stride`."""

    size: Pair
    stride: Pair
    same: bool = False
    """what hangs over the edge counts too, as if the plane went on"""

    def after(self, length: int, axis: int) -> int:
        """Places left of `length` along an axis."""
        size, stride = self.size[axis], self.stride[axis]
        return -(-length // stride) if self.same else (length - size) // stride + 1


@dataclass(frozen=True)
class Stage:
    """A square convolution and the pooling after it."""

    width: int
    """channels that it makes"""
    kernel: int
    pool: Pool | None = None
    same: bool = False
    """zeros around the plane, so that it keeps its size"""

    def after(self, length: int, axis: int) -> int:
        """Places left of `length` along an axis; none or fewer where it does not fit."""
        kept = length if self.same else length - self.kernel + 1
        return self.pool.after(kept, axis) if self.pool and kept > 0 else kept


@dataclass(frozen=True)
class Plan:
    """Stages, then all places flattened, then dense layers."""

    stages: tuple[Stage, ...]
    normalised: Literal["after pooling", "before ReLU", "at the end"]
    """where batch normalisation stands: in each stage, or once behind them"""
    dense: int = 0
    """units with ReLU before the last dense layer; 0: the last is the only one"""
    dropout: float = 0.0

    def after(self, length: int, axis: int) -> int:
        """Places left of `length` along an axis behind all stages; 0 where they do not fit."""
        for stage in self.stages:
            length = stage.after(length, axis)
            if length < 1:
                return 0
        return length

    def smallest(self, axis: int) -> int:
        """Smallest length along an axis that leaves a place."""
        return next(length for length in itertools.count(1) if self.after(length, axis))

    def check(self, spec: FeatureSpec) -> None:
        """Raise GenredError if a window of `spec` is too small for the stages."""
        fields = ("window_frames", "n_mfcc" if spec.kind == "mfcc" else "n_mels")
        for axis, field in enumerate(fields):
            found, needed = spec.input_shape[axis], self.smallest(axis)
            if found < needed:
                raise GenredError(
                    f"features.{field} = {found} leaves this network nothing after its "
                    f"convolutions and pooling; give {needed} or more"
                )

    def words(self) -> str:
        """Say the layers in order, as tables of networks do."""
        parts = [self._stage_words(stage) for stage in self.stages]
        parts += ["BN"] if self.normalised == "at the end" else []
        parts += ["flatten"]
        parts += [f"dense {self.dense} ReLU"] if self.dense else []
        parts += [f"dropout {self.dropout:g}"] if self.dropout else []
        return "; ".join([*parts, "dense n"])

    def _stage_words(self, stage: Stage) -> str:
        convolution = f"conv {stage.width} {stage.kernel}x{stage.kernel}"
        parts = [convolution + (" same" if stage.same else "")]
        parts += ["BN"] if self.normalised == "before ReLU" else []
        parts += [_pool_words(stage.pool)] if stage.pool else []
        parts += ["BN"] if self.normalised == "after pooling" else []
        return ", ".join(parts)


def _pool_words(pool: Pool) -> str:
    size = f"max {pool.size[0]}x{pool.size[1]}"
    stride = "" if pool.stride == pool.size else f"/{pool.stride[0]}"
    return size + stride + (" same" if pool.same else "")
