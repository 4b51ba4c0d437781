"""Small collections of sound, and small recipes that prepare them quickly."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from genred.features.spec import FeatureSpec
from genred_train.collection.tracks import Collection, Track
from genred_train.features.prepare import Summary, prepare
from genred_train.features.recipe import Recipe
from genred_train.features.schedulers import in_this_process

RATE = 8000
SPEC = FeatureSpec(
    sample_rate=RATE, n_fft=512, hop_length=256, n_mels=20, n_mfcc=20, fmax=RATE / 2,
    window_frames=20, interval_frames=10,
)  # fmt: skip
PLAIN = Recipe(features=SPEC)
GENRES = ["blues", "jazz"]


def write_sound(path: Path, length_s: float, seed: int, sample_rate: int = RATE) -> Path:
    """Write noise that is as loud as it should be, the same for a seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = 0.1 * np.random.default_rng(seed).standard_normal(round(length_s * sample_rate))
    soundfile.write(path, samples, sample_rate)
    return path


def write_collection(folder: Path, tracks: int = 6, length_s: float = 2.0) -> Collection:
    """Write a folder per genre, some tracks in all."""
    for number in range(tracks):
        name = f"{GENRES[number % 2]}/{number:02d}.wav"
        write_sound(folder / name, length_s, number)
    return listed(folder)


def listed(folder: Path) -> Collection:
    """List what a folder per genre holds."""
    found = [
        Track(path.relative_to(folder).as_posix(), path, (path.parent.name,))
        for path in sorted(folder.rglob("*.wav"))
    ]
    return Collection(folder.name, found, GENRES)


def prepared(collection: Collection, folder: Path, recipe: Recipe = PLAIN) -> Summary:
    """Prepare in this process."""
    return prepare(collection, recipe, folder, in_this_process)


def content(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def state(folder: Path) -> dict[str, Any]:
    """Return what changes when a file is written, were it with the same bytes."""
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.iterdir()}


def copied(folder: Path, other: Path) -> Path:
    """Copy a folder."""
    return Path(shutil.copytree(folder, other))
