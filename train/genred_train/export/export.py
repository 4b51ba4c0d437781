"""From a run's best epoch to a model file with its figures and its card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
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
from genred_train.evaluation.figures import track_figure, track_probabilities, window_figure
from genred_train.evaluation.gain import gain_agreement
from genred_train.evaluation.streams import LiveFigures, join, live_figures
from genred_train.evaluation.temperature import at_temperature, fit_temperature
from genred_train.export.tensors import tensors
from genred_train.export.tflite import Quantization, convert
from genred_train.features.ranges import Heard, Ranges, windows
from genred_train.features.rows import to_channels
from genred_train.fitting.claims import clip_logits, probabilities
from genred_train.fitting.network import both_outputs, load_network
from genred_train.fitting.run import Run
from genred_train.models.heads import tune_thresholds, untuned

REPRESENTATIVE_WINDOWS = 600
NETWORK = "network_sha256"
"""among the versions of a model file: digest of the float network that it was made of"""
Claims = list[NDArray[np.float32]]
"""what is claimed of each clip: (windows, labels)"""


@dataclass(frozen=True)
class Asked:
    """How a model is to be written."""

    name: str
    version: str
    created: datetime
    quantization: Quantization = "int8"
    bound: float = 0.01
    """largest share of windows that quantization may cost"""


@dataclass(frozen=True)
class Exported:
    """What was written and what it was found to do."""

    metadata: Metadata
    report: Report
    live: LiveFigures | None
    """of one genre at a time only"""
    elsewhere: list[Report]
    """on collections that it was neither fitted on nor chosen by"""
    untuned: list[str]
    """labels whose threshold no clip could tune"""
    gains: dict[float, float]
    """share of windows of the ranges' audio that keep their label at each gain in dB"""


def export(
    run: Run,
    valid: Clips,
    heard: Heard,
    path: Path,
    asked: Asked,
    also: Sequence[Clips] = (),
) -> Exported:
    """Quantize the best epoch, calibrate and measure it on `valid`, write it to `path`.

    `heard` is what int8 ranges come from; `also` are other collections to measure it on.
    Raises GenredError if quantization costs more than `asked.bound`, or the file can't be written.
    """
    network = load_network(run.best)
    draft, flatbuffer = _converted(run, network, heard, asked)
    raw = list(clip_probabilities(Classifier(ModelPackage(path, draft, flatbuffer)), valid))
    exact = _float_claims(run, network, valid)
    _check_loss(raw, exact, valid, asked)
    fitted = _several(draft, raw, valid) if draft.head == "sigmoid" else _one(draft, raw, valid)
    measured = msgspec.structs.replace(fitted, accuracy=_accuracy(fitted, raw, exact, valid))
    model = Classifier(ModelPackage(path, measured, flatbuffer))
    live = None
    if measured.head == "softmax":
        rng = np.random.default_rng(run.config.options.seed)
        live = live_figures(join(model, valid, rng), measured, measured.tracking)
        measured = msgspec.structs.replace(measured, lag_s=live.overtook_median_s or 0.0)
    written = save(path, flatbuffer, measured)
    elsewhere = [report(path, model, clips, clip_probabilities(model, clips)) for clips in also]
    found = report(path, model, valid, clip_probabilities(model, valid))
    several = measured.head == "sigmoid"
    unheard = [measured.labels[label] for label in untuned(valid.targets)] if several else []
    return Exported(written, found, live, elsewhere, unheard, gain_agreement(model, heard))


def _converted(run: Run, network: Any, heard: Heard, asked: Asked) -> tuple[Metadata, bytes]:
    """Return the .tflite, and what is known of it before it is measured."""
    config = run.config
    ranges = Ranges.of(config.offset, config.scale)
    rng = np.random.default_rng(config.options.seed)
    rows = windows(heard, config.features, REPRESENTATIVE_WINDOWS, rng)
    spans = [((window - ranges.offset) / ranges.scale).astype(np.float32) for window in rows]
    single = keras.Input(config.features.input_shape, batch_size=1, name="rows")
    flatbuffer = convert(
        keras.Model(single, both_outputs(network)(single)),
        [to_channels(span, config.features) for span in spans],
        asked.quantization,
    )
    given, logits, embedding = tensors(flatbuffer, len(config.labels))
    return Metadata(
        format=FORMAT,
        name=asked.name,
        version=asked.version,
        created=asked.created.isoformat(timespec="seconds"),
        labels=config.labels,
        head=config.options.head or "softmax",
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
            seed=config.options.seed,
            versions=config.versions | {NETWORK: sha256(run.best.read_bytes()).hexdigest()},
        ),
        licence="Apache-2.0",
        model_sha256="",
    ), flatbuffer


def _one(draft: Metadata, raw: Claims, valid: Clips) -> Metadata:
    """Fit the temperature of a model that says one genre at a time."""
    temperature = fit_temperature(raw, model_labels(valid, draft.labels))
    return msgspec.structs.replace(draft, calibration=Calibration(temperature=temperature))


def _several(draft: Metadata, raw: Claims, valid: Clips) -> Metadata:
    """Tune the threshold of each label of a model that says several at once."""
    tuned = tune_thresholds(track_probabilities(raw), valid.targets)
    thresholds = dict(zip(draft.labels, map(float, tuned), strict=True))
    return msgspec.structs.replace(draft, thresholds=thresholds)


def _accuracy(fitted: Metadata, raw: Claims, exact: Claims, valid: Clips) -> Accuracy | None:
    """Return shares of right tracks and windows; none where a clip may have several labels."""
    if valid.several:
        return None
    y = model_labels(valid, fitted.labels)
    temperature = fitted.calibration.temperature
    claims = raw
    if fitted.head == "softmax":
        claims = [at_temperature(clip, temperature) for clip in raw]
    return Accuracy(
        split=valid.name,
        track=track_figure(claims, y, valid.tracks),
        window=window_figure(claims, y, valid.tracks),
        float_window=window_figure(exact, y, valid.tracks).value,
    )


def _float_claims(run: Run, network: Any, valid: Clips) -> Claims:
    """Return what the network claims before it is quantized."""
    config = run.config
    ranges = Ranges.of(config.offset, config.scale)
    logits = clip_logits(network, valid, config.features, ranges)
    return [probabilities(clip, config.options.head) for clip in logits]


def _check_loss(raw: Claims, exact: Claims, valid: Clips, asked: Asked) -> None:
    """Raise GenredError if quantization made more windows wrong than it may."""
    before, after = (_share_right(claims, valid) for claims in (exact, raw))
    if before - after > asked.bound:
        raise GenredError(
            f"{asked.quantization} is right in {100 * after:.1f} % of windows, float in "
            f"{100 * before:.1f} %: a loss of more than {100 * asked.bound:.1f} points, so nothing "
            "is written; try --quantization int16, other --audio, or allow it by --bound"
        )


def _share_right(claims: Claims, valid: Clips) -> float:
    """Share of windows whose surest label is one of their clip's."""
    right = [
        targets[clip.argmax(axis=1)] for clip, targets in zip(claims, valid.targets, strict=True)
    ]
    return float(np.concatenate(right).mean())
