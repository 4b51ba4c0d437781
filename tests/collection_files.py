"""Small collections on disk, and clips without any sound, for tests of what is made of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.collection.levels import ByteLevels

RATE = 22050


def melody(seed: int, length_s: float = 8.0, sample_rate: int = RATE) -> NDArray[np.float32]:
    """Make music that no other seed makes: four voices, their notes at random."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(length_s * sample_rate)) / sample_rate
    sound = np.zeros(time.shape)
    for _ in range(4):
        starts = np.cumsum(rng.uniform(0.15, 0.6, 60))
        note = np.searchsorted(starts, time)
        pitch_hz = 220 * 2 ** (rng.integers(0, 42, 61) / 12)
        age_s = time - np.concatenate([[0], starts])[note]
        sound += np.sin(2 * np.pi * pitch_hz[note] * time) * np.exp(-4 * age_s)
    return (0.1 * sound).astype(np.float32)


def write_sound(path: Path, seed: int = 0, length_s: float = 0.2, sample_rate: int = RATE) -> Path:
    """Write a short recording; its seed tells it from others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, melody(seed, length_s, sample_rate), sample_rate)
    return path


def write_folder(root: Path, tracks: dict[str, int]) -> Path:
    """Write so many short recordings in a folder for each genre."""
    for number, genre in enumerate(tracks):
        for track in range(tracks[genre]):
            write_sound(root / genre / f"{track}.wav", 100 * number + track)
    return root


def silent_clips(
    labels: Sequence[Sequence[str]],
    *,
    tracks: Sequence[str] | None = None,
    artists: Sequence[str] = (),
    parts: Sequence[str] = (),
    frames: int = 4,
) -> Clips:
    """Make clips with these labels, named 000, 001 and so on, that hold nothing."""
    genres = sorted({label for some in labels for label in some})
    ids = [f"{number:03d}" for number in range(len(labels))]
    targets = [[float(genre in some) for genre in genres] for some in labels]
    return Clips(
        name="made",
        genres=genres,
        ids=ids,
        tracks=list(tracks or ids),
        targets=np.array(targets, np.float32),
        levels=ByteLevels(np.zeros((len(ids), frames, 1), np.uint8), np.zeros(len(ids), "f4")),
        spec=FeatureSpec(),
        sha256="0" * 64,
        artists=list(artists),
        parts=list(parts),
    )
