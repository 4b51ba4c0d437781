"""Streaming MFCC: CPU milliseconds for a second of audio, in blocks of 0.25 s."""

import statistics

import kaldi_native_fbank as knf
import librosa
import numpy as np
from numpy.typing import NDArray
from timing import compare, goal, table

from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec

SECONDS = 20
RATE = 22050
BLOCK = RATE // 4


def run(rounds: int) -> None:
    """Measure at hop 914, the models', and at hop 512, the peers' usual one."""
    samples = np.random.default_rng(0).standard_normal(SECONDS * RATE).astype(np.float32) * 0.1
    for hop_length in (512, 914):
        _at(hop_length, samples, rounds)


def _at(hop_length: int, samples: NDArray[np.float32], rounds: int) -> None:
    spec = FeatureSpec(hop_length=hop_length)
    ours, bare = "genred StreamingMfcc", "bare FFTs, numpy float32"
    mfcc = StreamingMfcc(spec)
    spent = compare(
        {
            ours: lambda: _ours(mfcc, samples),
            "kaldi-native-fbank OnlineMfcc": lambda: _kaldi(spec, samples),
            "librosa, each 3 s window every 0.5 s": lambda: _windows(spec, samples),
            "librosa, the whole file at once": lambda: _whole(spec, samples),
            bare: lambda: _bare(spec, samples),
        },
        rounds,
    )
    table(f"streaming MFCC, hop {hop_length}", spent, SECONDS, "ms a second", ours)
    middle = {name: statistics.median(seconds) for name, seconds in spent.items()}
    if hop_length == 512:
        goal("ours", middle[ours] / SECONDS * 1e3, 0.40, "ms a second")
        goal("ours / kaldi", middle[ours] / middle["kaldi-native-fbank OnlineMfcc"], 0.2, "x")
        by_window = middle["librosa, each 3 s window every 0.5 s"]
        goal("ours / librosa by windows", middle[ours] / by_window, 0.05, "x")
        goal("ours / bare FFTs", middle[ours] / middle[bare], 2.0, "x")


def _ours(mfcc: StreamingMfcc, samples: NDArray[np.float32]) -> None:
    mfcc.reset()
    for start in range(0, samples.size, BLOCK):
        mfcc.push(samples[start : start + BLOCK])


def _kaldi(spec: FeatureSpec, samples: NDArray[np.float32]) -> None:
    options = knf.MfccOptions()
    options.frame_opts.samp_freq = spec.sample_rate
    options.frame_opts.frame_length_ms = 1000 * spec.n_fft / spec.sample_rate
    options.frame_opts.frame_shift_ms = 1000 * spec.hop_length / spec.sample_rate
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = spec.n_mels
    options.num_ceps = spec.n_mfcc
    online = knf.OnlineMfcc(options)
    for start in range(0, samples.size, BLOCK):
        online.accept_waveform(spec.sample_rate, samples[start : start + BLOCK])
    for frame in range(online.num_frames_ready):
        online.get_frame(frame)


def _librosa(spec: FeatureSpec, samples: NDArray[np.float32]) -> None:
    librosa.feature.mfcc(
        y=samples, sr=spec.sample_rate, n_mfcc=spec.n_mfcc, n_fft=spec.n_fft,
        hop_length=spec.hop_length, n_mels=spec.n_mels, center=False,
    )  # fmt: skip


def _windows(spec: FeatureSpec, samples: NDArray[np.float32]) -> None:
    for end in range(3 * RATE, samples.size + 1, RATE // 2):
        _librosa(spec, samples[end - 3 * RATE : end])


def _whole(spec: FeatureSpec, samples: NDArray[np.float32]) -> None:
    _librosa(spec, samples)


def _bare(spec: FeatureSpec, samples: NDArray[np.float32]) -> None:
    """As many transforms as the frames need, twelve at a time, and nothing else."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, spec.n_fft)[:: spec.hop_length]
    for start in range(0, len(frames), 12):
        np.fft.rfft(frames[start : start + 12], norm="forward")
