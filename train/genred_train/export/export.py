"""From a run's best epoch to a model file with its figures and its card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np

from genred.model.classifier import Classifier
from genred.model.metadata import (
    FORMAT,
    Accuracy,
    Calibration,
    Metadata,
    Rejections,
    Training,
)
from genred.model.package import ModelPackage, save
from genred.parameters import Tracking
from genred_train.collection.clips import Clips
from genred_train.evaluation.clips import Report, clip_probabilities, model_labels, report
from genred_train.evaluation.figures import track_figure, window_figure
from genred_train.evaluation.gain import gain_agreement
from genred_train.evaluation.streams import LiveFigures, join, live_figures
from genred_train.evaluation.temperature import at_temperature, fit_temperature
from genred_train.export.tensors import tensors
from genred_train.export.tflite import to_int8
from genred_train.features.ranges import Ranges, audio_files, windows
from genred_train.features.rows import to_channels, window_starts
from genred_train.fitting.batches import normalised
from genred_train.fitting.fit import network
from genred_train.fitting.run import Run, RunConfig

REPRESENTATIVE_WINDOWS = 600


@dataclass(frozen=True)
class Exported:
    """What was written and what it was found to do."""

    metadata: Metadata
    report: Report
    live: LiveFigures
    elsewhere: list[Report]
    """on collections that it was neither fitted on nor chosen by"""
    gains: dict[float, float]
    """share of windows of the ranges' audio that keep their label at each gain in dB"""


def export(
    run: Run,
    valid: Clips,
    path: Path,
    *,
    name: str,
    version: str,
    also: Sequence[Clips] = (),
) -> Exported:
    """Quantize the best epoch, calibrate and measure it on `valid`, write it to `path`.

    `also` are other collections to measure it on.
    Raises GenredError if the file can't be written.
    """
    config = run.config
    ranges = Ranges.of(config.offset, config.scale)
    fitted = keras.models.load_model(run.best, compile=False)
    single = network(config, ranges, batch_size=1)
    single.set_weights(fitted.get_weights())
    rng = np.random.default_rng(config.seed)
    files = audio_files([Path(folder) for folder in config.audio])
    rows = windows(files, config.features, REPRESENTATIVE_WINDOWS, rng)
    spans = [((window - ranges.offset) / ranges.scale).astype(np.float32) for window in rows]
    flatbuffer = to_int8(single, [to_channels(span, config.features) for span in spans])

    given, logits, embedding = tensors(flatbuffer, len(config.labels))
    draft = Metadata(
        format=FORMAT,
        name=name,
        version=version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        labels=config.labels,
        head="softmax",
        features=config.features,
        offset=config.offset,
        scale=config.scale,
        input=given,
        output=logits,
        embedding=embedding,
        calibration=Calibration(),
        rejection=Rejections(),
        tracking=Tracking(),
        training=Training(
            data=config.data,
            command=config.command,
            git=config.git,
            seed=config.seed,
            versions=config.versions,
        ),
        licence="Apache-2.0",
        model_sha256="",
    )
    raw = list(clip_probabilities(Classifier(ModelPackage(path, draft, flatbuffer)), valid))
    y = model_labels(valid, config.labels)
    temperature = fit_temperature(raw, y)
    heard = [at_temperature(clip, temperature) for clip in raw]
    calibrated = msgspec.structs.replace(
        draft,
        calibration=Calibration(temperature=temperature),
        accuracy=Accuracy(
            split=valid.name,
            track=track_figure(heard, y),
            window=window_figure(heard, y),
            float_window=_float_window(fitted, valid, config, ranges),
        ),
    )
    model = Classifier(ModelPackage(path, calibrated, flatbuffer))
    live = live_figures(join(model, valid, rng), calibrated, calibrated.tracking)
    written = save(
        path, flatbuffer, msgspec.structs.replace(calibrated, lag_s=live.overtook_median_s)
    )
    elsewhere = [report(path, model, clips, clip_probabilities(model, clips)) for clips in also]
    found = report(path, model, valid, heard)
    return Exported(written, found, live, elsewhere, gain_agreement(model, files))


def _float_window(fitted: Any, valid: Clips, config: RunConfig, ranges: Ranges) -> float:
    """Share of windows that the network gets right before it is quantized."""
    spec, labels = config.features, model_labels(valid, config.labels)
    right = count = 0
    for clip, label in enumerate(labels):
        levels = valid.levels_db(clip)
        starts = window_starts(len(levels), spec)
        cut = np.stack([levels[start : start + spec.window_frames] for start in starts])
        logits = fitted(normalised(cut, spec, ranges), training=False)
        right += int((np.asarray(logits).argmax(axis=1) == label).sum())
        count += len(starts)
    return right / count
