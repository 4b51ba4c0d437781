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
from genred.model.quantize import levelled
from genred.parameters import Tracking
from genred_train.collection.clips import Clips
from genred_train.evaluation.clips import Report, clip_probabilities, model_labels, report
from genred_train.evaluation.figures import track_figure, track_probabilities, window_figure
from genred_train.evaluation.gain import gain_agreement
from genred_train.evaluation.streams import LiveFigures
from genred_train.evaluation.temperature import cross_fitted, evened, fit_temperature
from genred_train.export.listening import listened, tuned_on
from genred_train.export.tensors import tensors
from genred_train.export.tflite import Quantization, convert
from genred_train.features.ranges import Heard, Ranges, windows
from genred_train.features.rows import to_channels
from genred_train.fitting.claims import clip_logits, probabilities
from genred_train.fitting.network import both_outputs, load_network
from genred_train.fitting.parts import FitParts
from genred_train.fitting.run import Run
from genred_train.fitting.uses import uses
from genred_train.models.heads import tune_thresholds, untuned
from genred_train.rejection.strangers import Strangers, rejecting
from genred_train.rejection.study import Study

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
    tune: bool = False
    """whether tracking is tuned on what is apart"""
    strangers: Strangers | None = None
    """what `not_music` is fitted to"""


@dataclass(frozen=True)
class Exported:
    """What was written and what it was found to do."""

    metadata: Metadata
    reports: list[Report]
    """one for each collection that is apart"""
    live: LiveFigures | None
    """of one genre at a time only"""
    elsewhere: list[Report]
    """on collections that it was neither fitted on nor chosen by"""
    untuned: list[str]
    """labels whose threshold no clip could tune"""
    gains: dict[float, float]
    """share of windows of the ranges' audio that keep their label at each gain in dB"""
    twin: Run | None = None
    """run that all figures are of, where it is not the one exported"""
    studies: Sequence[Study] = ()
    """of what the exported network rejects"""


@dataclass(frozen=True)
class Twin:
    """The same recipe, fitted without what it is measured on."""

    run: Run
    parts: FitParts


def export(
    run: Run,
    parts: FitParts,
    heard: Heard,
    path: Path,
    asked: Asked,
    also: Sequence[Clips] = (),
    twin: Twin | None = None,
) -> Exported:
    """Quantize the best epoch, calibrate and measure it on what is apart, write it to `path`.

    `heard` is what int8 ranges come from; `also` are other collections to measure it on. Figures,
    temperature and thresholds are those of the `twin`, where there is one. Raises GenredError if
    quantization costs more than `asked.bound`, or the file can't be written.
    """
    made = _converted(run, parts, heard, asked)
    judged = _converted(twin.run, twin.parts, heard, asked) if twin else made
    apart = twin.parts if twin else parts
    clips = apart.valid
    raw = list(clip_probabilities(judged.classifier(path), clips))
    exact = _float_claims(judged, clips)
    _check_loss(raw, exact, clips, asked)
    several = judged.draft.head == "sigmoid"
    # What decides between models is the mean of the collections, so each counts alike here too.
    weights = evened([len(clip) for clip in raw], list(apart.scored.values()))
    fitted = (
        _several(judged.draft, raw, clips) if several else _one(judged.draft, raw, clips, weights)
    )
    y = model_labels(clips, fitted.labels)
    claims = raw if several else cross_fitted(raw, y, clips.tracks, weights)
    accuracy = _accuracy(fitted, claims, exact, apart)
    described, tracked, studies = made.draft, fitted, list[Study]()
    if asked.strangers:
        # The exported network's own; tracking is tuned by what its twin rejects of what is apart.
        calibrated = msgspec.structs.replace(made.draft, calibration=fitted.calibration)
        described, studies = rejecting(made.classifier(path, calibrated), asked.strangers)
        tracked = _knowing(judged, fitted, asked.strangers.without(_names(apart)), path)
    model = judged.classifier(path, tracked)
    live = None
    if not several:
        rng = np.random.default_rng(run.config.options.seed)
        if asked.tune:
            tracked, live = tuned_on(model, clips, rng)
        else:
            live = listened(model, clips, rng)
    final = msgspec.structs.replace(
        described,
        calibration=tracked.calibration,
        thresholds=tracked.thresholds,
        accuracy=accuracy,
        tracking=tracked.tracking,
        lag_s=(live.overtook_median_s if live else None) or 0.0,
    )
    written = save(path, made.flatbuffer, final)
    reports = [
        report(path, model, clips.pick(places, name), [claims[place] for place in places])
        for name, places in apart.scored.items()
    ]
    elsewhere = [report(path, model, other, clip_probabilities(model, other)) for other in also]
    unheard = [final.labels[label] for label in untuned(clips.targets)] if several else []
    gains = gain_agreement(model, heard)
    run_of_figures = twin.run if twin else None
    return Exported(written, reports, live, elsewhere, unheard, gains, run_of_figures, studies)


def _names(apart: FitParts) -> dict[str, list[str]]:
    """Name the clips that are apart, by their collection."""
    return {
        name: [apart.valid.ids[place] for place in places] for name, places in apart.scored.items()
    }


def _knowing(judged: "_Converted", fitted: Metadata, strangers: Strangers, path: Path) -> Metadata:
    """Return what is known of a network, with what it rejects by music that it was fitted on."""
    known, _ = rejecting(judged.classifier(path, fitted), strangers)
    return msgspec.structs.replace(fitted, rejection=known.rejection)


@dataclass(frozen=True)
class _Converted:
    """A run's best epoch, float and quantized."""

    run: Run
    network: Any
    draft: Metadata
    """what is known before it is measured"""
    flatbuffer: bytes

    def classifier(self, path: Path, metadata: Metadata | None = None) -> Classifier:
        """Return it as the daemon would run it, by `metadata` or what is known so far."""
        return Classifier(ModelPackage(path, metadata or self.draft, self.flatbuffer))


def _converted(run: Run, parts: FitParts, heard: Heard, asked: Asked) -> _Converted:
    config, network = run.config, load_network(run.best)
    ranges = Ranges.of(config.offset, config.scale)
    rng = np.random.default_rng(config.options.seed)
    kind = config.features.kind
    rows = windows(heard, config.features, REPRESENTATIVE_WINDOWS, rng)
    level = [levelled(window, kind) for window in rows]
    spans = [((window - ranges.offset) / ranges.scale).astype(np.float32) for window in level]
    single = keras.Input(config.features.input_shape, batch_size=1, name="rows")
    flatbuffer = convert(
        keras.Model(single, both_outputs(network)(single)),
        [to_channels(span, config.features) for span in spans],
        asked.quantization,
    )
    given, logits, embedding = tensors(flatbuffer, len(config.labels))
    draft = Metadata(
        format=FORMAT,
        name=asked.name,
        version=asked.version,
        created=asked.created.isoformat(timespec="seconds"),
        labels=config.labels,
        head=config.options.head or "softmax",
        features=config.features,
        offset=config.offset,
        scale=config.scale,
        levelled=True,
        input=given,
        output=logits,
        embedding=embedding,
        calibration=Calibration(),
        rejection=Rejections(),
        tracking=Tracking(),
        training=Training(
            data=uses(parts),
            command=config.command,
            git=config.git,
            seed=config.options.seed,
            versions=config.versions | {NETWORK: sha256(run.best.read_bytes()).hexdigest()},
        ),
        licence="Apache-2.0",
        model_sha256="",
    )
    return _Converted(run, network, draft, flatbuffer)


def _one(draft: Metadata, raw: Claims, valid: Clips, weights: NDArray[np.float64]) -> Metadata:
    """Fit the temperature of a model that says one genre at a time."""
    temperature = fit_temperature(raw, model_labels(valid, draft.labels), weights)
    return msgspec.structs.replace(draft, calibration=Calibration(temperature=temperature))


def _several(draft: Metadata, raw: Claims, valid: Clips) -> Metadata:
    """Tune the threshold of each label of a model that says several at once."""
    tuned = tune_thresholds(track_probabilities(raw), valid.targets)
    thresholds = dict(zip(draft.labels, map(float, tuned), strict=True))
    return msgspec.structs.replace(draft, thresholds=thresholds)


def _accuracy(fitted: Metadata, claims: Claims, exact: Claims, apart: FitParts) -> Accuracy | None:
    """Return shares of right tracks and windows of the largest collection that is apart.

    None where a clip may have several labels.
    """
    if apart.valid.several:
        return None
    name, places = max(apart.scored.items(), key=lambda one: len(one[1]))
    clips = apart.valid.pick(places)
    y = model_labels(clips, fitted.labels)
    said, before = ([found[place] for place in places] for found in (claims, exact))
    return Accuracy(
        split=name,
        track=track_figure(said, y, clips.tracks),
        window=window_figure(said, y, clips.tracks),
        float_window=window_figure(before, y, clips.tracks).value,
    )


def _float_claims(made: _Converted, valid: Clips) -> Claims:
    """Return what the network claims before it is quantized."""
    config = made.run.config
    ranges = Ranges.of(config.offset, config.scale)
    logits = clip_logits(made.network, valid, config.features, ranges)
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
