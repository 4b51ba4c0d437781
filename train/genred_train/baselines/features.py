"""The full classical features of a recording, from its samples, by librosa.

Each is a mean over frames, then a deviation (`_std`). Gain moves `rms` and `mfcc_00`
and nothing else, unless it is so low that librosa's floors are met.
"""

from pathlib import Path
from typing import Any

import librosa
import numpy as np
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred_train.baselines.classical import N_MFCC, ROLLOFF_SHARE

N_FFT = 2048
HOP_LENGTH = 914
PITCHES = ("c", "cis", "d", "dis", "e", "f", "fis", "g", "gis", "a", "ais", "b")
CONTRAST_OCTAVES = 5
"""above 200 Hz: up to 6400 Hz, and one more to the end; 16 kHz are enough"""


def file_features(path: Path, sample_rate: int) -> tuple[list[str], NDArray[np.float32]]:
    """Read a sound file, mono, at `sample_rate`; see `audio_features`.

    Raises GenredError, one line, if it can't be read or is shorter than a frame.
    """
    with FileSource(path, sample_rate) as source:
        samples = np.concatenate([np.empty(0, np.float32), *(block.samples for block in source)])
    if len(samples) < N_FFT:
        raise GenredError(
            f"{path}: {len(samples)} samples are less than a frame ({N_FFT}); leave it out"
        )
    return audio_features(samples, sample_rate)


def audio_features(
    samples: NDArray[np.float32], sample_rate: int
) -> tuple[list[str], NDArray[np.float32]]:
    """Describe mono samples (n,), n >= `N_FFT`: names, and as many values (features,).

    `sample_rate` in Hz, 16,000 or more: the highest octave of the contrast lies below its half.
    """
    curves = _curves(samples, sample_rate)
    names = [f"{name}_{statistic}" for statistic in ("mean", "std") for name in curves]
    means = [float(np.mean(curve)) for curve in curves.values()]
    deviations = [float(np.std(curve)) for curve in curves.values()]
    return names, np.array(means + deviations, np.float32)


def _curves(samples: NDArray[np.float32], sample_rate: int) -> dict[str, Any]:
    """One value a frame of everything, under its name; frames as the daemon's, not centred."""
    grid = {"n_fft": N_FFT, "hop_length": HOP_LENGTH}
    spectrum = np.abs(librosa.stft(samples, center=False, **grid))
    of_spectrum = {"S": spectrum, "sr": sample_rate}
    feature = librosa.feature
    mel_db = librosa.power_to_db(feature.melspectrogram(S=spectrum**2, sr=sample_rate), top_db=None)
    curves = {
        "centroid": feature.spectral_centroid(**of_spectrum)[0],
        "bandwidth": feature.spectral_bandwidth(**of_spectrum)[0],
        "rolloff": feature.spectral_rolloff(**of_spectrum, roll_percent=ROLLOFF_SHARE)[0],
        "flatness": feature.spectral_flatness(S=spectrum)[0],
        "rms": feature.rms(S=spectrum, frame_length=N_FFT)[0],
        "flux": librosa.onset.onset_strength(S=mel_db, sr=sample_rate, center=False),
        "zero_crossing_rate": feature.zero_crossing_rate(
            samples, frame_length=N_FFT, hop_length=HOP_LENGTH, center=False
        )[0],
    }
    # Concert pitch is taken for granted: measuring it costs more than all the rest.
    chroma = feature.chroma_stft(S=spectrum**2, sr=sample_rate, tuning=0.0)
    contrast = feature.spectral_contrast(**of_spectrum, n_bands=CONTRAST_OCTAVES)
    mfcc = feature.mfcc(S=mel_db, n_mfcc=N_MFCC)
    curves |= {f"chroma_{pitch}": row for pitch, row in zip(PITCHES, chroma, strict=True)}
    curves |= {f"contrast_{number}": row for number, row in enumerate(contrast)}
    return curves | {f"mfcc_{number:02}": row for number, row in enumerate(mfcc)}
