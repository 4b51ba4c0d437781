"""What a recipe draws its batches from: files of clips, and draws out of them. One TOML file."""

from pathlib import Path
from typing import Literal

import msgspec

from genred.errors import GenredError, UsageError
from genred_train.fitting.options import FitOptions


class ClipFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Clips, what teachers said of them, and what of them is held apart."""

    clips: str
    """arrays or a prepared folder, below the folder of all data"""
    leave_out: tuple[str, ...] = ()
    """genres whose clips count as music without a label"""
    answers: str = ""
    """`.npz` of teachers' answers for all these clips; none where empty"""
    part: str = ""
    """of `answers`, where that file holds several"""
    scale: str = ""
    """answers of one scale are standardised together; other names keep them apart"""
    apart: Literal["never", "fold", "whole"] = "never"
    """what a run with a fold is not fitted on: nothing, a fold of the artists, or all clips"""


class Draw(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many windows of each batch, and the files that they come from."""

    files: tuple[str, ...]
    """`clips` of some of the files"""
    windows: int
    labelled: bool = True
    """whether clips with a label are drawn, with it; else all clips, for what teachers say"""
    even: bool = False
    """whether each genre is drawn equally often; else each clip"""
    opinion: bool = False
    """whether clips without a label are drawn too, with the genres that teachers' answers tell"""


class Mixture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Several collections in one fit. Raises ValueError for what can't be drawn."""

    labels: tuple[str, ...]
    files: tuple[ClipFile, ...]
    draws: tuple[Draw, ...]
    folds: int = 3
    fold_seed: int = 0
    """deals the artists of `apart = "fold"` out"""
    opinion_share: float = 0.3
    """of a labelled clip's target that teachers' answers tell, where a draw has `opinion`"""

    @property
    def labelled(self) -> bool:
        """Whether any window is drawn with its label."""
        return any(draw.labelled for draw in self.draws)

    @property
    def opinion(self) -> bool:
        """Whether any window is drawn with what teachers' answers tell of its genre."""
        return any(draw.opinion for draw in self.draws)

    def __post_init__(self) -> None:
        """Check what fields say of each other."""
        names = [file.clips for file in self.files]
        if len(set(self.labels)) < max(2, len(self.labels)):
            raise ValueError("labels: give two or more, each once")
        if len(set(names)) < len(names):
            raise ValueError("files: each clips file has to stand there once")
        for draw in self.draws:
            unknown = sorted(set(draw.files) - set(names))
            if unknown:
                raise ValueError(f'draws: "{unknown[0]}" is none of the files')
            if draw.windows < 1 or not draw.files:
                raise ValueError("draws: each needs files, and windows of 1 or more")
            if draw.opinion and (draw.even or not draw.labelled):
                raise ValueError("draws: opinion goes with labelled = true and even = false")
        if not self.draws:
            raise ValueError("draws: nothing is drawn; add [[draws]]")
        if not 0 <= self.opinion_share <= 1:
            raise ValueError(f"opinion_share = {self.opinion_share}: give 0 to 1")
        if self.folds < 2:  # noqa: PLR2004 - one to fit on, one apart
            raise ValueError(f"folds = {self.folds}: give 2 or more")


class Mixed(msgspec.Struct, frozen=True, kw_only=True):
    """A mixture, where its files lie, and which fold a run is not fitted on."""

    mixture: Mixture
    data: str
    """folder that its paths begin in"""
    fold: int | None = None
    """None: fitted on everything, chosen by nothing"""


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model is fitted, whole: options, and what its batches are drawn from."""

    options: FitOptions = FitOptions()
    mixture: Mixture

    def __post_init__(self) -> None:
        """Refuse options that the draws settle; raises ValueError."""
        if self.options.batch_size is not None or self.options.balance == "sampling":
            raise ValueError("options: the draws settle a batch; leave batch_size and balance out")


def load_recipe(path: Path) -> Recipe:
    """Read a recipe's TOML; raises UsageError naming the file and the field."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Recipe)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; give a recipe's TOML file") from error
    except (msgspec.MsgspecError, ValueError, GenredError) as error:
        raise UsageError(f"{path}: {error}") from error


def mixed(recipe: Recipe, data: Path, fold: int | None) -> Mixed:
    """Say where a recipe's files lie and what is held apart; raises UsageError for no such fold."""
    folds = recipe.mixture.folds
    if fold is not None and fold >= folds:
        raise UsageError(f"--fold {fold}: the recipe has folds 0 to {folds - 1}")
    return Mixed(mixture=recipe.mixture, data=str(data), fold=fold)
