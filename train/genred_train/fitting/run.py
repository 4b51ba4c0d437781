"""A run is a folder: what was asked for, what came of it, and where it stands."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred.model.metadata import DataUse
from genred_train.fitting.options import FitOptions
from genred_train.fitting.parts import DataSource


class RunConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides the result of a run."""

    options: FitOptions
    labels: list[str]
    features: FeatureSpec
    offset: list[float]
    scale: list[float]
    data: list[DataUse]
    source: DataSource
    audio: list[str]
    """folders that offset, scale and the representative windows come from; empty: the clips"""
    command: str
    git: str
    versions: dict[str, str]
    begun_from: str = ""
    """saved model whose weights it began with"""
    weights: str = ""
    """file of a published network that it began with"""
    teachers: list[str] = []
    """runs whose answers were fitted beside the labels"""
    members: list[str] = []
    """runs that it averages, if it is an ensemble: then nothing was fitted"""


@dataclass(frozen=True)
class Run:
    """The folder of one run."""

    folder: Path
    config: RunConfig

    @property
    def best(self) -> Path:
        """The averaged weights of the best epoch by validation."""
        return self.folder / "best.keras"

    @property
    def last(self) -> Path:
        """Where the run goes on when it is resumed."""
        return self.folder / "last.keras"

    def dropout(self, epoch: int) -> Path:
        """Return where the state of its random generators lies after an epoch."""
        return self.folder / f"last.dropout.{epoch}.npy"

    def keep_dropout(self, epoch: int, states: list[NDArray[Any]]) -> None:
        """Write the state after an epoch, beside the one that `last.keras` still belongs to."""
        with _told(self.dropout(epoch)):
            np.save(self.dropout(epoch), states)

    def drop_dropout(self, but: int) -> None:
        """Remove the states of other epochs."""
        for path in self.folder.glob("last.dropout.*.npy"):
            if path != self.dropout(but):
                path.unlink()

    @property
    def epochs(self) -> Path:
        """One line of JSON for each epoch."""
        return self.folder / "epochs.jsonl"

    @property
    def board(self) -> Path:
        """Logs for TensorBoard."""
        return self.folder / "tensorboard"

    def lines(self) -> list[dict[str, Any]]:
        """Read what `epochs.jsonl` holds."""
        if not self.epochs.exists():
            return []
        # A kill may leave half a line, of an epoch that is done again.
        whole = [
            line for line in self.epochs.read_text().splitlines(keepends=True) if line[-1] == "\n"
        ]
        try:
            return [json.loads(line) for line in whole]
        except ValueError as error:
            raise GenredError(f"{self.epochs}: no JSON in a line; begin another --run") from error

    def note(self, line: dict[str, Any]) -> None:
        """Add a line to `epochs.jsonl`."""
        with _told(self.epochs), self.epochs.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def forget_after(self, epoch: int) -> None:
        """Take back the lines of epochs that `last.keras` does not have: they are done again."""
        kept = [json.dumps(line) + "\n" for line in self.lines() if line["epoch"] <= epoch]
        with _told(self.epochs):
            self.epochs.write_text("".join(kept))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in one line where nothing could be written."""
    try:
        yield
    except OSError as error:
        raise GenredError(f"{path}: {error.strerror}; make room, then --resume") from error


def start(folder: Path, config: RunConfig) -> Run:
    """Make a run's folder with its config; raises GenredError if another run lies there."""
    if (folder / "config.json").exists():
        raise GenredError(f"{folder}: holds a run already; give another --run, or --resume")
    text = msgspec.json.format(msgspec.json.encode(config), indent=1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_bytes(text)
    except OSError as error:
        raise GenredError(f"{folder}: {error.strerror}; give another --run") from error
    return Run(folder, config)


def load(folder: Path) -> Run:
    """Read a run's folder; raises GenredError if there is none."""
    path = folder / "config.json"
    try:
        return Run(folder, msgspec.json.decode(path.read_bytes(), type=RunConfig))
    except OSError as error:
        raise GenredError(
            f"{folder}: no run there ({error.strerror}); give a folder that genred-train fit made"
        ) from error
    except msgspec.MsgspecError as error:
        raise GenredError(f"{path}: {error}") from error
