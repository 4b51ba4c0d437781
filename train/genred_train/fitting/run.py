"""A run is a folder: what was asked for, what came of it, and where it stands."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

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

    @property
    def dropout(self) -> Path:
        """The state of its random generators."""
        return self.folder / "last.dropout.npy"

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
        return [json.loads(line) for line in self.epochs.read_text().splitlines()]

    def epochs_done(self) -> int:
        """Epochs that `last.keras` has behind it."""
        judged = [line["epoch"] for line in self.lines() if "valid" in line]
        return int(judged[-1]) if judged and self.last.exists() else 0

    def note(self, line: dict[str, Any]) -> None:
        """Add a line to `epochs.jsonl`."""
        with self.epochs.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def forget_after(self, epoch: int) -> None:
        """Take back the lines of epochs that `last.keras` does not have: they are done again."""
        kept = [json.dumps(line) + "\n" for line in self.lines() if line["epoch"] <= epoch]
        self.epochs.write_text("".join(kept))


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
        raise GenredError(f"{folder}: no run there ({error.strerror})") from error
    except msgspec.MsgspecError as error:
        raise GenredError(f"{path}: {error}") from error
