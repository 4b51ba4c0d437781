"""What decides a fit beside its data: one record, from a TOML file, the command line or a grid."""

from pathlib import Path
from typing import Literal

import msgspec

from genred.errors import GenredError, UsageError
from genred.features.spec import FeatureSpec
from genred_train.augment.chosen import Augmentation
from genred_train.models.named import find


class FitOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other fields that are None take the named model's own figure."""

    model: str = "residual"
    """one of `genred-train models`"""
    head: Literal["softmax", "sigmoid"] | None = None
    """one genre at a time, or several at once; None: as the clips are labelled"""
    kind: Literal["mfcc", "logmel"] | None = None
    n_mfcc: int | None = None
    deltas: Literal[0, 1, 2] | None = None
    segment_s: float | None = None
    """seconds that one prediction hears"""
    seed: int = 0
    epochs: int | None = None
    batch_size: int | None = None
    windows_per_clip: int = 5
    """windows drawn from each clip in an epoch"""
    steps_per_epoch: int | None = None
    """batches in an epoch; None: all clips, `windows_per_clip` times"""
    learning_rate: float | None = None
    schedule: Literal["cosine", "constant"] = "cosine"
    weight_decay: float = 0.02
    ema_momentum: float = 0.998
    """of the average of weights that is judged and kept, over a tenth of all steps at most; 0 keeps
    the weights themselves"""
    balance: Literal["none", "weights", "sampling"] = "none"
    """against uneven genres: losses weighted, or clips drawn evenly by genre"""
    patience: int = 0
    """stop after so many epochs without a better validation; 0 never"""
    judge_every: int = 5
    """epochs from one validation to the next"""
    keep: Literal["best", "last"] = "best"
    """epoch that is kept: the best by validation, or the last, which nothing was chosen by"""
    refit_head: float = 0.0
    """strength of a logistic regression that the last layer is fitted by anew, at the end, to clips
    as they are (`fitting.last_layer`); 0: it stays as it was learnt"""
    freeze: int = 0
    """layers of a model gone on from (`--from`) that keep their weights, counted from its input"""
    teacher_share: float = 0.7
    """of a target, where teachers are given (`--teacher`); the rest is the label"""
    teacher_temperature: float = 2.0
    """flattens what teachers say"""
    teacher_answers: bool = False
    """whether what teachers (`--teacher`) say beside labels is fitted too, of the very window; then
    no file of a mixture has answers of its own"""
    side_weight: float = 0.7
    """of the loss by teachers' answers (a mixture's, or their own), beside the loss by labels"""
    augmentation: Augmentation = Augmentation()

    def __post_init__(self) -> None:
        """Check each field alone; raises ValueError, which msgspec turns into its own."""
        checks = {
            "epochs": self.epochs is None or self.epochs >= 1,
            "batch_size": self.batch_size is None or self.batch_size >= 1,
            "windows_per_clip": self.windows_per_clip >= 1,
            "steps_per_epoch": self.steps_per_epoch is None or self.steps_per_epoch >= 1,
            "learning_rate": self.learning_rate is None or self.learning_rate > 0,
            "segment_s": self.segment_s is None or self.segment_s > 0,
            "weight_decay": self.weight_decay >= 0,
            "ema_momentum": 0 <= self.ema_momentum < 1,
            "patience": self.patience >= 0,
            "judge_every": self.judge_every >= 1,
            "refit_head": self.refit_head >= 0,
            "freeze": self.freeze >= 0,
            "teacher_share": 0 <= self.teacher_share <= 1,
            "teacher_temperature": self.teacher_temperature > 0,
            "side_weight": self.side_weight >= 0,
        }
        for name, good in checks.items():
            if not good:
                raise ValueError(f"{name} = {getattr(self, name)} is out of range")

    def filled(self) -> "FitOptions":
        """Put the named model's figures where none is given; raises GenredError for its name."""
        named = find(self.model)
        own = {
            "epochs": named.epochs,
            "batch_size": named.batch_size,
            "learning_rate": named.learning_rate,
        }
        missing = {name: value for name, value in own.items() if getattr(self, name) is None}
        return msgspec.structs.replace(self, **missing)


def window_spec(options: FitOptions, frames: FeatureSpec) -> FeatureSpec:
    """Return what the model hears: `frames` as the data has them, cut as the options tell.

    Raises UsageError for what does not go together.
    """
    changed: dict[str, object] = {
        name: value
        for name in ("kind", "n_mfcc", "deltas")
        if (value := getattr(options, name)) is not None
    }
    if options.segment_s is not None:
        # Rounded down: thirty seconds of the arrays' clips are 723 frames and a little.
        length = int(options.segment_s * frames.sample_rate / frames.hop_length)
        changed |= {"window_frames": length, "interval_frames": max(1, length // 6)}
    try:
        return msgspec.structs.replace(frames, **changed)
    except GenredError as error:
        raise UsageError(f"{error}; change --segment, --kind, --n-mfcc or --deltas") from error


def own_spec(options: FitOptions, prepared: FeatureSpec) -> FeatureSpec:
    """Return what a prepared folder is read as: as it was prepared, else as the model is used to.

    What `prepare` was not asked for costs nothing to change, so a network hears its own number of
    coefficients where nobody said another.
    """
    asked, own = FeatureSpec(), find(options.model).features
    changed: dict[str, object] = {}
    if (prepared.kind, prepared.n_mfcc, prepared.deltas) == (
        asked.kind,
        prepared.n_mels,
        asked.deltas,
    ):
        kept = min(own.n_mfcc, prepared.n_mels)
        changed = {"kind": own.kind, "n_mfcc": kept, "deltas": own.deltas}
    return msgspec.structs.replace(prepared, **changed)


def load_options(path: Path) -> FitOptions:
    """Read a TOML file; raises UsageError naming the file and the field."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=FitOptions)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except (msgspec.MsgspecError, ValueError, GenredError) as error:
        raise UsageError(f"{path}: {error}") from error
