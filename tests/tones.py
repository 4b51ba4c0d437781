"""Sounds whose genre is their pitch, files of them, and a model that hears it in one frame."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from fakes import FakeModel, metadata
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred.parameters import Tracking
from genred_train.evaluation.audio import AudioTrack

RATE = 8000
SPEC = FeatureSpec(
    sample_rate=RATE,
    n_fft=512,
    hop_length=256,
    n_mels=20,
    n_mfcc=20,
    fmax=4000,
    window_frames=24,
    interval_frames=6,
    kind="logmel",
)
PITCHES_HZ = {"blues": 300.0, "jazz": 1000.0, "rock": 3000.0}
QUICK = Tracking(evidence=1.0, stability_s=0.2, margin=0.0, dwell_s=0.0)
"""announces what one window says"""


def tone(label: str, length_s: float) -> NDArray[np.float32]:
    time_s = np.arange(round(length_s * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * PITCHES_HZ[label] * time_s)).astype(np.float32)


def track(folder: Path, number: int, label: str, length_s: float) -> AudioTrack:
    """Write a file."""
    path = folder / f"{number}.{label}.wav"
    soundfile.write(path, tone(label, length_s), RATE, subtype="FLOAT")
    return AudioTrack(path.name, path, (label,))


def tracks(folder: Path, *played: tuple[str, float]) -> list[AudioTrack]:
    return [track(folder, number, *one) for number, one in enumerate(played)]


def pitch_model(tracking: Tracking = QUICK) -> FakeModel:
    """Say the label whose pitch is the loudest in the window's newest frame."""
    places = [_loudest(tone(label, 0.1)) for label in PITCHES_HZ]

    def says(window: NDArray[np.float32]) -> list[float]:
        distance = np.abs(np.array(places) - int(window[-1].argmax()))
        return [0.98 if place == distance.argmin() else 0.01 for place in range(len(places))]

    return FakeModel(says, metadata(labels=list(PITCHES_HZ), spec=SPEC, tracking=tracking))


def _loudest(samples: NDArray[np.float32]) -> int:
    mfcc = StreamingMfcc(SPEC)
    mfcc.push(samples)
    return int(mfcc.flush()[0].argmax())
