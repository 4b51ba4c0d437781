"""A run is a folder: what was asked for, what came of it, and where it stands."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred.model.metadata import DataUse


class RunConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides the result of a run."""

    labels: list[str]
    features: FeatureSpec
    offset: list[float]
    scale: list[float]
    data: list[DataUse]
    audio: list[str]
    """folders that offset, scale and the representative windows come from"""
    command: str
    git: str
    versions: dict[str, str]
    seed: int = 0
    epochs: int = 160
    batch_size: int = 64
    windows_per_clip: int = 5
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    ema_momentum: float = 0.998
    judge_every: int = 5


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
        """One line of JSON for each scored epoch."""
        return self.folder / "epochs.jsonl"

    def lines(self) -> list[dict[str, Any]]:
        """Read what `epochs.jsonl` holds."""
        if not self.epochs.exists():
            return []
        return [json.loads(line) for line in self.epochs.read_text().splitlines()]

    def epochs_done(self) -> int:
        """Epochs that `last.keras` has behind it."""
        lines = self.lines()
        return int(lines[-1]["epoch"]) if lines and self.last.exists() else 0


def start(folder: Path, config: RunConfig) -> Run:
    """Make a run's folder with its config; raises GenredError if another run lies there."""
    if (folder / "config.json").exists():
        raise GenredError(f"{folder}: holds a run already; give another --run, or --resume")
    folder.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(config), indent=1)
    (folder / "config.json").write_bytes(text)
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
