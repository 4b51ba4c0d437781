"""What is to be fitted on: one collection, or what a recipe names."""

from pathlib import Path

from genred.errors import UsageError
from genred_train.collection.splits import Split
from genred_train.fitting.mixture import load_recipe, mixed
from genred_train.fitting.options import FitOptions
from genred_train.fitting.parts import DataSource


def one_collection(train: Path | None, valid: Path | None, split: Split) -> DataSource:
    """Take a collection, and another to choose by or how to split it; raises UsageError."""
    if train is None:
        raise UsageError("fit: give --train CLIPS, or --recipe FILE, or --resume a run")
    return DataSource(train=str(train), valid=str(valid) if valid else None, split=split)


def by_recipe(
    path: Path, data: Path, fold: int | None, *, labelled: bool
) -> tuple[FitOptions, DataSource]:
    """Read a recipe's options and what it draws from; raises UsageError.

    `labelled`: whether labels are to be learnt. A recipe that draws none is for `pretrain`.
    """
    recipe = load_recipe(path)
    if recipe.mixture.labelled != labelled:
        command = "fit" if recipe.mixture.labelled else "pretrain"
        raise UsageError(f"{path} is a recipe for genred-train {command}")
    return recipe.options, DataSource(train=str(path), mixed=mixed(recipe, data, fold))
